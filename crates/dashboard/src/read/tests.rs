//! Documents that are read, and everything that is said of those that are not.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::document::*;
use crate::{DOCUMENT_BYTES_MAX, Problem};

/// A document with something in every field.
fn full() -> Value {
    json!({
        "schema": 1, "title": "Services", "description": "d", "tags": ["red"],
        "time": {"from": "-1h", "to": "now"}, "refresh_seconds": 30,
        "variables": [
            {"name": "service", "label": "Service", "type": "query",
             "query": "label_values(http_requests_total, job)", "regex": "", "multi": true,
             "include_all": true, "all_value": null, "default": ["$__all"], "hidden": false,
             "sort": "alphabetical"},
            {"name": "env", "type": "custom", "options": [{"value": "prod", "text": "Production"}],
             "multi": false, "default": ["prod"]},
            {"name": "q", "type": "text", "default": ["abc"]},
            {"name": "step", "type": "interval", "options": [{"value": "1m", "text": "1m"}],
             "default": ["1m"]},
            {"name": "c", "type": "constant", "default": ["x"]}
        ],
        "panels": [
            {"id": 1, "type": "time_series", "title": "Rate", "description": "",
             "grid": {"x": 0, "y": 0, "w": 12, "h": 8},
             "queries": [{"ref": "A", "legend": "{{job}}", "instant": false, "hidden": false,
                "promql":
                "sum by (job) (rate(http_requests_total{job=~\"$service\"}[$__rate_interval]))"}],
             "unit": "reqps", "decimals": null, "min": null, "max": null,
             "thresholds": [{"value": null, "color": "green"}, {"value": 0.9, "color": "red"}],
             "mappings": [{"value": "1", "text": "up", "color": "green"}],
             "stack": "none", "fill": 0.1, "line_width": 1, "legend": "list", "reduce": "last",
             "repeat": "env", "links": [{"title": "l", "url": "https://example.org/$env"}]},
            {"id": 2, "type": "logs",
             "filter": {"service": "$env", "search": "x", "severity": "warn"}},
            {"id": 3, "type": "traces", "filter": {"min_duration_ms": 100, "errors_only": true}},
            {"id": 4, "type": "text", "text": "# Hello"},
            {"id": 5, "type": "row", "title": "More", "collapsed": true,
             "grid": {"x": 0, "y": 8, "w": 24, "h": 1}}
        ]
    })
}

fn parse(value: &Value) -> Result<Dashboard, Vec<Problem>> {
    Dashboard::parse(value.to_string().as_bytes())
}

/// The full document with one place changed, which must be there or be new in an object.
fn with(place: &str, value: Value) -> Value {
    let mut document = full();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("{place}")) {
        Value::Object(fields) => drop(fields.insert(key.into(), value)),
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = value,
        other => panic!("{place}: {other}"),
    }
    document
}

/// The one problem of a document.
#[track_caller]
fn one(document: &Value) -> Problem {
    let problems = parse(document).expect_err("a problem");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn a_document_is_read_and_written_the_same() {
    let dashboard = parse(&full()).unwrap();
    assert_eq!(dashboard.panels[0].queries[0].reference, "A");
    assert_eq!(dashboard.panels[1].filter.severity, "warn");
    assert_eq!(dashboard.variables[1].sort, Sort::None);
    let json = dashboard.to_json();
    let again = Dashboard::parse(json.as_bytes()).unwrap();
    assert_eq!(again, dashboard);
    assert_eq!(again.to_json(), json);
}

#[test]
fn what_is_left_out_has_a_default() {
    let dashboard = Dashboard::parse(b"{\"title\": \"t\", \"panels\": [{\"id\": 1}]}").unwrap();
    assert_eq!(dashboard.time, TimeRange { from: "-1h".into(), to: "now".into() });
    let panel = &dashboard.panels[0];
    assert_eq!((panel.kind, panel.unit.as_str()), (PanelKind::TimeSeries, "none"));
    assert_eq!(panel.grid, Grid { x: 0, y: 0, w: 12, h: 8 });
    assert_eq!((panel.fill, panel.line_width), (0.1, 1));
}

#[test]
fn mistakes_of_shape() {
    for (place, value, found, expected) in [
        ("/titel", json!("x"), "the unknown field titel", "one of schema"),
        ("/panels/0/grid/z", json!(1), "the unknown field z", "one of x, y, w, h"),
        ("/panels/0/type", json!("pie"), "pie", "one of time_series"),
        ("/panels/0/title", json!(5), "integer 5", "a string"),
        ("/panels/0/title", json!(null), "null", "a string"),
        ("/panels/0", json!("x"), "string \"x\"", "an object"),
        ("/tags/0", json!(1), "integer 1", "a string"),
        ("/tags/0", json!({}), "an object", "a string"),
        ("/panels/0/id", json!(-1), "integer -1", "a whole number"),
        ("/panels/0/fill", json!("1"), "string \"1\"", "a number"),
        ("/variables", json!({}), "an object", "a list"),
        ("/variables/0/sort", json!("up"), "up", "one of none"),
    ] {
        let problem = one(&with(place, value));
        assert_eq!(problem.place, place);
        assert_eq!(problem.found, found, "{place}");
        assert!(problem.expected.starts_with(expected), "{place}: {}", problem.expected);
        assert!(!problem.hint.is_empty());
    }
}

#[test]
fn mistakes_of_meaning() {
    let long = "x".repeat(60_000);
    for (place, value, at) in [
        ("/schema", json!(2), ""),
        ("/title", json!("  "), ""),
        ("/title", json!("x".repeat(1_001)), ""),
        ("/description", json!(long), ""),
        ("/tags", json!(vec!["a"; 21]), ""),
        ("/tags/0", json!(""), ""),
        ("/time/from", json!("yesterday"), ""),
        ("/refresh_seconds", json!(86_401), ""),
        ("/variables/0/name", json!("a b"), ""),
        ("/variables/0/name", json!("__range"), ""),
        ("/variables/2/name", json!("c"), "/variables/4/name"),
        ("/variables/1/options", json!([]), ""),
        ("/variables/3/options/0/value", json!("soon"), ""),
        ("/variables/1/default", json!(["a", "b"]), ""),
        ("/variables/4/default", json!([]), ""),
        ("/variables/0/query", json!("sum(up)"), ""),
        ("/variables/0/query", json!("label_values(up{, job)"), ""),
        ("/variables/0/query", json!("query_result(sum()"), ""),
        ("/variables/0/query", json!("label_values(up{a=\"$service\"}, job)"), ""),
        ("/panels/1/id", json!(1), ""),
        ("/panels/0/id", json!(0), ""),
        ("/panels/0/grid", json!({"x": 13, "y": 0, "w": 12, "h": 8}), ""),
        ("/panels/0/grid", json!({"x": 4_294_967_295_u32, "w": 12}), ""),
        ("/panels/0/grid", json!({"w": 0}), ""),
        ("/panels/0/grid", json!({"h": 201}), ""),
        ("/panels/0/grid", json!({"y": 4_294_967_295_u32}), ""),
        ("/panels/0/queries/0/promql", json!("sum("), ""),
        ("/panels/0/queries/0/promql", json!(""), ""),
        ("/panels/0/queries/0/promql", json!("up{a=\"$nobody\"} > $nobody"), ""),
        ("/panels/0/queries/0/promql", json!(long), ""),
        ("/panels/0/queries/0/ref", json!(""), ""),
        (
            "/panels/0/queries",
            json!([{"ref": "A", "promql": "a"}, {"ref": "A", "promql": "b"}]),
            "/panels/0/queries/1/ref",
        ),
        ("/panels/3/queries", json!([{"ref": "A", "promql": "a"}]), ""),
        ("/panels/0/decimals", json!(11), ""),
        ("/panels/0/fill", json!(1.1), ""),
        ("/panels/0/line_width", json!(11), ""),
        ("/panels/0/thresholds/0/color", json!("javascript:"), ""),
        ("/panels/0/thresholds/0/color", json!("#12345"), ""),
        ("/panels/0/thresholds/1/value", json!(null), ""),
        (
            "/panels/0/thresholds",
            json!([{"value": 2, "color": "red"}, {"value": 1, "color": "red"}]),
            "/panels/0/thresholds/1/value",
        ),
        ("/panels/0/mappings/0/color", json!("mauve"), ""),
        ("/panels/0/repeat", json!("nobody"), ""),
        ("/panels/0/links/0/url", json!("javascript:alert(1)"), ""),
        ("/panels/0/links/0/url", json!("//example.org"), ""),
        ("/panels/1/filter/severity", json!("bad"), ""),
        ("/panels/2/filter/min_duration_ms", json!(-1), ""),
    ] {
        let problem = one(&with(place, value.clone()));
        let expected = if at.is_empty() { place } else { at };
        assert_eq!(problem.place, expected, "{problem}");
        assert!(problem.found.len() < 200, "{problem}");
    }
}

#[test]
fn a_wrong_query_names_panel_query_and_position() {
    let problem =
        one(&with("/panels/0/queries/0/promql", json!("sum by (job) (up{job=~\"$service\"}) +")));
    assert_eq!(problem.place, "/panels/0/queries/0/promql");
    assert!(
        problem.found.starts_with("query A of panel 1 “Rate”: line 1, column 37: "),
        "{}",
        problem.found
    );
}

#[test]
fn variables_that_need_each_other() {
    let mut document = full();
    document["variables"] = json!([
        {"name": "a", "type": "query", "query": "label_values(up{x=\"$b\"}, y)"},
        {"name": "b", "type": "query", "query": "label_values(up{x=\"${a:regex}\"}, y)"},
        {"name": "env", "type": "query", "query": "label_values(up{x=\"[[a]]\"}, y)"},
        {"name": "service", "type": "constant", "default": ["x"]}
    ]);
    let problems = parse(&document).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["/variables/0/query", "/variables/1/query"]);
}

#[test]
fn all_problems_at_once() {
    let mut document = full();
    document["title"] = json!(7);
    document["tags"] = json!([1, "a", 2, ""]);
    document["panels"][0]["type"] = json!("pie");
    document["panels"][1]["extra"] = json!(true);
    document["panels"][2] = json!([]);
    document["panels"][3]["id"] = json!(1);
    let problems = parse(&document).unwrap_err();
    let mut places: Vec<_> = problems.iter().map(|problem| problem.place.as_str()).collect();
    places.sort_unstable();
    assert_eq!(
        places,
        [
            "/panels/0/type",
            "/panels/1/extra",
            "/panels/2",
            "/panels/3/id",
            "/tags/0",
            "/tags/2",
            "/tags/3",
            "/title",
        ]
    );
}

#[test]
fn what_is_no_document() {
    for json in
        ["", "{", "[]x", "{\"title\": \"a\"} x", "nul", "{\"title\": \"a\", \"title\": \"b\"}"]
    {
        let problems = Dashboard::parse(json.as_bytes()).unwrap_err();
        assert_eq!(problems.len(), 1, "{json}: {problems:?}");
    }
    for json in ["[]", "7", "null", "\"x\"", "[\"a\"]"] {
        assert_eq!(Dashboard::parse(json.as_bytes()).unwrap_err()[0].place, "", "{json}");
    }
    let deep = format!("{{\"title\": {}", "[".repeat(100_000));
    assert!(Dashboard::parse(deep.as_bytes()).is_err());
    let large = vec![b' '; DOCUMENT_BYTES_MAX + 1];
    assert_eq!(Dashboard::parse(&large).unwrap_err()[0].found, "1048577 bytes");
}

#[test]
fn problems_are_bounded() {
    let panels: Vec<_> = (0..600).map(|_| json!({"id": 1, "x": 1})).collect();
    let problems = parse(&json!({"title": "t", "panels": panels})).unwrap_err();
    assert_eq!(problems.len(), 100);
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z$\\[{(é]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place of a document.
fn places(value: &Value, place: &str, all: &mut Vec<String>) {
    all.push(place.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, &format!("{place}/{key}"), all));
        }
        Value::Array(list) => {
            let list = list.iter().enumerate();
            list.for_each(|(at, value)| places(value, &format!("{place}/{at}"), all));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn any_change_is_read_or_refused(at in any::<prop::sample::Index>(), value in any_json()) {
        let mut document = full();
        let mut all = Vec::new();
        places(&document, "", &mut all);
        *document.pointer_mut(at.get(&all).as_str()).unwrap() = value;
        match parse(&document) {
            Ok(dashboard) => {
                let json = dashboard.to_json();
                prop_assert_eq!(Dashboard::parse(json.as_bytes()), Ok(dashboard));
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Dashboard::parse(&bytes).is_err());
    }
}
