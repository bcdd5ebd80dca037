use std::path::Path;

use plimsoll_wire::prometheus::text::TextFormat;

use super::*;
use crate::config::{Config, RawConfig};
use crate::exposed::EXEMPLAR_CHARS_MAX;
use crate::fake::{Taking, series_rows};

/// A target whose scrapes are given.
struct Rig {
    admission: Arc<Taking>,
    labels: LabelSet,
    reading: Reading,
    memory: Memory,
    /// Milliseconds.
    now: i64,
}

fn rig(settings: &str) -> Rig {
    let text = format!("[[scrape_configs]]\njob_name = \"j\"\n{settings}");
    let raw: RawConfig = toml::from_str(&text).unwrap();
    let job = Config::new(&raw, Path::new("")).unwrap().jobs.remove(0);
    Rig {
        admission: Taking::new(),
        labels: [("job", "j"), ("instance", "i")].into_iter().collect(),
        reading: job.reading,
        memory: Memory::default(),
        now: 0,
    }
}

impl Rig {
    /// One more scrape, ten seconds after the last. What it changes is not yet durable.
    fn try_scrape(&mut self, body: Result<(&str, TextFormat), &str>) -> Outcome {
        let body = body.map(|(text, format)| (text.as_bytes(), Format::Text(format)));
        self.try_scrape_bytes(body)
    }

    fn try_scrape_bytes(&mut self, body: Result<(&[u8], Format), &str>) -> Outcome {
        self.now += 10_000;
        let context = Context {
            labels: &self.labels,
            reading: &self.reading,
            admission: &*self.admission,
            window: TimeWindow::unbounded(0),
        };
        let scrape = Scrape {
            body: body.map_err(str::to_owned),
            time: self.now * 1_000_000,
            elapsed: &|| Duration::from_millis(1500),
        };
        read(context, &mut self.memory, &scrape).unwrap()
    }

    fn keep(&mut self, outcome: Outcome) -> Outcome {
        let Outcome { built, alive, elapsed, error, duplicates } = outcome;
        self.memory.alive = alive;
        Outcome { built, alive: Alive::new(), elapsed, error, duplicates }
    }

    fn scrape(&mut self, body: &str) -> Outcome {
        let outcome = self.try_scrape(Ok((body, TextFormat::Prometheus)));
        self.keep(outcome)
    }

    fn fail(&mut self, problem: &str) -> Outcome {
        let outcome = self.try_scrape(Err(problem));
        self.keep(outcome)
    }

    /// What a scrape of this body exposes, as text without the target's own labels.
    fn exposed(&mut self, body: &str) -> String {
        let outcome = self.scrape(body);
        assert_eq!(outcome.error, None, "{body}");
        self.told(&outcome)
    }

    fn told(&self, outcome: &Outcome) -> String {
        self.admission.exposed(&outcome.built).join("; ")
    }
}

#[test]
fn samples_get_the_labels_of_the_target_and_a_report() {
    let mut rig = rig("");
    let outcome = rig.scrape("a{b=\"c\"} 1\nd 2\n");
    assert_eq!(
        rig.admission.rows(&outcome.built),
        [
            "a{b=c,instance=i,job=j} 1 @10000",
            "d{instance=i,job=j} 2 @10000",
            "scrape_duration_seconds{instance=i,job=j} 1.5 @10000",
            "scrape_samples_post_metric_relabeling{instance=i,job=j} 2 @10000",
            "scrape_samples_scraped{instance=i,job=j} 2 @10000",
            "scrape_series_added{instance=i,job=j} 2 @10000",
            "up{instance=i,job=j} 1 @10000",
        ]
    );
    assert_eq!((outcome.error, outcome.duplicates, outcome.built.samples), (None, 0, 7));
    let outcome = rig.scrape("a{b=\"c\"} 1\nd 2\ne 3\n");
    assert_eq!(rig.admission.report(&outcome.built), [1.0, 3.0, 3.0, 1.0]);
}

#[test]
fn an_empty_body_is_good() {
    let mut rig = rig("");
    let outcome = rig.scrape("");
    assert_eq!(rig.admission.report(&outcome.built), [1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_series_that_vanishes_ends() {
    let mut rig = rig("");
    assert_eq!(
        rig.exposed("a 1\nb 1\n"),
        "a{instance=i,job=j} 1 @10000; b{instance=i,job=j} 1 @10000"
    );
    assert_eq!(
        rig.exposed("a 1\n"),
        "a{instance=i,job=j} 1 @20000; b{instance=i,job=j} stale @20000"
    );
    // Once is enough.
    assert_eq!(rig.exposed("a 1\n"), "a{instance=i,job=j} 1 @30000");
    assert_eq!(
        rig.exposed("b 1\n"),
        "a{instance=i,job=j} stale @40000; b{instance=i,job=j} 1 @40000"
    );
}

#[test]
fn a_failed_scrape_ends_all() {
    let mut rig = rig("");
    rig.scrape("a 1\n");
    let outcome = rig.fail("no route");
    assert_eq!(outcome.error.as_deref(), Some("no route"));
    assert_eq!(rig.told(&outcome), "a{instance=i,job=j} stale @20000");
    assert_eq!(rig.admission.report(&outcome.built), [0.0, 0.0, 0.0, 0.0]);
    let outcome = rig.fail("no route");
    assert_eq!(rig.told(&outcome), "");
    // It is known from before, so nothing is added.
    let outcome = rig.scrape("a 2\n");
    assert_eq!(rig.admission.report(&outcome.built), [1.0, 1.0, 1.0, 0.0]);
}

#[test]
fn a_fault_in_a_line_is_one_of_the_whole() {
    let mut rig = rig("");
    rig.scrape("a 1\n");
    let outcome = rig.scrape("a 2\nb 3\nc\nd 4\n");
    assert_eq!(
        outcome.error.as_deref(),
        Some(
            "line 3, column 2: expected a number such as 1, 1.5e3, +Inf or NaN, found the end of the line"
        )
    );
    assert_eq!(rig.told(&outcome), "a{instance=i,job=j} stale @20000");
    assert_eq!(rig.admission.report(&outcome.built), [0.0, 2.0, 2.0, 1.0]);
}

#[test]
fn open_metrics_without_an_end_is_a_fault() {
    let mut rig = rig("");
    let outcome = rig.try_scrape(Ok(("a 1\n", TextFormat::OpenMetrics)));
    assert!(outcome.error.as_deref().unwrap().contains("`# EOF`"));
    assert_eq!(rig.told(&outcome), "");
}

#[test]
fn what_was_not_kept_is_not_alive() {
    let mut rig = rig("");
    rig.scrape("a 1\n");
    // Refused: neither the end of a nor b is kept.
    rig.try_scrape(Ok(("b 1\n", TextFormat::Prometheus)));
    let outcome = rig.scrape("c 1\n");
    assert_eq!(
        rig.told(&outcome),
        "a{instance=i,job=j} stale @30000; c{instance=i,job=j} 1 @30000"
    );
}

#[test]
fn times_of_their_own() {
    let mut rig_ = rig("");
    assert_eq!(
        rig_.exposed("a 1 5000\nb 1\n"),
        "a{instance=i,job=j} 1 @5000; b{instance=i,job=j} 1 @10000"
    );
    // No mark for what has times of its own.
    assert_eq!(rig_.exposed(""), "b{instance=i,job=j} stale @20000");

    let mut rig_ = rig("track_timestamps_staleness = true");
    rig_.scrape("a 1 5000\n");
    assert_eq!(rig_.exposed(""), "a{instance=i,job=j} stale @20000");

    let mut rig_ = rig("honor_timestamps = false");
    assert_eq!(rig_.exposed("a 1 5000\n"), "a{instance=i,job=j} 1 @10000");
    assert_eq!(rig_.exposed(""), "a{instance=i,job=j} stale @20000");
}

#[test]
fn a_series_that_begins_to_have_times_ends_where_it_had_none() {
    let mut rig = rig("");
    rig.scrape("a 1\n");
    let outcome = rig.scrape("a 1 15000\n");
    // A sample and then the mark, the newest of the two.
    assert_eq!(rig.told(&outcome), "a{instance=i,job=j} stale @20000");
    assert_eq!(outcome.built.samples, 2 + 5);
}

#[test]
fn the_first_of_duplicates_counts() {
    let mut rig = rig("");
    let outcome = rig.scrape("a 1\na 2\na{} 3\nb 1\n");
    assert_eq!(rig.told(&outcome), "a{instance=i,job=j} 1 @10000; b{instance=i,job=j} 1 @10000");
    assert_eq!((outcome.duplicates, outcome.error), (2, None));
    assert_eq!(rig.admission.report(&outcome.built)[1..3], [4.0, 4.0]);
    // With times, later ones are samples of their own.
    let outcome = rig.scrape("a 1 1000\na 2 2000\na 3 2000\na 4 1500\n");
    assert_eq!((outcome.built.samples, outcome.duplicates), (2 + 5 + 2, 2));
}

#[test]
fn series_that_the_rules_make_one() {
    let mut rig = rig("metric_relabel_configs = [{ regex = \"b\", action = \"labeldrop\" }]");
    let outcome = rig.scrape("a{b=\"1\"} 1\na{b=\"2\"} 2\n");
    assert_eq!(
        (rig.told(&outcome), outcome.duplicates),
        ("a{instance=i,job=j} 1 @10000".to_owned(), 1)
    );
    // It is there as long as one of them is.
    assert_eq!(rig.exposed("a{b=\"2\"} 2\n"), "a{instance=i,job=j} 2 @20000");
}

#[test]
fn labels_that_hide_others() {
    let mut rig_ = rig("");
    assert_eq!(rig_.exposed("a{job=\"x\"} 1\n"), "a{exported_job=x,instance=i,job=j} 1 @10000");
    assert_eq!(
        rig_.exposed("a{job=\"x\",exported_job=\"y\"} 1\n").split("; ").next().unwrap(),
        "a{exported_exported_job=x,exported_job=y,instance=i,job=j} 1 @20000"
    );
    // Nothing is no conflict.
    let mut rig_ = rig("");
    assert_eq!(rig_.exposed("a{job=\"\"} 1\n"), "a{instance=i,job=j} 1 @10000");
}

#[test]
fn hidden_labels_with_short_names_go_first() {
    let mut rig = rig("");
    rig.labels = [("foo", "1"), ("exported_foo", "2")].into_iter().collect();
    assert_eq!(
        rig.exposed("a{foo=\"3\",exported_foo=\"4\"} 1\n"),
        "a{exported_exported_exported_foo=4,exported_exported_foo=3,exported_foo=2,foo=1} 1 @10000"
    );
}

#[test]
fn honor_labels() {
    let mut rig = rig("honor_labels = true");
    assert_eq!(rig.exposed("a{job=\"x\"} 1\n"), "a{instance=i,job=x} 1 @10000");
    // One that is exposed with nothing keeps the target's away.
    assert_eq!(
        rig.exposed("a{job=\"x\",instance=\"\"} 1\n"),
        "a{instance=i,job=x} stale @20000; a{job=x} 1 @20000"
    );
}

#[test]
fn rules_for_series() {
    let mut rig = rig(
        "metric_relabel_configs = [{ source_labels = [\"__name__\"], regex = \"go_.*\", action = \"drop\" }, \
         { source_labels = [\"job\"], target_label = \"service\" }]",
    );
    for _ in 0..2 {
        let outcome = rig.scrape("go_a 1\nb 2\ngo_c 3\n");
        assert_eq!(rig.admission.exposed(&outcome.built).len(), 1);
        assert!(rig.told(&outcome).starts_with("b{instance=i,job=j,service=j} 2"));
        assert_eq!(rig.admission.report(&outcome.built)[1..3], [3.0, 1.0]);
    }
}

#[test]
fn a_rule_that_takes_the_name_is_a_fault() {
    let mut rig =
        rig("metric_relabel_configs = [{ regex = \"__name__\", action = \"labeldrop\" }]");
    let outcome = rig.scrape("a 1\n");
    assert_eq!(outcome.error.as_deref(), Some("a: the rules leave no name of a metric"));
}

#[test]
fn the_same_label_twice_is_a_fault() {
    let mut rig = rig("");
    let outcome = rig.scrape("a{b=\"1\",b=\"2\"} 1\n");
    assert_eq!(outcome.error.as_deref(), Some("a{b=\"1\",b=\"2\"}: label \"b\" is there twice"));
}

#[test]
fn sample_limit() {
    let mut rig = rig("sample_limit = 2");
    assert_eq!(rig.scrape("a 1\nb 1\n").error, None);
    let outcome = rig.scrape("a 1\nb 1\nc 1\nd 1\n");
    assert_eq!(outcome.error.as_deref(), Some("sample_limit: 4 samples, at most 2"));
    assert_eq!(
        rig.told(&outcome),
        "a{instance=i,job=j} stale @20000; b{instance=i,job=j} stale @20000"
    );
    assert_eq!(rig.admission.report(&outcome.built), [0.0, 4.0, 4.0, 0.0]);
    // Duplicates do not count.
    assert_eq!(rig.scrape("a 1\nb 1\na 1\n").error, None);
}

#[test]
fn limits_of_labels() {
    let wrong = |settings: &str, body: &str| rig(settings).scrape(body).error;
    // The name and those of the target count.
    assert_eq!(wrong("label_limit = 4", "a{b=\"c\"} 1\n"), None);
    assert_eq!(
        wrong("label_limit = 4", "a{b=\"c\",d=\"e\"} 1\n").as_deref(),
        Some("label_limit: a has 5 labels, at most 4")
    );
    assert_eq!(wrong("label_name_length_limit = 8", "a{b2345678=\"c\"} 1\n"), None);
    assert_eq!(
        wrong("label_name_length_limit = 8", "a{b23456789=\"c\"} 1\n").as_deref(),
        Some("label_name_length_limit: the name of label b23456789 of a has 9 bytes, at most 8")
    );
    assert_eq!(
        wrong("label_value_length_limit = 2", "a{b=\"ccc\"} 1\n").as_deref(),
        Some("label_value_length_limit: the value of label b of a has 3 bytes, at most 2")
    );
}

#[test]
fn series_that_are_refused_are_counted() {
    let mut rig = rig("");
    *rig.admission.refused.lock() = Some("b{".to_owned());
    let outcome = rig.scrape("a 1\nb 1\n");
    assert_eq!(outcome.built.rejected, 1);
    assert!(outcome.built.message.contains("too many series"), "{}", outcome.built.message);
    assert_eq!(outcome.error, None);
    // Neither is the mark of its end.
    assert_eq!(rig.exposed("a 1\n"), "a{instance=i,job=j} 1 @20000");
}

#[test]
fn what_is_said_of_a_metric_is_one_row() {
    let mut rig = rig("");
    let said = "# TYPE a counter\n# HELP a x\n# TYPE b gauge\na 1\n";
    // Series of the report, one of the body, and two that describe.
    assert_eq!(series_rows(&rig.scrape(said).built), 8);
    // A body with a fault says nothing.
    assert_eq!(series_rows(&rig.scrape(&format!("{said}fault\n")).built), 6);
}

#[test]
fn exemplars_once() {
    let mut rig = rig("");
    let mut exemplars = |body: &str| {
        let outcome = rig.try_scrape(Ok((&format!("{body}\n# EOF\n"), TextFormat::OpenMetrics)));
        assert_eq!(outcome.error, None);
        outcome.built.exemplars
    };
    assert_eq!(exemplars("a_total 1 # {trace_id=\"x\"} 0.5"), 1);
    assert_eq!(exemplars("a_total 2 # {trace_id=\"x\"} 0.5"), 0);
    assert_eq!(exemplars("a_total 3 # {trace_id=\"y\"} 0.5"), 1);
    assert_eq!(exemplars("a_total 3 # {trace_id=\"y\"} 0.6"), 1);
    assert_eq!(exemplars("a_total 3 # {trace_id=\"y\"} 0.6 1.5"), 1);
    assert_eq!(exemplars("a_total 3"), 0);
    let long = "x".repeat(EXEMPLAR_CHARS_MAX);
    assert_eq!(exemplars(&format!("a_total 3 # {{a=\"{long}\"}} 1")), 0);
}

#[test]
fn memory_follows_what_is_exposed() {
    let mut rig = rig("");
    for round in 0..10 {
        let body: String =
            (0..100).map(|at| format!("a{{b=\"{}\"}} 1\n", round * 100 + at)).collect();
        rig.scrape(&body);
        assert_eq!(rig.memory.known.len(), 100);
    }
    // Bodies that fail, each with other series.
    for round in 100..200 {
        let mut body: String =
            (0..100).map(|at| format!("a{{b=\"{}\"}} 1\n", round * 100 + at)).collect();
        body.push_str("fault");
        rig.scrape(&body);
        assert!(rig.memory.known.len() <= 1300);
        assert!(rig.memory.alive.is_empty());
    }
}

#[test]
fn the_end_marks_all() {
    let mut rig = rig("");
    rig.scrape("a 1\nb 1 5\n");
    let context = Context {
        labels: &rig.labels,
        reading: &rig.reading,
        admission: &*rig.admission,
        window: TimeWindow::unbounded(0),
    };
    let built = end(context, &rig.memory, 20_000_000_000).unwrap();
    assert_eq!(rig.admission.exposed(&built), ["a{instance=i,job=j} stale @20000"]);
    assert_eq!(rig.admission.report(&built), [-1.0; 4]);
}

#[test]
fn many_new_series_fit() {
    let mut rig = rig("");
    let body: String = (0..20_000)
        .map(|at| format!("http_requests_total{{path=\"/p{at}\",method=\"GET\",code=\"200\"}} 1\n"))
        .collect();
    let outcome = rig.scrape(&body);
    assert_eq!((outcome.built.samples, outcome.built.rejected), (20_005, 0));
}

/// Of the messages of protobuf what the tests need.
mod io {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Gauge {
        #[prost(double, tag = "1")]
        pub(super) value: f64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Span {
        #[prost(sint32, tag = "1")]
        pub(super) offset: i32,
        #[prost(uint32, tag = "2")]
        pub(super) length: u32,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Histogram {
        #[prost(uint64, tag = "1")]
        pub(super) sample_count: u64,
        #[prost(double, tag = "2")]
        pub(super) sample_sum: f64,
        #[prost(message, repeated, tag = "12")]
        pub(super) positive_span: Vec<Span>,
        #[prost(sint64, repeated, tag = "13")]
        pub(super) positive_delta: Vec<i64>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Metric {
        #[prost(message, optional, tag = "2")]
        pub(super) gauge: Option<Gauge>,
        #[prost(message, optional, tag = "7")]
        pub(super) histogram: Option<Histogram>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Family {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(int32, tag = "3")]
        pub(super) r#type: i32,
        #[prost(message, repeated, tag = "4")]
        pub(super) metric: Vec<Metric>,
    }
}

impl Rig {
    fn protobuf(&mut self, families: &[io::Family]) -> Outcome {
        let encode = prost::Message::encode_length_delimited_to_vec;
        let body: Vec<u8> = families.iter().flat_map(encode).collect();
        let outcome = self.try_scrape_bytes(Ok((&body, Format::Protobuf)));
        self.keep(outcome)
    }
}

fn gauge(name: &str, value: f64) -> io::Family {
    let metric = io::Metric { gauge: Some(io::Gauge { value }), histogram: None };
    io::Family { name: name.to_owned(), r#type: 1, metric: vec![metric] }
}

fn histogram(positive_delta: Vec<i64>) -> io::Family {
    let histogram = io::Histogram {
        sample_count: 3,
        sample_sum: 2.5,
        positive_span: vec![io::Span { offset: 0, length: 2 }],
        positive_delta,
    };
    let metric = io::Metric { gauge: None, histogram: Some(histogram) };
    io::Family { name: "h".to_owned(), r#type: 4, metric: vec![metric] }
}

#[test]
fn protobuf_with_native_histograms() {
    let mut rig = rig("scrape_native_histograms = true");
    let outcome = rig.protobuf(&[gauge("a", 1.5), histogram(vec![1, 1])]);
    assert_eq!(outcome.error, None);
    // Of a histogram the sum is shown.
    assert_eq!(
        rig.told(&outcome),
        "a{instance=i,job=j} 1.5 @10000; h{instance=i,job=j} 2.5 @10000"
    );
    assert_eq!((outcome.built.histograms, outcome.built.samples), (1, 7));
    assert_eq!(rig.admission.report(&outcome.built), [1.0, 2.0, 2.0, 2.0]);
    // Series of the report, two of the body, and two that describe.
    assert_eq!(series_rows(&outcome.built), 9);
    let outcome = rig.protobuf(&[gauge("a", 2.0)]);
    assert_eq!(
        rig.told(&outcome),
        "a{instance=i,job=j} 2 @20000; h{instance=i,job=j} stale @20000"
    );
}

#[test]
fn protobuf_with_a_histogram_that_is_wrong() {
    let mut rig_ = rig("scrape_native_histograms = true");
    // Buckets below nothing: the body is broken. Buckets that do not add up: the histogram is.
    let outcome = rig_.protobuf(&[gauge("a", 1.0), histogram(vec![1, -2])]);
    assert!(outcome.error.as_deref().unwrap().contains("below 0"), "{:?}", outcome.error);
    assert_eq!(rig_.told(&outcome), "");
    let outcome = rig_.protobuf(&[gauge("a", 1.0), histogram(vec![1, 5])]);
    assert_eq!((outcome.error.as_ref(), outcome.built.rejected), (None, 1));
    assert_eq!(rig_.told(&outcome), "a{instance=i,job=j} 1 @20000");
    // Not wanted, and nothing else to give.
    let mut rig_ = rig("");
    let outcome = rig_.protobuf(&[histogram(vec![1, 1])]);
    assert_eq!((rig_.told(&outcome).as_str(), outcome.error), ("", None));
}
