//! What is read, what is refused and where, and that all that is read can be written again.

use proptest::prelude::*;
use serde_json::json;

use super::functions::FUNCTIONS;
use super::{
    MAX_DEPTH, Timing, anchored, format as format_query, parse, parse_selector, resolve, to_json,
};
use crate::ast::{At, ExprKind, When, selectors};

/// The expression in its canonical form, which must be stable.
pub(super) fn canonical(query: &str) -> String {
    let expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    assert!(expr.span.end <= query.len(), "{query}");
    let text = expr.to_string();
    let again = parse(&text).unwrap_or_else(|error| panic!("{query} -> {text}: {error}"));
    assert_eq!(again.to_string(), text, "{query}");
    text
}

/// Every operation in parentheses.
fn shape(query: &str) -> String {
    fn of(expr: &crate::ast::Expr) -> String {
        match &expr.kind {
            ExprKind::Binary(binary) => {
                format!("({} {} {})", of(&binary.lhs), binary.op, of(&binary.rhs))
            }
            ExprKind::Unary { negative, expr } => {
                format!("({}{})", if *negative { '-' } else { '+' }, of(expr))
            }
            _ => expr.to_string(),
        }
    }
    of(&parse(query).unwrap_or_else(|error| panic!("{query}: {error}")))
}

fn number(query: &str) -> f64 {
    match parse(query).unwrap_or_else(|error| panic!("{query}: {error}")).kind {
        ExprKind::Number { value, .. } => value,
        other => panic!("{query}: {other:?}"),
    }
}

#[test]
fn operators_bind_as_strongly_as_in_prometheus() {
    for (query, expected) in [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a ^ b ^ c", "(a ^ (b ^ c))"),
        ("-1^2", "(-(1 ^ 2))"),
        ("-a * b", "((-a) * b)"),
        ("2^-1*3", "((2 ^ -1) * 3)"),
        ("2 ^ -a ^ b", "(2 ^ (-(a ^ b)))"),
        ("-2^---1*3", "((-(2 ^ -1)) * 3)"),
        ("- - - a", "(-(-(-a)))"),
        ("a or b and c unless d", "(a or ((b and c) unless d))"),
        ("a == b + c", "(a == (b + c))"),
        ("a == b != c", "((a == b) != c)"),
        ("a </ b + c >/ d", "((a </ (b + c)) >/ d)"),
        ("a ATAN2 b / c", "((a atan2 b) / c)"),
        ("a AND b OR c", "((a and b) or c)"),
        ("a offset 5s-8", "(a offset 5s - 8)"),
        ("a offset -1^1", "(a offset -1s ^ 1)"),
        ("-a offset 5m", "(-a offset 5m)"),
        ("-a[5m:] ", "refused"),
    ] {
        if expected == "refused" {
            assert!(parse(query).is_err(), "{query}");
        } else {
            assert_eq!(shape(query), expected, "{query}");
            canonical(query);
        }
    }
}

#[test]
fn numbers_are_read_as_go_reads_them() {
    for (query, expected) in [
        ("1", 1.0),
        ("5.", 5.0),
        (".5", 0.5),
        ("5e-3", 0.005),
        ("5E3", 5000.0),
        ("0xc", 12.0),
        ("0X_1F", 31.0),
        ("0755", 493.0),
        ("-0755", -493.0),
        ("089", 89.0),
        ("0", 0.0),
        ("1_000", 1000.0),
        ("1_0.5_0e+1_0", 10.5e10),
        ("+Inf", f64::INFINITY),
        ("-iNf", f64::NEG_INFINITY),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1m30s500ms", 90.5),
        ("1y1w1d", 373.0 * 86400.0),
        ("4s180ms", 4.18),
        ("- - - 1", -1.0),
    ] {
        assert_eq!(number(query), expected, "{query}");
    }
    assert!(number("NaN").is_nan() && number("nAN").is_nan());
    for query in [
        "2.5.",
        "100..4",
        "0deadbeef",
        "1__0",
        "1_",
        "1e",
        "0x",
        "5mm",
        "5m1",
        "5m1h",
        "5m1m",
        "5y1hs",
        "1.5m",
        "0b1",
        "0o7",
        "9e999",
        "300y",
    ] {
        assert!(parse(query).is_err(), "{query}");
    }
}

#[test]
fn texts_have_the_escapes_of_go() {
    for (query, expected) in [
        (r#""a \" b""#, "a \" b"),
        (r"'a \' b'", "a ' b"),
        (r"`a \n b`", r"a \n b"),
        (
            r#""\a\b\f\n\r\t\v\\\x41\101\u1234\U00010111☺""#,
            "\x07\x08\x0c\n\r\t\x0b\\AA\u{1234}\u{10111}☺",
        ),
        (r#""\xe2\x98\xba""#, "☺"),
        ("`two\nlines`", "two\nlines"),
    ] {
        let ExprKind::Text(text) = parse(query).unwrap().kind else { panic!("{query}") };
        assert_eq!(text, expected);
        canonical(query);
    }
    for query in [
        "`\\``",
        r#""\"#,
        r#""\c""#,
        r#""\x.""#,
        r#""\'""#,
        "\"a\nb\"",
        r#""\ud800""#,
        r#""\400""#,
        r#""\xff""#,
        "'a",
    ] {
        assert!(parse(query).is_err(), "{query}");
    }
}

#[test]
fn whatever_is_read_is_written_the_same_way() {
    for (query, expected) in [
        ("# first\nup # last", "up"),
        ("up{job='a',}", r#"up{job="a"}"#),
        (
            r#"{"my.metric", "my.label"="x", b!="y"}"#,
            r#"{"my.label"="x",__name__="my.metric",b!="y"}"#,
        ),
        (r#"{__name__="up"}"#, r#"{__name__="up"}"#),
        ("up{z='1',b='2'}", r#"up{b="2",z="1"}"#),
        (r#"{__name__=~"u.*"}"#, r#"{__name__=~"u.*"}"#),
        (r#"{"a", "b"}"#, r#"{__name__="a",__name__="b"}"#),
        (r#"{"bool"}"#, r#"{__name__="bool"}"#),
        ("foo:bar", "foo:bar"),
        ("SUM(x) BY (a)", "sum by (a) (x)"),
        ("sum by () (x)", "sum(x)"),
        ("sum without () (x)", "sum without () (x)"),
        (r#"sum by (and, "b c", bool, on,) (x)"#, r#"sum by (and, "b c", bool, on) (x)"#),
        (r#"count_values("v", x)"#, r#"count_values("v", x)"#),
        ("topk(5, x) without (a)", "topk without (a) (5, x)"),
        ("sum(sum)", "sum(sum)"),
        ("a + sum", "a + sum"),
        ("and and and", "and and and"),
        ("offset offset 5m", "offset offset 5m"),
        ("start + end{start='x'}", r#"start + end{start="x"}"#),
        ("fill + fill_left", "fill + fill_left"),
        ("a == bool on(x) group_left b", "a == bool on (x) group_left () b"),
        ("a * ignoring(x) group_right(y, z) b", "a * ignoring (x) group_right (y, z) b"),
        ("a / on() b", "a / on () b"),
        ("a / ignoring() b", "a / b"),
        ("a + on() 1", "a + 1"),
        ("x[300]", "x[5m]"),
        ("x[4.018]", "x[4s18ms]"),
        ("x[ +5m ]", "x[5m]"),
        ("x[5m] OFFSET -1h @ 3.3333", "x[5m] @ 3.333 offset -1h"),
        ("x @ end() offset 300", "x @ end() offset 5m"),
        ("x @ -100", "x @ -100.000"),
        ("x @ 1m", "x @ 60.000"),
        ("x @ 0xA", "x @ 10.000"),
        ("x @ START ( )", "x @ start()"),
        ("(a + b)[1h:5m] offset 1d @ 5", "(a + b)[1h:5m] @ 5.000 offset 1d"),
        ("rate(x[1m])[10m:]", "rate(x[1m])[10m:]"),
        ("x offset 1m @ 123 [10m:5s]", "x @ 123.000 offset 1m[10m:5s]"),
        ("x[0.0001]", "x[0.0001]"),
        ("info(x, {})", "info(x, {})"),
        (r#"info(x, {__name__="y"})"#, r#"info(x, {__name__="y"})"#),
        ("label_join(x, 'a', '-')", r#"label_join(x, "a", "-")"#),
        ("hour()", "hour()"),
        ("Inf ^ 2 + Inf", "Inf ^ 2 + +Inf"),
        ("-Inf + NaN", "-Inf + NaN"),
        ("5m + 300 + 0s - 1h30m", "5m + 300 + 0s - 1h30m"),
        ("-90s", "-1m30s"),
        ("x[5m*2]", "x[5m * 2]"),
        ("x[(5m)]", "x[(5m)]"),
        ("x[((5m))]", "x[(5m)]"),
        ("x[-(5)+1h]", "x[-(5) + 1h]"),
        ("x[+(5)]", "x[(5)]"),
        ("x[1+(STep()-5)*2]", "x[1 + (step() - 5) * 2]"),
        ("x[200-min_of(-step()^+Range(),1)]", "x[200 - min_of(-step() ^ range(), 1)]"),
        ("(a+b)[1h*2:step()/2] offset (5s-8)", "(a + b)[1h * 2:step() / 2] offset (5s - 8)"),
        ("x offset 100 + 2", "x offset 1m40s + 2"),
        ("x offset -(5) ^ 2", "x offset -(5) ^ 2"),
        ("x offset - - step()", "x offset --step()"),
        ("x offset +max_of(1, 2s)", "x offset max_of(1, 2s)"),
        (r#"x{a='\a\x01\u200b\'é'}"#, r#"x{a="\a\x01\u200b'é"}"#),
        ("1e25", "10000000000000000000000000"),
        ("max_of(start(), step())", "max_of(start(), step())"),
    ] {
        assert_eq!(canonical(query), expected, "{query}");
    }
}

#[test]
fn spans_are_bytes_of_the_query() {
    let query = r#"  sum ( x{a="ü"} ) by (b)  +  -y[5m:] offset 1m"#;
    let error = parse(query).unwrap_err();
    assert_eq!(&query[error.span], "y[5m:] offset 1m");
    let query = r#"  sum ( x{a="ü"} ) by (b)  +  - y offset 1m "#;
    let ExprKind::Binary(binary) = parse(query).unwrap().kind else { panic!() };
    assert_eq!(&query[binary.lhs.span], r#"sum ( x{a="ü"} ) by (b)"#);
    assert_eq!(&query[binary.rhs.span], "- y offset 1m");
    let selector = parse("x offset -5m @ 7").unwrap();
    let ExprKind::Selector(selector) = selector.kind else { panic!() };
    let when = When { at: Some(At::Time(7000)), offset_ms: -300_000, offset: None };
    assert_eq!(selector.when, when);
}

/// Each query, what of it the error is about, and a part of what it says.
const REFUSED: &[(&str, &str, &str)] = &[
    ("", "", "expected an expression, found the end"),
    ("# just a comment\n\n", "", "expected an expression"),
    ("1+", "", "expected an expression, found the end"),
    ("*1", "*", "expected an expression, found `*`"),
    (".", ".", "unexpected character '.'"),
    ("(1))", ")", "the end of the query, found `)`"),
    ("((1)", "", "`)`, found the end"),
    ("1 and 1", "1 and 1", "`and` needs an instant vector"),
    ("a or 1", "a or 1", "`or` needs"),
    ("1 == 1", "1 == 1", "needs `bool`"),
    ("1 =~ 1", "=~", "found `=~`"),
    ("a + bool b", "a + bool b", "`bool` goes with comparisons"),
    ("a </ bool b", "a </ bool b", "`bool` goes with comparisons"),
    ("-\"x\"", "\"x\"", "found string"),
    ("-x[5m]", "x[5m]", "found range vector"),
    ("x[5m] + 1", "x[5m]", "an operand of `+`, found range vector"),
    ("1 offset 1d", "1", "`offset` goes after a selector"),
    ("rate(x[5m]) @ 1", "rate(x[5m])", "`@` goes after a selector"),
    ("x offset 1s offset 2s", "x offset 1s offset 2s", "`offset` is given twice"),
    ("x @ 1 @ end()", "x @ 1 @ end()", "`@` is given twice"),
    ("x @ Inf", "Inf", "out of range"),
    ("x @ y", "y", "a time in seconds"),
    ("x offset", "", "a duration or a number"),
    ("x offset 9.5e10", "9.5e10", "out of range"),
    ("x offset 1m[5m]", "[5m]", "`offset` goes after the range"),
    ("x @ 5 [5m]", "[5m]", "`@` goes after the range"),
    ("(a + b)[5m]", "[5m]", "only selectors have a range"),
    ("x[5m][5m:]", "x[5m]", "expected type instant vector in a subquery"),
    ("x[0m]", "0m", "greater than 0"),
    ("x[-1]", "-1", "greater than 0"),
    ("x[]", "]", "expected a duration"),
    ("x[\"5m\"]", "\"5m\"", "expected a duration"),
    ("x[5m", "", "expected `]` or `:`"),
    ("x[5m/0]", "/", "division by zero"),
    ("x[5m%0]", "%", "division by zero"),
    ("x[5m+]", "]", "a duration"),
    ("x[(5m]", "]", "`)`"),
    ("x[step]", "]", "`(`"),
    ("x[step(5)]", "5", "`)`"),
    ("x[min_of(5)]", ")", "`,`"),
    ("x[min(5, 6)]", "min", "a duration"),
    ("x[5m+9e99]", "9e99", "out of range"),
    ("x offset (5) offset (5)", "x offset (5) offset (5)", "`offset` is given twice"),
    ("x offset step() [5m]", "[5m]", "`offset` goes after the range"),
    ("x[5m] smoothed", "smoothed", "not supported"),
    ("a + fill(0) b", "fill", "fill modifiers are not supported"),
    ("a - on(b) ignoring(c) d", "ignoring", "expected a metric's name"),
    ("a + group_left(b) c", "group_left", "`on` or `ignoring` before"),
    ("a and on(b) group_left(c) d", "a and on(b) group_left(c) d", "does not go with"),
    ("a + on(b) group_left(c, b) d", "a + on(b) group_left(c, b) d", "label `b`"),
    ("a == on(b) 10", "a == on(b) 10", "between instant vectors"),
    ("{}", "{}", "at least one matcher"),
    ("{x=\"\"}", "{x=\"\"}", "at least one matcher"),
    ("{x=~\".*\"}", "{x=~\".*\"}", "at least one matcher"),
    ("{x!=\"a\"}", "{x!=\"a\"}", "at least one matcher"),
    ("rate({}[5m])", "{}[5m]", "at least one matcher"),
    ("x{__name__=\"y\"}", "__name__=\"y\"", "given twice, as `x` and as `y`"),
    ("x{\"y\"}", "\"y\"", "given twice"),
    ("x{", "", "the name of a label or `}`"),
    ("x}", "}", "the end of the query"),
    ("x{a=b}", "b", "a text in quotes"),
    ("x{a:b=\"c\"}", "a:b", "the name of a label"),
    ("x{a}", "}", "`=`, `!=`, `=~` or `!~`"),
    ("x{,}", ",", "the name of a label"),
    ("x{a=\"b\" c}", "c", "`,` or `}`"),
    ("x{a=~\"(\"}", "a=~\"(\"", "no regular expression"),
    ("x{a=~\"b)(c\"}", "a=~\"b)(c\"", "no regular expression"),
    ("sum without(==)(x)", "==", "the name of a label"),
    ("sum by (without)(x)", "without", "the name of a label"),
    ("sum by (\"\")(x)", "\"\"", "must not be empty"),
    ("sum x by (y)", "x", "the end of the query"),
    ("sum (x) by y", "y", "`(`"),
    ("sum() by (y)", "sum() by (y)", "expected 1 argument for `sum`, found 0"),
    ("sum(x) by (y) by (z)", "by", "the end of the query"),
    ("topk(x)", "topk(x)", "expected 2 arguments for `topk`, found 1"),
    ("topk(x, y)", "x", "expected type scalar in the parameter of `topk`"),
    ("count_values(5, y)", "5", "expected type string"),
    (r#"count_values("a\xc5z", y)"#, r#""a\xc5z""#, r#"invalid label name "a\xc5z""#),
    (r#"label_replace(x, "a", "\xff", "b", "")"#, r#""\xff""#, "bytes that are not UTF-8"),
    ("sum(1)", "1", "expected type instant vector in aggregation `sum`, found scalar"),
    ("topk(1, x,)", ")", "another argument"),
    ("floor()", "floor()", "expected 1 argument in call to `floor`, found 0"),
    ("hour(x, x)", "hour(x, x)", "expected 0 to 1 arguments"),
    ("label_join(x)", "label_join(x)", "expected at least 3 arguments"),
    ("rate(x)", "x", "expected type range vector in call to function `rate`, found instant vector"),
    ("abs(1)", "1", "expected type instant vector"),
    ("nothing(x)", "nothing", "no function `nothing`"),
    ("RATE(x[5m])", "RATE", "no function `RATE`"),
    ("info(x, target_info)", "target_info", "only matchers in braces"),
    ("info(x, {a=\"b\"} == 1)", "{a=\"b\"} == 1", "only matchers in braces"),
    ("a b", "b", "an operator or the end"),
    ("bool", "bool", "a metric's name"),
];

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    for (query, place, words) in REFUSED {
        let Err(error) = parse(query) else { panic!("{query} is read") };
        assert_eq!(&query[error.span.clone()], *place, "{query}: {error}");
        assert!(error.problem.contains(words), "{query}: {error}");
    }
    let error = parse("sum(\n  ü{a=\"ü\"} +)").unwrap_err();
    assert_eq!((error.line, error.column), (2, 3));
    assert_eq!(error.to_string(), "line 2, column 3: unexpected character 'ü'");
}

#[test]
fn calculated_durations_are_resolved() {
    let timing = Timing { start: 10_000, end: 70_000, step: 15_000 };
    let resolved = |query: &str| {
        let mut expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        resolve(&mut expr, query, timing).map(|()| expr)
    };
    for (calculation, expected) in [
        ("5m*2", 600_000),
        ("-5m+35m", 1_800_000),
        ("1h30m % 1h", 1_800_000),
        ("30m1s-30m1s % 1m", 1_800_000),
        ("2 ^ 3 ^ 2", 512_000),
        ("-2 ^ 2 + 5", 1_000),
        ("step()", 15_000),
        ("(step()+1ms)", 15_001),
        ("range()/2", 30_000),
        ("max_of(min_of(step()+1,1h),1ms)", 16_000),
        ("1.0009", 1_000),
        ("1.0009+0", 1_000),
    ] {
        let query = format!("x[{calculation}]");
        let ExprKind::Matrix { range_ms, .. } = resolved(&query).unwrap().kind else { panic!() };
        assert_eq!(range_ms, expected, "{query}");
        let query = format!("sum_over_time(x[5m:{calculation}] offset -({calculation}))");
        let ExprKind::Call { args, .. } = resolved(&query).unwrap().kind else { panic!() };
        let ExprKind::Subquery { step_ms, when, .. } = &args[0].kind else { panic!() };
        assert_eq!((*step_ms, when.offset_ms), (Some(expected), -expected), "{query}");
    }
    for (query, place, words) in [
        ("a + rate(x[1m-1h])", "x[1m-1h]", "greater than 0, in `1m - 1h`"),
        ("x[step()-15]", "x[step()-15]", "greater than 0"),
        ("x[1/(step()-15)]", "x[1/(step()-15)]", "division by zero"),
        ("x offset (10^300)", "x offset (10^300)", "out of range"),
        ("x offset (10^999)", "x offset (10^999)", "infinite"),
        ("x offset ((-1)^0.5)", "x offset ((-1)^0.5)", "no number"),
    ] {
        let Err(error) = resolved(query) else { panic!("{query} has a value") };
        assert_eq!(&query[error.span.clone()], place, "{query}: {error}");
        assert!(error.problem.contains(words), "{query}: {error}");
    }
}

#[test]
fn all_selectors_are_found() {
    let query = "sum(rate(a[5m])) / max_over_time((b + c)[5m:]) + topk(scalar(d), -e) + 1";
    let expr = parse(query).unwrap();
    let names: Vec<&str> =
        selectors(&expr).into_iter().map(|selector| &*selector.matchers[0].value).collect();
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
}

#[test]
fn json_is_that_of_prometheus() {
    let of = |query: &str| to_json(&parse(query).unwrap());
    let expected = json!({
        "type": "aggregation", "op": "topk", "grouping": ["job"], "without": false,
        "param": {"type": "numberLiteral", "val": "5"},
        "expr": {
            "type": "call",
            "func": {"name": "rate", "argTypes": ["matrix"], "variadic": 0, "returnType": "vector"},
            "args": [{
                "type": "matrixSelector", "name": "x", "range": 300_000, "rangeExpr": null,
                "offset": 60_000, "offsetExpr": null, "timestamp": 5_000, "startOrEnd": null,
                "anchored": false, "smoothed": false,
                "matchers": [
                    {"name": "a", "type": "!~", "value": "b.*"},
                    {"name": "__name__", "type": "=", "value": "x"},
                ],
            }],
        },
    });
    assert_eq!(of("topk by (job) (5, rate(x{a!~'b.*'}[5m] @ 5 offset 1m))"), expected);
    let binary = of("a == bool on (x) group_left (y) {b='c'}");
    assert_eq!(binary["op"], "==");
    assert_eq!(binary["bool"], true);
    let expected = json!({
        "card": "many-to-one", "labels": ["x"], "on": true, "include": ["y"],
        "fillValues": {"lhs": null, "rhs": null},
    });
    assert_eq!(binary["matching"], expected);
    assert_eq!(binary["rhs"]["name"], "");
    assert_eq!(of("a and b")["matching"]["card"], "many-to-many");
    assert_eq!(of("a + 1")["matching"], json!(null));
    assert_eq!(
        of("-(Inf)"),
        json!({
            "type": "unaryExpr", "op": "-",
            "expr": {"type": "parenExpr", "expr": {"type": "numberLiteral", "val": "+Inf"}},
        })
    );
    assert_eq!(of("'ü'"), json!({"type": "stringLiteral", "val": "ü"}));
    let subquery = of("x[4s+4s:1s*2] offset (5) @ end()");
    assert_eq!((&subquery["range"], &subquery["step"]), (&json!(0), &json!(0)));
    assert_eq!(subquery["startOrEnd"], "end");
    let four = json!({"type": "numberLiteral", "val": "4", "duration": true});
    assert_eq!(
        subquery["rangeExpr"],
        json!({
            "type": "durationExpr", "op": "+", "lhs": four, "rhs": four, "wrapped": false,
        })
    );
    let five = json!({"type": "numberLiteral", "val": "5", "duration": false});
    assert_eq!(
        subquery["offsetExpr"],
        json!({
            "type": "durationExpr", "op": "+", "lhs": null, "rhs": five, "wrapped": true,
        })
    );
    let variadic = |query: &str| of(query)["func"]["variadic"].clone();
    assert_eq!(variadic("hour()"), 1);
    assert_eq!(variadic("label_join(x, 'a', 'b')"), -1);
}

#[test]
fn a_selector_stands_alone() {
    assert_eq!(parse_selector(r#"up{job="a"}"#).unwrap().len(), 2);
    assert_eq!(parse_selector(r#"{job=~"a.+"}"#).unwrap().len(), 1);
    for query in ["", "{}", "up offset 5m", "up[5m]", "up + 1", "sum(up)", "1"] {
        assert!(parse_selector(query).is_err(), "{query}");
    }
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("(", ")"), ("abs(", ")"), ("-", ""), ("a ^ ", ""), ("sum by (b) (", ")")]
    {
        let nested = |depth| format!("{}a{}", open.repeat(depth), close.repeat(depth));
        assert!(parse(&nested(MAX_DEPTH - 1)).is_ok(), "{open}");
        let error = parse(&nested(MAX_DEPTH)).unwrap_err();
        assert!(error.problem.contains("nested deeper than 200"), "{error}");
        assert!(parse(&nested(100_000)).is_err());
    }
    let chain = |length| format!("a{}", " + a".repeat(length));
    assert!(parse(&chain(MAX_DEPTH - 1)).is_ok());
    assert!(parse(&chain(100_000)).is_err());
    assert!(parse(&format!("a{}", "[1m:]".repeat(100_000))).is_err());
    for (open, close) in [("(", ")"), ("-", ""), ("1 ^ ", ""), ("1 + ", ""), ("min_of(1, ", ")")] {
        let nested = |depth| format!("a[{}1m{}]", open.repeat(depth), close.repeat(depth));
        assert!(parse(&nested(MAX_DEPTH / 2)).is_ok(), "{open}");
        assert!(parse(&nested(100_000)).is_err(), "{open}");
        assert!(parse(&format!("a offset ({}", nested(100_000))).is_err(), "{open}");
    }
}

#[test]
fn patterns_mean_what_they_mean_in_go() {
    for (pattern, good, bad) in [
        ("a.b", "a\nb", "xa.b"),
        ("a|b", "b", "ab"),
        (r"\d+", "12", "٣"),
        (r"[\w]+", "a_1", "é"),
        (r"[[a]", "[", "b"),
        (r"[a&&b]", "&", "c"),
        (r"[]a]", "]", "b"),
        (r"[[:alpha:]_]+", "a_", "1"),
        (r"\Qa.b\E+", "a.bb", "axb"),
        (r"a{b}", "a{b}", "ab"),
        (r"a{2}", "aa", "a{2}"),
        (r"a{,2}", "a{,2}", "aa"),
        (r"\101", "A", "101"),
        (r"\<a\>", "<a>", "a"),
        (r"(?i:AB)", "aB", "ac"),
        (r"a\b.*", "a-b", "ab"),
    ] {
        let regex = anchored(pattern).unwrap();
        assert!(regex.is_match(good), "{pattern}: {regex}");
        assert!(!regex.is_match(bad), "{pattern}: {regex}");
    }
    for pattern in ["(", ")", "a)(b", "[a", "*", r"\", r"\8", "a{3,2}"] {
        assert!(anchored(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn functions_are_in_order() {
    assert_eq!(FUNCTIONS.len(), 90);
    assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse_selector(&text);
        let _ = anchored(&text);
    }

    #[test]
    fn any_pieces_are_read_or_refused(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..14)
    ) {
        for text in [pieces.concat(), pieces.join(" ")] {
            if let Ok(mut expr) = parse(&text) {
                let canonical = canonical(&text);
                let pretty = format_query(&text).expect("what is read can be written");
                prop_assert_eq!(parse(&pretty).map(|expr| expr.to_string()), Ok(canonical));
                prop_assert!(to_json(&expr).is_object());
                let _ = resolve(&mut expr, &text, Timing { start: 0, end: 9_000, step: 3_000 });
            }
            if let Err(error) = parse(&text) {
                prop_assert!(text.get(error.span).is_some());
            }
        }
    }
}

const PIECES: &[&str] = &[
    "a",
    "b",
    "sum",
    "rate",
    "topk",
    "and",
    "or",
    "by",
    "on",
    "bool",
    "group_left",
    "offset",
    "@",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "(a)",
    "[5m]",
    "[5m:]",
    "5m",
    "1",
    "-",
    "+",
    "^",
    "*",
    "==",
    "=",
    "=~",
    "\"x\"",
    "'",
    "`",
    "\\",
    ",",
    ":",
    "#",
    "\n",
    "é",
    "Inf",
    "0x",
    "1e",
    "_",
    ".",
    "start",
    "{a=\"b\"}",
    "(a, a)",
    "step()",
    "min_of(",
    "rate(a[5m])",
    "% 2",
];
