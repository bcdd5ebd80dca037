use std::fmt::Write;

use proptest::prelude::*;

use super::*;

/// What the lines say, one a line; an error stops as a scrape does.
fn read(body: &[u8], format: TextFormat) -> String {
    let mut text = String::new();
    for entry in Exposition::new(body, format) {
        match entry {
            Ok(entry) => show(&mut text, &entry),
            Err(error) => {
                writeln!(text, "error: {error}").unwrap();
                break;
            }
        }
    }
    text.trim_end().to_owned()
}

fn show(text: &mut String, entry: &Entry<'_>) {
    match entry {
        Entry::Type { metric, kind } => writeln!(text, "type {} {kind:?}", metric.unescaped()),
        Entry::Help { metric, help } => {
            writeln!(text, "help {} {:?}", metric.unescaped(), help.unescaped())
        }
        Entry::Unit { metric, unit } => writeln!(text, "unit {} {unit}", metric.unescaped()),
        Entry::Sample(sample) => {
            write!(text, "{}", sample.name()).unwrap();
            for (name, value) in sample.labels() {
                write!(text, " {name}={value:?}").unwrap();
            }
            write!(text, " is {:?}", sample.value).unwrap();
            if let Some(time) = sample.time {
                write!(text, " at {}ms", time / 1_000_000).unwrap();
            }
            if let Some(exemplar) = sample.exemplar {
                write!(text, " like").unwrap();
                for (name, value) in exemplar.labels() {
                    write!(text, " {name}={value:?}").unwrap();
                }
                write!(text, " {:?} at {:?}", exemplar.value, exemplar.time).unwrap();
            }
            writeln!(text)
        }
    }
    .unwrap();
}

#[track_caller]
fn check(body: &str, expected: &str) {
    assert_eq!(read(body.as_bytes(), TextFormat::Prometheus), expected, "{body}");
}

/// Checks a body that ends in `# EOF`.
#[track_caller]
fn check_open(body: &str, expected: &str) {
    let body = format!("{body}\n# EOF\n");
    assert_eq!(read(body.as_bytes(), TextFormat::OpenMetrics), expected, "{body}");
}

#[test]
fn samples() {
    check("a 1", "a is 1.0");
    check("a 1\n", "a is 1.0");
    check("a_b:c9 1", "a_b:c9 is 1.0");
    check(":a 1", ":a is 1.0");
    check("_ 1", "_ is 1.0");
    check("a{} 1", "a is 1.0");
    check("a{b=\"c\"} 1", "a b=\"c\" is 1.0");
    check("a{b=\"c\",} 1", "a b=\"c\" is 1.0");
    check("a{b=\"c\",d=\"e\"} 1", "a b=\"c\" d=\"e\" is 1.0");
    check("a{b=\"\"} 1", "a b=\"\" is 1.0");
    check("a{b=\"ü ✓\"} 1", "a b=\"ü ✓\" is 1.0");
    check("a 1\n\n\n  \nb 2\n", "a is 1.0\nb is 2.0");
    check("", "");
    check("\n", "");
}

#[test]
fn blanks_as_one_likes() {
    check("  a  1  ", "a is 1.0");
    check("\ta\t1\t5\t", "a is 1.0 at 5ms");
    check("a { b = \"c\" , d = \"e\" , } 1", "a b=\"c\" d=\"e\" is 1.0");
    check("a{b=\"c\"}1", "a b=\"c\" is 1.0");
    check("a{b=\"c\" d=\"e\"} 1", "a b=\"c\" d=\"e\" is 1.0");
    check(" # TYPE a counter", "type a Counter");
    check("#  TYPE \t a counter", "type a Counter");
}

#[test]
fn series_are_bytes_as_written() {
    let body = b"a{b=\"c\"} 1\na {b=\"c\"} 1\na 1\n{\"a b\",c=\"d\"} 1\n";
    let series: Vec<_> = Exposition::new(body, TextFormat::Prometheus)
        .map(|entry| match entry.unwrap() {
            Entry::Sample(sample) => sample.series,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(series, ["a{b=\"c\"}", "a {b=\"c\"}", "a", "{\"a b\",c=\"d\"}"]);
}

#[test]
fn quoted_names() {
    check("{\"a.b\"} 1", "a.b is 1.0");
    check("{\"a.b\",c=\"d\"} 1", "a.b c=\"d\" is 1.0");
    check("{c=\"d\",\"a.b\"} 1", "a.b c=\"d\" is 1.0");
    check("{\"a.b\", \"c.d\"=\"e\", } 1", "a.b c.d=\"e\" is 1.0");
    check("a{\"c d\"=\"e\"} 1", "a c d=\"e\" is 1.0");
    check(r#"{"a\"b\\c\nd"} 1"#, "a\"b\\c\nd is 1.0");
    check("# TYPE \"a.b\" gauge", "type a.b Gauge");
    check("# HELP \"a b\" c d", "help a b \"c d\"");
    check("{\"ä\"} 1", "ä is 1.0");
    check_open("{\"a.b\",\"c d\"=\"e\"} 1", "a.b c d=\"e\" is 1.0");
    check_open("# TYPE \"a.b\" info", "type a.b Info");
}

#[test]
fn names_that_are_wrong() {
    let named = "error: line 1, column 1: expected the name of a metric, found";
    check("1a 1", &format!("{named} \"1a 1\""));
    check("-a 1", &format!("{named} \"-a 1\""));
    check("\"a\" 1", &format!("{named} \"\\\"a\\\" 1\""));
    let either = "expected the name of a metric, before or in the braces";
    check("{} 1", &format!("error: line 1, column 1: {either}, found \"{{}} 1\""));
    check(
        "{a=\"b\"} 1",
        &format!("error: line 1, column 1: {either}, found \"{{a=\\\"b\\\"}} 1\""),
    );
    let twice = "the metric has a name already, expected one name of a metric";
    check("a{\"b\"} 1", &format!("error: line 1, column 3: {twice}"));
    check("{\"a\",\"b\"} 1", &format!("error: line 1, column 6: {twice}"));
    check(
        "{\"\"} 1",
        "error: line 1, column 2: expected the name of a label or a metric, found \"\\\"\\\"} 1\"",
    );
}

#[test]
fn labels_that_are_wrong() {
    let label = "expected the name of a label or `}`";
    check("a{1=\"b\"} 1", &format!("error: line 1, column 3: {label}, found \"1=\\\"b\\\"}} 1\""));
    check(
        "a{a:b=\"b\"} 1",
        "error: line 1, column 4: expected `=` after the name of a label, found \":b=\\\"b\\\"} 1\"",
    );
    check("a{,} 1", &format!("error: line 1, column 3: {label}, found \",}} 1\""));
    check("a{b=\"c\",,} 1", &format!("error: line 1, column 9: {label}, found \",}} 1\""));
    check("a{", &format!("error: line 1, column 3: {label}, found the end of the line"));
    check(
        "a{b} 1",
        "error: line 1, column 4: expected `=` after the name of a label, found \"} 1\"",
    );
    check(
        "a{b=c} 1",
        "error: line 1, column 5: expected the value of the label in quotes, found \"c} 1\"",
    );
    check(
        "a{b='c'} 1",
        "error: line 1, column 5: expected the value of the label in quotes, found \"'c'} 1\"",
    );
    let open = "the quote is not closed, expected a closing quote on the line";
    check("a{b=\"c} 1\nd 1", &format!("error: line 1, column 5: {open}"));
    check("a{b=\"c\\\"} 1", &format!("error: line 1, column 5: {open}"));
    check("a{b=\"\\", &format!("error: line 1, column 5: {open}"));
    assert_eq!(
        read(b"a{b=\"\xff\"} 1", TextFormat::Prometheus),
        "error: line 1, column 5: the text has other bytes, expected UTF-8"
    );
}

#[test]
fn escapes() {
    check(r#"a{b="\\"} 1"#, r#"a b="\\" is 1.0"#);
    check(r#"a{b="\""} 1"#, r#"a b="\"" is 1.0"#);
    check(r#"a{b="\n"} 1"#, r#"a b="\n" is 1.0"#);
    check(r#"a{b="\\n"} 1"#, r#"a b="\\n" is 1.0"#);
    // What is no escape stays as it is.
    check(r#"a{b="\t\x"} 1"#, r#"a b="\\t\\x" is 1.0"#);
    check(r#"a{b="C:\\DIR\\F.TXT",c="{,=}#"} 1"#, r#"a b="C:\\DIR\\F.TXT" c="{,=}#" is 1.0"#);
    check(r#"# HELP a b\nc\\d\"e"#, r#"help a "b\nc\\d\\\"e""#);
    check_open(r#"# HELP a b\nc\\d\"e"#, r#"help a "b\nc\\d\"e""#);
}

#[test]
fn values() {
    for (text, value) in [
        ("0", "0.0"),
        ("-0", "-0.0"),
        ("+1", "1.0"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("1e3", "1000.0"),
        ("1E-3", "0.001"),
        ("12345678901234567890", "1.2345678901234567e19"),
        ("Inf", "inf"),
        ("+Inf", "inf"),
        ("-inf", "-inf"),
        ("Infinity", "inf"),
        ("NaN", "NaN"),
        ("nan", "NaN"),
        ("1e-999", "0.0"),
    ] {
        check(&format!("a {text}"), &format!("a is {value}"));
        check_open(&format!("a {text}"), &format!("a is {value}"));
    }
    for text in
        ["x", "1_0", "0x1p3", "0x10", "1e", "-NaN", "+nan", "1,5", "--1", "1f", "\"1\"", "."]
    {
        let expected = format!(
            "error: line 1, column 3: expected a number such as 1, 1.5e3, +Inf or NaN, found {text:?}"
        );
        check(&format!("a {text}"), &expected);
        check_open(&format!("a {text}"), &expected);
    }
    let beyond =
        "the number is beyond the largest double, expected a number such as 1, 1.5e3, +Inf or NaN";
    check("a 1e999", &format!("error: line 1, column 3: {beyond}"));
    check(
        "a",
        "error: line 1, column 2: expected a number such as 1, 1.5e3, +Inf or NaN, found the end of the line",
    );
}

#[test]
fn no_number_has_the_mark_of_an_ended_series() {
    for body in ["a NaN", "a nan"] {
        let Some(Ok(Entry::Sample(sample))) =
            Exposition::new(body.as_bytes(), TextFormat::Prometheus).next()
        else {
            panic!("no sample");
        };
        assert_eq!(sample.value.to_bits(), NORMAL_NAN);
    }
}

#[test]
fn times_in_milliseconds() {
    check("a 1 1395066363000", "a is 1.0 at 1395066363000ms");
    check("a 1 0", "a is 1.0 at 0ms");
    check("a 1 -3982045", "a is 1.0 at -3982045ms");
    let wrong = "expected a time in milliseconds or the end of the line";
    for text in ["1.5", "1e3", "x", "+1", "-", "99999999999999999999"] {
        check(&format!("a 1 {text}"), &format!("error: line 1, column 5: {wrong}, found {text:?}"));
    }
    check("a 1 5 6", "error: line 1, column 7: expected the end of the line, found \"6\"");
    check(
        "a 1 5 # {} 1",
        "error: line 1, column 7: expected the end of the line, found \"# {} 1\"",
    );
    check(
        "a 1\r",
        "error: line 1, column 3: expected a number such as 1, 1.5e3, +Inf or NaN, found \"1\\r\"",
    );
    // Beyond what nanoseconds reach: the last time there is, which no window takes.
    check("a 1 9223372036854775807", &format!("a is 1.0 at {}ms", i64::MAX / 1_000_000));
}

#[test]
fn times_in_seconds() {
    check_open("a 1 1395066363", "a is 1.0 at 1395066363000ms");
    check_open("a 1 1520879607.789", "a is 1.0 at 1520879607789ms");
    check_open("a 1 1.5e9", "a is 1.0 at 1500000000000ms");
    check_open("a 1 -1.5", "a is 1.0 at -1500ms");
    for text in ["NaN", "+Inf", "x", "#"] {
        check_open(
            &format!("a 1 {text}"),
            &format!("error: line 1, column 5: expected a time in seconds, found {text:?}"),
        );
    }
}

#[test]
fn comments_and_metadata() {
    check("# a\n#\n#b\n# TYPES a counter\n#TYPE a x\n# HELPa b\na 1", "a is 1.0");
    check("# UNIT a x", "");
    check("# EOF\na 1", "a is 1.0");
    for (word, kind) in [
        ("counter", "Counter"),
        ("gauge", "Gauge"),
        ("histogram", "Histogram"),
        ("summary", "Summary"),
        ("untyped", "Unknown"),
    ] {
        check(&format!("# TYPE a {word}"), &format!("type a {kind}"));
    }
    check("# HELP a", "help a \"\"");
    check("# HELP a ", "help a \"\"");
    check("# HELP a  b ", "help a \" b \"");
    check("# HELP a:b\tc", "help a:b \"c\"");
    let kinds = "expected counter, gauge, histogram, summary or untyped";
    check("# TYPE a", &format!("error: line 1, column 9: {kinds}, found the end of the line"));
    check("# TYPE a info", &format!("error: line 1, column 10: {kinds}, found \"info\""));
    check("# TYPE a counter ", &format!("error: line 1, column 10: {kinds}, found \"counter \""));
    check("# TYPE a  counter", &format!("error: line 1, column 10: {kinds}, found \" counter\""));
    check(
        "# TYPE ",
        "error: line 1, column 8: expected the name of a metric, found the end of the line",
    );
    check("# HELP 1", "error: line 1, column 8: expected the name of a metric, found \"1\"");
    assert_eq!(
        read(b"# HELP a \xff", TextFormat::Prometheus),
        "error: line 1, column 10: the text has other bytes, expected UTF-8"
    );
    // A comment may have any bytes.
    assert_eq!(read(b"# \xff\na 1", TextFormat::Prometheus), "a is 1.0");
}

#[test]
fn open_metrics_metadata() {
    for (word, kind) in [
        ("counter", "Counter"),
        ("gauge", "Gauge"),
        ("histogram", "Histogram"),
        ("gaugehistogram", "GaugeHistogram"),
        ("summary", "Summary"),
        ("info", "Info"),
        ("stateset", "StateSet"),
        ("unknown", "Unknown"),
    ] {
        check_open(&format!("# TYPE a {word}"), &format!("type a {kind}"));
    }
    check_open("# UNIT a_seconds seconds", "unit a_seconds seconds");
    check_open("# UNIT a ", "unit a");
    check_open("# HELP a ", "help a \"\"");
    let suffix = "error: line 1, column 10: the unit is no suffix of `a`, expected a name that ends in `_seconds`";
    check_open("# UNIT a seconds", suffix);
    check_open("# UNIT seconds seconds", &suffix.replace("10", "16").replace("`a`", "`seconds`"));
    let kinds =
        "expected counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown";
    check_open(
        "# TYPE a untyped",
        &format!("error: line 1, column 10: {kinds}, found \"untyped\""),
    );
    let text =
        "expected a blank and a text after the name of the metric, found the end of the line";
    check_open("# HELP a", &format!("error: line 1, column 9: {text}"));
    let words = "expected `TYPE`, `HELP`, `UNIT` or `EOF` after `# `";
    check_open("# a", &format!("error: line 1, column 3: {words}, found \"a\""));
    check_open(
        "#TYPE a gauge",
        &format!("error: line 1, column 2: {words}, found \"TYPE a gauge\""),
    );
    check_open(
        "#  TYPE a gauge",
        &format!("error: line 1, column 3: {words}, found \" TYPE a gauge\""),
    );
}

#[test]
fn open_metrics_blanks_have_their_place() {
    let name = "expected the name of a metric";
    check_open(" a 1", &format!("error: line 1, column 1: {name}, found \" a 1\""));
    check_open("\na 1", &format!("error: line 1, column 1: {name}, found the end of the line"));
    let blank = "expected one blank and a number";
    check_open("a{b=\"c\"}1", &format!("error: line 1, column 9: {blank}, found \"1\""));
    check_open("a\t1", &format!("error: line 1, column 2: {blank}, found \"\\t1\""));
    check_open(
        "a {b=\"c\"} 1",
        "error: line 1, column 3: expected a number such as 1, 1.5e3, +Inf or NaN, found \"{b=\\\"c\\\"} 1\"",
    );
    check_open(
        "a  1",
        "error: line 1, column 3: expected a number such as 1, 1.5e3, +Inf or NaN, found \" 1\"",
    );
    check_open(
        "a 1 ",
        "error: line 1, column 5: expected a time in seconds, found the end of the line",
    );
    let label = "expected the name of a label or `}`";
    check_open(
        "a{ b=\"c\"} 1",
        &format!("error: line 1, column 3: {label}, found \" b=\\\"c\\\"}} 1\""),
    );
    check_open(
        "a{b=\"c\" } 1",
        "error: line 1, column 8: expected `,` or `}` after a label, found \" } 1\"",
    );
    check_open(
        "a{b=\"c\"d=\"e\"} 1",
        "error: line 1, column 8: expected `,` or `}` after a label, found \"d=\\\"e\\\"} 1\"",
    );
    check_open("a{b=\"c\",} 1", "a b=\"c\" is 1.0");
}

#[test]
fn open_metrics_has_an_end() {
    let open = |body: &str| read(body.as_bytes(), TextFormat::OpenMetrics);
    assert_eq!(open("# EOF"), "");
    assert_eq!(open("# EOF\n"), "");
    assert_eq!(open("a 1\n# EOF"), "a is 1.0");
    assert_eq!(
        open(""),
        "error: line 1, column 1: expected `# EOF` at the end, found the end of the line"
    );
    assert_eq!(
        open("a 1\n"),
        "a is 1.0\nerror: line 2, column 1: expected `# EOF` at the end, found the end of the line"
    );
    assert_eq!(
        open("a 1"),
        "error: line 1, column 4: expected the end of the line and `# EOF`, found the end of the line"
    );
    for after in ["\n", "a 1\n", "# EOF\n"] {
        assert_eq!(
            open(&format!("# EOF\n{after}")),
            "error: line 1, column 6: expected nothing after `# EOF`, found the end of the line"
        );
    }
}

#[test]
fn exemplars() {
    check_open(
        "a_bucket{le=\"1\"} 5 # {trace_id=\"x\"} 0.5 1520879607.789",
        "a_bucket le=\"1\" is 5.0 like trace_id=\"x\" 0.5 at Some(1520879607789000000)",
    );
    check_open("a_total 5 # {} 0.5", "a_total is 5.0 like 0.5 at None");
    check_open(
        "a 5 1 # {b=\"c\",d=\"e\"} 1",
        "a is 5.0 at 1000ms like b=\"c\" d=\"e\" 1.0 at None",
    );
    check_open("a 5 # {\"b c\"=\"\\n\"} 1", "a is 5.0 like b c=\"\\n\" 1.0 at None");
    check_open(
        "a 5 # {\"b\"} 1",
        "error: line 1, column 8: expected a label with a value, found \"\\\"b\\\"} 1\"",
    );
    check_open(
        "a 5 # {b=\"c\"}",
        "error: line 1, column 14: expected one blank and a number, found the end of the line",
    );
    check_open(
        "a 5 # {b=\"c\"} x",
        "error: line 1, column 15: expected a number such as 1, 1.5e3, +Inf or NaN, found \"x\"",
    );
    check_open(
        "a 5 # {b=\"c\"} 1 NaN",
        "error: line 1, column 17: expected a time in seconds, found \"NaN\"",
    );
    check_open(
        "a 5 # {b=\"c\"} 1 2 3",
        "error: line 1, column 18: expected the end of the line, found \" 3\"",
    );
}

#[test]
fn created_lines_are_series_of_their_own() {
    check_open(
        "# TYPE a counter\na_total 17 1520879607.789\na_created 1520430000.123",
        "type a Counter\na_total is 17.0 at 1520879607789ms\na_created is 1520430000.123",
    );
}

#[test]
fn bounds_have_one_spelling() {
    let bucket = |le: &str| format!("# TYPE a histogram\na_bucket{{le=\"{le}\"}} 1");
    for (written, meant) in [
        ("1", "1.0"),
        ("1.0", "1.0"),
        ("0", "0.0"),
        ("0.1", "0.1"),
        ("+Inf", "+Inf"),
        ("inf", "+Inf"),
        ("1e3", "1000.0"),
        ("100000", "100000.0"),
        ("1000000", "1e+06"),
        ("1234567", "1.234567e+06"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1e100", "1e+100"),
        ("-1", "-1.0"),
        ("x", "x"),
    ] {
        check(&bucket(written), &format!("type a Histogram\na_bucket le={meant:?} is 1.0"));
        check_open(&bucket(written), &format!("type a Histogram\na_bucket le={meant:?} is 1.0"));
    }
    check("# TYPE a summary\na{quantile=\"1\"} 1", "type a Summary\na quantile=\"1.0\" is 1.0");
    check("# TYPE a summary\na{le=\"1\"} 1", "type a Summary\na le=\"1\" is 1.0");
    check("# TYPE a gauge\na{le=\"1\"} 1", "type a Gauge\na le=\"1\" is 1.0");
    check("a{le=\"1\",quantile=\"1\"} 1", "a le=\"1\" quantile=\"1\" is 1.0");
}

#[test]
fn goes_on_after_an_error_and_counts_lines() {
    let body = b"a 1\nb\n\n# x\nc{ 1\nd 2\n";
    let found: Vec<_> = Exposition::new(body, TextFormat::Prometheus)
        .map(|entry| entry.map(|_| ()).map_err(|error| (error.line, error.column)))
        .collect();
    assert_eq!(found, [Ok(()), Err((2, 2)), Err((5, 4)), Ok(())]);
}

#[test]
fn columns_count_characters_and_long_lines_are_cut() {
    check(
        "a{b=\"äöü\"} x",
        "error: line 1, column 12: expected a number such as 1, 1.5e3, +Inf or NaN, found \"x\"",
    );
    let long = "x".repeat(1000);
    let error = read(format!("a {long}").as_bytes(), TextFormat::Prometheus);
    assert!(error.len() < 200, "{error}");
}

/// Name, labels, value, and the time in milliseconds.
type Written = (String, Vec<(String, String)>, f64, Option<i64>);

/// A body with names, labels and values of any kind, and what it says.
fn bodies() -> impl Strategy<Value = Vec<Written>> {
    let label = ("[a-zA-Z_][a-zA-Z0-9_]{0,8}", any::<String>());
    let sample = (
        prop_oneof!["[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", "\\PC{1,8}"],
        prop::collection::vec(label, 0..4),
        any::<f64>(),
        prop::option::of(-1_000_000_000i64..4_000_000_000_000),
    );
    prop::collection::vec(sample, 0..8)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

proptest! {
    /// What was written is what is read, in both formats.
    #[test]
    fn round_trip(samples in bodies()) {
        for format in [TextFormat::Prometheus, TextFormat::OpenMetrics] {
            let mut body = String::new();
            let mut expected = String::new();
            for (name, labels, value, time) in &samples {
                write!(body, "{{\"{}\"", escaped(name)).unwrap();
                write!(expected, "{name}").unwrap();
                for (label, value) in labels {
                    write!(body, ",{label}=\"{}\"", escaped(value)).unwrap();
                    write!(expected, " {label}={value:?}").unwrap();
                }
                write!(body, "}} {}", if value.is_nan() { "NaN".to_owned() } else { value.to_string() }).unwrap();
                write!(expected, " is {value:?}").unwrap();
                if let Some(time) = time {
                    match format {
                        TextFormat::Prometheus => write!(body, " {time}").unwrap(),
                        TextFormat::OpenMetrics => write!(body, " {}", time / 1000).unwrap(),
                    }
                    let kept = if format == TextFormat::Prometheus { *time } else { time / 1000 * 1000 };
                    write!(expected, " at {kept}ms").unwrap();
                }
                body.push('\n');
                expected.push('\n');
            }
            if format == TextFormat::OpenMetrics {
                body.push_str("# EOF\n");
            }
            prop_assert_eq!(read(body.as_bytes(), format), expected.trim_end());
        }
    }

    /// Any bytes end, and every error has a place within the body.
    #[test]
    fn any_bytes_end(body in prop::collection::vec(prop_oneof![
        any::<u8>(), prop::sample::select(b"a{}=\"\\,# \n1.eNTYPEHELPUNIT\t".to_vec())
    ], 0..300)) {
        for format in [TextFormat::Prometheus, TextFormat::OpenMetrics] {
            let lines = body.split(|byte| *byte == b'\n').count();
            let mut entries = 0;
            for entry in Exposition::new(&body, format) {
                entries += 1;
                if let Err(error) = entry {
                    prop_assert!(error.line >= 1 && error.line <= lines);
                }
            }
            prop_assert!(entries <= lines + 1);
        }
    }

    /// A spelled bound means the same number, and is its own spelling.
    #[test]
    fn spelling_keeps_the_number(value in any::<f64>()) {
        let spelled = spell(value);
        prop_assert!(spelled.parse::<f64>().unwrap() == value || value.is_nan());
        let again = one_spelling(Cow::Borrowed(&spelled)).into_owned();
        prop_assert_eq!(again, spelled);
    }
}
