//! Targets: from the labels that discovery gives, over the rules of the job, to what is scraped and
//! when.
//!
//! Invariant: two targets of a job differ in their address, in the labels that people see, or in
//! how often they are scraped.

use std::time::Duration;

use twox_hash::XxHash64;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::config::{Job, RawGroup, check_times};
use crate::labels::LabelSet;
use crate::relabel::relabel;
use crate::units::{format_duration, parse_duration};

const ADDRESS: &str = "__address__";
const SCHEME: &str = "__scheme__";
const METRICS_PATH: &str = "__metrics_path__";
const SCRAPE_INTERVAL: &str = "__scrape_interval__";
const SCRAPE_TIMEOUT: &str = "__scrape_timeout__";
const PARAM: &str = "__param_";
const META: &str = "__meta_";
const INTERNAL: &str = "__";

/// What is scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Labels before the rules of the job.
    pub(crate) discovered: LabelSet,
    /// Labels of its series.
    pub(crate) labels: LabelSet,
    /// Where it is.
    pub(crate) url: Url,
    /// How often.
    pub(crate) interval: Duration,
    /// How long a scrape may take.
    pub(crate) timeout: Duration,
}

impl Target {
    /// Tells it from others of its job.
    #[must_use]
    pub(crate) fn hash(&self) -> u64 {
        let mut text = String::new();
        for (name, value) in self.labels.iter() {
            text.extend([name, "\u{0}", value, "\u{0}"]);
        }
        text += self.url.as_str();
        text += &format!("\u{0}{:?}\u{0}{:?}", self.interval, self.timeout);
        XxHash64::oneshot(0, text.as_bytes())
    }
}

/// What became of something discovered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// It is to be scraped.
    Target(Box<Target>),
    /// The rules of the job drop it.
    Dropped(LabelSet),
    /// It cannot be scraped.
    Wrong(LabelSet, String),
}

/// What becomes of each target of a group. `extra` has the labels that its discovery adds.
pub(crate) fn resolve<'a>(
    job: &'a Job,
    group: &'a RawGroup,
    extra: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = Resolved> + 'a {
    group.targets.iter().map(move |address| {
        let given = group.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut labels: LabelSet = given.chain(extra.iter().copied()).collect();
        labels.set(ADDRESS, address);
        resolve_one(job, labels)
    })
}

fn resolve_one(job: &Job, mut labels: LabelSet) -> Resolved {
    labels.set_default("job", &job.name);
    labels.set_default(SCRAPE_INTERVAL, &format_duration(job.interval));
    labels.set_default(SCRAPE_TIMEOUT, &format_duration(job.timeout));
    labels.set_default(METRICS_PATH, &job.metrics_path);
    labels.set_default(SCHEME, &job.scheme);
    for (name, values) in &job.params {
        if let Some(first) = values.first() {
            labels.set_default(&format!("{PARAM}{name}"), first);
        }
    }
    let discovered = labels.clone();
    if !relabel(&job.relabel, &mut labels) {
        return Resolved::Dropped(discovered);
    }
    match finish(job, labels) {
        Ok((labels, url, interval, timeout)) => {
            Resolved::Target(Box::new(Target { discovered, labels, url, interval, timeout }))
        }
        Err(problem) => Resolved::Wrong(discovered, problem),
    }
}

type Finished = (LabelSet, Url, Duration, Duration);

fn finish(job: &Job, mut labels: LabelSet) -> Result<Finished, String> {
    let address = labels.get(ADDRESS).to_owned();
    if address.is_empty() {
        return Err(format!("{ADDRESS} is empty, expected a host and a port"));
    }
    if address.contains('/') {
        return Err(format!("{address:?} is no address, expected a host and a port alone"));
    }
    let interval = parse_duration(labels.get(SCRAPE_INTERVAL))
        .map_err(|problem| format!("{SCRAPE_INTERVAL}: {problem}"))?;
    let timeout = parse_duration(labels.get(SCRAPE_TIMEOUT))
        .map_err(|problem| format!("{SCRAPE_TIMEOUT}: {problem}"))?;
    let (interval, timeout) = check_times(interval, timeout)
        .map_err(|(field, problem)| format!("__{field}__: {problem}"))?;
    let url = url(job, &labels, &address)?;
    labels.set_default("instance", &address);
    labels.retain(|name| !name.starts_with(META) && !name.starts_with(INTERNAL));
    Ok((labels, url, interval, timeout))
}

fn url(job: &Job, labels: &LabelSet, address: &str) -> Result<Url, String> {
    let scheme = labels.get(SCHEME);
    if scheme != "http" && scheme != "https" {
        return Err(format!("{SCHEME} is {scheme:?}, expected http or https"));
    }
    let mut url = Url::parse(&format!("{scheme}://{address}/")).map_err(|error| {
        format!("{address:?} is no address: {error}, expected a host and a port")
    })?;
    if !url.username().is_empty() || url.query().is_some() || url.fragment().is_some() {
        return Err(format!("{address:?} is no address, expected a host and a port alone"));
    }
    url.set_path(labels.get(METRICS_PATH));
    let mut params = job.params.clone();
    for (name, value) in labels.iter() {
        if let Some(name) = name.strip_prefix(PARAM) {
            match params.entry(name.to_owned()).or_default().as_mut_slice() {
                [first, ..] => value.clone_into(first),
                [] => drop(params.insert(name.to_owned(), vec![value.to_owned()])),
            }
        }
    }
    let mut query = Serializer::new(String::new());
    for (name, values) in &params {
        for value in values {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    url.set_query((!query.is_empty()).then_some(&query));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, RawConfig};

    fn job(settings: &str) -> Job {
        let text = format!("[[scrape_configs]]\njob_name = \"j\"\n{settings}");
        let raw: RawConfig = toml::from_str(&text).unwrap();
        Config::new(&raw, Path::new("")).unwrap().jobs.remove(0)
    }

    fn group(address: &str, labels: &[(&str, &str)]) -> RawGroup {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        RawGroup { targets: vec![address.to_owned()], labels: labels.iter().map(owned).collect() }
    }

    fn one(settings: &str, address: &str, labels: &[(&str, &str)]) -> Resolved {
        resolve(&job(settings), &group(address, labels), &[]).next().unwrap()
    }

    #[track_caller]
    fn target(settings: &str, address: &str, labels: &[(&str, &str)]) -> Target {
        match one(settings, address, labels) {
            Resolved::Target(target) => *target,
            other => panic!("{other:?}"),
        }
    }

    fn shown(labels: &LabelSet) -> String {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        labels.join(" ")
    }

    #[test]
    fn labels_of_a_target() {
        let target = target("", "h:1", &[("env", "prod"), ("__meta_x", "1"), ("__tmp", "2")]);
        assert_eq!(shown(&target.labels), "env=prod instance=h:1 job=j");
        assert_eq!(
            shown(&target.discovered),
            "__address__=h:1 __meta_x=1 __metrics_path__=/metrics __scheme__=http \
             __scrape_interval__=1m __scrape_timeout__=10s __tmp=2 env=prod job=j"
        );
        assert_eq!(target.url.as_str(), "http://h:1/metrics");
    }

    #[test]
    fn a_group_may_set_what_the_job_would() {
        let labels = [
            ("job", "own"),
            ("instance", "me"),
            ("__scheme__", "https"),
            ("__metrics_path__", "/m/x"),
            ("__scrape_interval__", "7s"),
            ("__scrape_timeout__", "2s"),
            ("__param_a", "b c"),
        ];
        let target = target("", "h:1", &labels);
        assert_eq!(shown(&target.labels), "instance=me job=own");
        assert_eq!(target.url.as_str(), "https://h:1/m/x?a=b+c");
        assert_eq!(target.interval, Duration::from_secs(7));
        assert_eq!(target.timeout, Duration::from_secs(2));
    }

    #[test]
    fn the_address_is_set_by_rules() {
        // As for an exporter that asks others: the target is a parameter.
        let settings = r#"
            metrics_path = "/probe"
            params = { module = ["http_2xx", "x"] }
            relabel_configs = [
              { source_labels = ["__address__"], target_label = "__param_target" },
              { source_labels = ["__param_target"], target_label = "instance" },
              { target_label = "__address__", replacement = "exporter:9115" },
            ]"#;
        let target = target(settings, "https://example.org", &[]);
        assert_eq!(shown(&target.labels), "instance=https://example.org job=j");
        assert_eq!(
            target.url.as_str(),
            "http://exporter:9115/probe?module=http_2xx&module=x&target=https%3A%2F%2Fexample.org"
        );
    }

    #[test]
    fn parameters_are_labels() {
        let settings = "params = { a = [\"1\", \"2\"], b = [] }\n\
            relabel_configs = [{ source_labels = [\"__param_a\"], target_label = \"__param_a\", \
            replacement = \"x$1\" }]";
        assert_eq!(target(settings, "h", &[]).url.as_str(), "http://h/metrics?a=x1&a=2");
        let removed = "params = { a = [\"1\"] }\n\
            relabel_configs = [{ regex = \"__param_.*\", action = \"labeldrop\" }]";
        assert_eq!(target(removed, "h", &[]).url.as_str(), "http://h/metrics?a=1");
    }

    #[test]
    fn dropped_targets_keep_what_was_discovered() {
        let settings = "relabel_configs = [{ source_labels = [\"env\"], regex = \"prod\", action = \"keep\" }]";
        let Resolved::Dropped(labels) = one(settings, "h:1", &[("env", "dev")]) else {
            panic!("kept");
        };
        assert_eq!(labels.get("env"), "dev");
        target(settings, "h:1", &[("env", "prod")]);
    }

    #[test]
    fn targets_that_are_wrong() {
        let wrong = |address: &str, labels: &[(&str, &str)]| match one("", address, labels) {
            Resolved::Wrong(_, problem) => problem,
            other => panic!("{other:?}"),
        };
        assert_eq!(wrong("", &[]), "__address__ is empty, expected a host and a port");
        let address =
            |text: &str| format!("{text:?} is no address, expected a host and a port alone");
        assert_eq!(wrong("h:1/x", &[]), address("h:1/x"));
        assert_eq!(wrong("u@h:1", &[]), address("u@h:1"));
        assert_eq!(wrong("h?x", &[]), address("h?x"));
        assert!(wrong("h:x", &[]).contains("invalid port number"));
        assert!(wrong("h", &[("__scheme__", "ftp")]).contains("expected http or https"));
        assert!(
            wrong("h", &[("__scrape_interval__", "x")]).starts_with("__scrape_interval__: `x`")
        );
        assert!(wrong("h", &[("__scrape_interval__", "0s")]).contains("at least 10ms"));
        assert!(wrong("h", &[("__scrape_timeout__", "2h")]).contains("longer than the interval"));
    }

    #[test]
    fn what_tells_targets_apart() {
        let hash = |address: &str, labels: &[(&str, &str)]| target("", address, labels).hash();
        let base = hash("h:1", &[("env", "a")]);
        assert_eq!(base, hash("h:1", &[("env", "a"), ("__meta_x", "1")]));
        assert_ne!(base, hash("h:2", &[("env", "a")]));
        assert_ne!(base, hash("h:1", &[("env", "b")]));
        assert_ne!(base, hash("h:1", &[("env", "a"), ("__metrics_path__", "/x")]));
        assert_ne!(base, hash("h:1", &[("env", "a"), ("__scrape_interval__", "20s")]));
    }

    #[test]
    fn addresses_of_all_kinds() {
        for (address, url) in [
            ("h", "http://h/metrics"),
            ("h:80", "http://h/metrics"),
            ("10.0.0.1:9100", "http://10.0.0.1:9100/metrics"),
            ("[::1]:9100", "http://[::1]:9100/metrics"),
        ] {
            let target = target("", address, &[]);
            assert_eq!(target.url.as_str(), url);
            // The label is what was written, without a port of our making.
            assert_eq!(target.labels.get("instance"), address);
        }
    }
}
