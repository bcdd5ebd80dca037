//! What is right, and what is told of what is not.

use crate::{Problem, Rule, RuleFile, check, limits};

fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

#[track_caller]
fn good(text: &str) -> RuleFile {
    let file = check(text).map_err(|problems| lines(&problems)).expect(text);
    assert_eq!(lines(&file.warnings), [""; 0], "{text}");
    file
}

/// A file that can be used, and its warnings.
#[track_caller]
fn warned(text: &str, expected: &[&str]) {
    let file = check(text).map_err(|problems| lines(&problems)).expect(text);
    assert_eq!(lines(&file.warnings), expected, "{text}");
}

/// A file that cannot be used, and all its problems.
#[track_caller]
fn bad(text: &str, expected: &[&str]) {
    let problems = check(text).map(|_| "the file is right").expect_err(text);
    assert_eq!(lines(&problems), expected, "{text}");
}

/// One rule in a group.
fn rule(rule: &str) -> String {
    format!("groups:\n  - name: g\n    rules:\n      - {}\n", rule.replace('\n', "\n        "))
}

#[test]
fn a_file_is_read_whole() {
    let file = good(
        "groups:
  - name: shop
    interval: 30s
    query_offset: 1m30s
    limit: 100
    labels: {team: pay, tier: 1}
    rules:
      - record: job:errors:rate5m
        expr: sum by (job) (rate(errors_total[5m]))
        labels:
          tier: gold
          old:
      - alert: HighErrors
        expr: job:errors:rate5m > 0.5
        for: 5m
        keep_firing_for: 1h
        labels: {severity: page}
        annotations:
          summary: '{{ $labels.job }} fails'
  - name: empty
",
    );
    let [shop, empty] = &file.groups[..] else { panic!("two groups") };
    assert_eq!(shop.name, "shop");
    assert_eq!(shop.interval_ms, Some(30_000));
    assert_eq!(shop.query_offset_ms, Some(90_000));
    assert_eq!(shop.limit, Some(100));
    let [recording, alerting] = &shop.rules[..] else { panic!("two rules") };
    let labels: Vec<_> = shop.labels_of(recording).into_iter().collect();
    assert_eq!(labels, [("old", ""), ("team", "pay"), ("tier", "gold")]);
    assert_eq!((recording.place().line, recording.place().column), (8, 9));
    let Rule::Recording(recording) = recording else { panic!("records") };
    assert_eq!(recording.record, "job:errors:rate5m");
    assert_eq!(recording.expr, "sum by (job) (rate(errors_total[5m]))");
    let Rule::Alerting(alerting) = alerting else { panic!("alerts") };
    assert_eq!(alerting.alert, "HighErrors");
    assert_eq!((alerting.for_ms, alerting.keep_firing_for_ms), (300_000, 3_600_000));
    assert_eq!(alerting.annotations["summary"], "{{ $labels.job }} fails");
    assert_eq!((empty.name.as_str(), empty.rules.len(), empty.interval_ms), ("empty", 0, None));
}

#[test]
fn files_without_rules_are_right() {
    for text in ["", "---\n", "# nothing\n", "groups:\n", "groups: []", "{}", "groups: ~", "null"] {
        assert_eq!(good(text).groups.len(), 0, "{text}");
    }
}

#[test]
fn what_yaml_allows_is_read() {
    let expr_of = |text: &str| good(&rule(text)).groups[0].rules[0].expr().to_owned();
    assert_eq!(expr_of("record: a\nexpr: 1"), "1");
    assert_eq!(expr_of("record: a\nexpr: 'b{c=\"it''s\"}'"), "b{c=\"it's\"}");
    assert_eq!(expr_of("record: a\nexpr: \"b{c=\\\"d\\\"}\\n\""), "b{c=\"d\"}\n");
    assert_eq!(expr_of("record: a\nexpr: |\n  b\n    + c\n\n"), "b\n  + c\n");
    assert_eq!(expr_of("record: a\nexpr: >-\n  b\n  + c"), "b + c");
    assert_eq!(expr_of("record: a\nexpr: b\n  + c"), "b + c");
    assert_eq!(expr_of("{record: a, expr: b}"), "b");
    assert_eq!(expr_of("record: a\nexpr: !!str null"), "null");
    good("\u{feff}groups: [{name: a, rules: [{record: b, expr: c}]}]\r\n");
    let text = "groups:\r\n- name: a\r\n  rules:\r\n  - record: b\r\n    expr: |\r\n      c\r\n";
    assert_eq!(good(text).groups[0].rules[0].expr(), "c\n");
}

#[test]
fn nothing_is_as_good_as_no_key() {
    let file = good(&rule("record: a\nalert: ~\nexpr: b\nfor:\nlabels: null\nannotations:"));
    assert_eq!(file.groups[0].rules[0].name(), "a");
    good("groups:\n- name: a\n  interval:\n  limit:\n  query_offset: ~\n  labels:\n  rules:\n");
    // What has no value does nothing to a recording rule either.
    good(&rule("record: a\nexpr: b\nfor: 0s\nkeep_firing_for: 0\nannotations: {}"));
}

#[test]
fn items_that_are_nothing_are_left_out() {
    let text = "groups:\n- name: a\n  rules:\n  -\n  - {record: b, expr: c +}\n  - ~\n-\n";
    bad(
        text,
        &[
            "4:4: warning: group \"a\": an item of `rules` is empty and left out",
            "5:26: error: group \"a\", rule 1 \"b\": the expression is no query: expected an \
             expression, found the end of the query",
            "6:5: warning: group \"a\": an item of `rules` is empty and left out",
            "7:2: warning: an item of `groups` is empty and left out",
        ],
    );
}

#[test]
fn a_limit_or_an_interval_of_zero_is_none() {
    let file = good("groups:\n- {name: a, interval: 0s, limit: 0, query_offset: 0s}");
    assert_eq!(file.groups[0].interval_ms, None);
    assert_eq!(file.groups[0].limit, None);
    // That one says something: not the server's default.
    assert_eq!(file.groups[0].query_offset_ms, Some(0));
}

#[test]
fn names_may_be_any_text() {
    good(&rule("record: größe.total\nexpr: b\nlabels: {ins-tance: c}"));
    good(&rule("alert: 'Disk full: {soon}'\nexpr: b\nannotations: {what to do: c}"));
}

#[test]
fn aliases_and_merges_are_replaced() {
    let file = good(
        "groups:
  - name: a
    rules:
      - &high
        alert: &name High
        expr: &expr |
          b > 1
        for: 5m
        labels: &labels
          severity: page
      - record: c
        expr: *expr
        labels: {<<: *labels, team: d}
      - <<: *high
        alert: Higher
      - <<: [{alert: Highest, for: 1m}, *high]
        labels: {severity: call}
",
    );
    let rules = &file.groups[0].rules;
    assert!(rules.iter().all(|rule| rule.expr() == "b > 1\n"));
    let names: Vec<_> = rules.iter().map(Rule::name).collect();
    assert_eq!(names, ["High", "c", "Higher", "Highest"]);
    let severities: Vec<_> = rules.iter().map(|rule| rule.labels()["severity"].as_str()).collect();
    assert_eq!(severities, ["page", "page", "page", "call"]);
    let for_ms = |rule: &Rule| match rule {
        Rule::Alerting(rule) => rule.for_ms,
        Rule::Recording(_) => 0,
    };
    assert_eq!(rules.iter().map(for_ms).collect::<Vec<_>>(), [300_000, 0, 300_000, 60_000]);
}

#[test]
fn unknown_keys_are_told_of() {
    bad(
        "groups:\n- name: a\n  ruels: []\n  namespace: b\nversion: 1\n",
        &[
            "3:3: error: group \"a\": a group has no key \"ruels\"; it may have name, interval, \
             query_offset, limit, labels, rules",
            "4:3: error: group \"a\": a group has no key \"namespace\"; it may have name, interval, \
             query_offset, limit, labels, rules",
            "5:1: error: a rule file has no key \"version\"; it may have groups",
        ],
    );
    bad(
        &rule("alert: b\nexpr: c\nannotation: {}\n[d]: e"),
        &[
            "6:9: error: group \"g\", rule 1 \"b\": a rule has no key \"annotation\"; it may have \
             record, alert, expr, for, keep_firing_for, labels, annotations",
            "7:9: error: group \"g\", rule 1 \"b\": a rule has no key a list; it may have \
             record, alert, expr, for, keep_firing_for, labels, annotations",
        ],
    );
}

#[test]
fn keys_that_come_twice_are_told_of() {
    bad(
        &rule("record: b\nexpr: c\nexpr: d\nlabels:\n  e: f\n  e: g"),
        &[
            "6:9: error: group \"g\", rule 1 \"b\": the key \"expr\" comes twice; first in line 5",
            "9:11: error: group \"g\", rule 1 \"b\": the key \"e\" comes twice; first in line 8",
        ],
    );
    bad("groups:\ngroups:\n", &["2:1: error: the key \"groups\" comes twice; first in line 1"]);
}

#[test]
fn wrong_types_are_told_of() {
    bad("up", &["1:1: error: expected a rule file, which is a mapping, found a single value"]);
    bad("[]", &["1:1: error: expected a rule file, which is a mapping, found a list"]);
    bad("groups: {}", &["1:9: error: expected a list of groups, found a mapping"]);
    bad(
        "groups: [a]",
        &["1:10: error: group \"\": expected a group, which is a mapping, found a single value"],
    );
    bad(
        "groups:\n- name: [a]\n  interval: {}\n  limit: \"1\"\n  labels: b\n  rules: c\n",
        &[
            "2:9: error: group \"\": expected a text for `name`, found a list",
            "3:13: error: group \"\": expected a text for `interval`, found a mapping",
            "4:10: error: group \"\": expected a whole number for `limit`, found \"1\"",
            "5:11: error: group \"\": expected `labels`, which is a mapping, found a single value",
            "6:10: error: group \"\": expected a list of rules, found a single value",
        ],
    );
    bad(
        &rule("record: {}\nexpr: []\nlabels:\n  a: [b]"),
        &[
            "4:17: error: group \"g\", rule 1 \"\": expected a text for `record`, found a mapping",
            "5:15: error: group \"g\", rule 1 \"\": expected a text for `expr`, found a list",
            "7:14: error: group \"g\", rule 1 \"\": expected a text, found a list",
        ],
    );
    bad(
        &rule("up"),
        &[
            "4:9: error: group \"g\", rule 1 \"\": expected a rule, which is a mapping, found a single value",
        ],
    );
    bad(
        &rule("record: a\nexpr: b\n<<: c"),
        &[
            "6:13: error: group \"g\", rule 1 \"a\": expected a rule, which is a mapping, found a single value",
        ],
    );
}

#[test]
fn limits_and_durations_are_checked() {
    for limit in ["1.5", "many", "[]", "99999999999999999999"] {
        let text = format!("groups: [{{name: a, limit: {limit}}}]");
        let problems = check(&text).expect_err(&text);
        assert!(problems[0].message.starts_with("expected a whole number for `limit`"), "{limit}");
    }
    warned(
        "groups: [{name: a, limit: -1}]",
        &[
            "1:27: warning: group \"a\": a negative limit is none; leave it out, or give a positive one",
        ],
    );
    bad(
        "groups: [{name: a, interval: 5 min}]",
        &[
            "1:30: error: group \"a\": \"5 min\" is no duration; expected whole numbers with units, \
           the longest first, of y, w, d, h, m, s, ms, as in 1h30m",
        ],
    );
    for (key, value) in
        [("for", "60"), ("for", "\"\""), ("keep_firing_for", "-1m"), ("for", "9999y")]
    {
        let problems =
            check(&rule(&format!("alert: a\nexpr: b\n{key}: {value}"))).expect_err(value);
        assert_eq!((problems[0].place.line, problems.len()), (6, 1), "{value}");
    }
}

#[test]
fn group_names_are_checked() {
    bad(
        "groups:\n- name: a\n- name: b\n- name: a\n- name: ''\n- rules: []\n",
        &[
            "4:9: error: group \"a\": another group of this file has this name, in line 2",
            "5:9: error: group \"\": a group must have a name that is not empty",
            "6:3: error: group \"\": a group must have a name that is not empty",
        ],
    );
}

#[test]
fn a_rule_records_or_alerts() {
    bad(
        &rule("record: a\nexpr: b\nalert: c"),
        &["6:9: error: group \"g\", rule 1 \"c\": a rule has `record` or `alert`, not both"],
    );
    bad(
        &rule("expr: b"),
        &["4:9: error: group \"g\", rule 1 \"\": a rule must have `record` with the name of a \
           metric, or `alert` with the name of an alert"],
    );
    bad(
        &rule("record: a"),
        &["4:9: error: group \"g\", rule 1 \"a\": a rule must have `expr` with a query"],
    );
    bad(
        &rule("record: a\nexpr: ''"),
        &["5:15: error: group \"g\", rule 1 \"a\": a rule must have `expr` with a query"],
    );
    bad(
        &rule("record: a\nexpr: b\nfor: 1m\nkeep_firing_for: 1m\nannotations: {c: d}"),
        &[
            "6:9: error: group \"g\", rule 1 \"a\": `for` is for alerts only, and this rule records",
            "7:9: error: group \"g\", rule 1 \"a\": `keep_firing_for` is for alerts only, and this \
             rule records",
            "8:9: error: group \"g\", rule 1 \"a\": `annotations` is for alerts only, and this rule \
             records",
        ],
    );
}

#[test]
fn names_of_metrics_and_labels_are_checked() {
    bad(
        &rule("record: a{b=\"c\"}\nexpr: d"),
        &[
            "4:17: error: group \"g\", rule 1 \"a{b=\\\"c\\\"}\": \"a{b=\\\"c\\\"}\" is no name of a \
           metric: it has braces; labels belong under `labels`, and a query belongs in `expr`",
        ],
    );
    bad(
        &rule("record: a\nexpr: d\nlabels:\n  __name__: e\n  '': f"),
        &[
            "7:11: error: group \"g\", rule 1 \"a\": the label __name__ cannot be set; `record` names \
             the metric",
            "8:11: error: group \"g\", rule 1 \"a\": expected a name that is not empty",
        ],
    );
    bad(
        "groups: [{name: a, labels: {__name__: b}}]",
        &["1:29: error: group \"a\": the label __name__ cannot be set; `record` names the metric"],
    );
}

/// Checks the place of the problem with an expression that is written in some style.
#[track_caller]
fn placed(written: &str, line: usize, column: usize) {
    let problems = check(&rule(&format!("record: a\nexpr: {written}"))).expect_err(written);
    let lines = lines(&problems);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the expression is no query: "), "{lines:?}");
    assert!(lines[0].starts_with(&format!("{line}:{column}: ")), "{written}: {lines:?}");
}

/// Checks that the problem is placed at the last `*` of what is written.
#[track_caller]
fn placed_at_star(written: &str) {
    let text = rule(&format!("record: a\nexpr: {written}"));
    let before = &text[..text.rfind('*').expect("a star")];
    let (lines, line) = before.rsplit_once('\n').expect("it is not in the first line");
    placed(written, lines.matches('\n').count() + 2, line.chars().count() + 1);
}

#[test]
fn problems_of_expressions_are_placed_in_the_file() {
    // `expr: ` ends at column 14 of line 5.
    placed("b + * c", 5, 19);
    placed("sum(b", 5, 20);
    // The end of an expression is right after its last character.
    placed("'b +'", 5, 19);
    placed("|\n  b +\n\n", 6, 14);
    placed("b +   # why", 5, 18);
    for written in [
        "b + * c",
        "'b + * c'",
        "'b{c=\"it''s\"} + * c'",
        "\"b{c=\\\"d\\\"} + * c\"",
        "\"b{c=\\\"\\u0064\\x65\\U0001F600\\t\\\"} + * c\"",
        "\"b \\\n  + * c\"",
        "\"b\n\n  + * c\"",
        "'b\n  + * c'",
        "|\n  b\n  + * c",
        "|4\n      b\n      + * c",
        "|+\n\n  b\n\n  + * c\n\n",
        ">-\n\n  b\n\n  + * c",
        ">\n  b\n    + * c\n  + d",
        "| # why\n  b\n    + * c",
        "|\n  # why\n  b\n    + * c",
        "b\n  + * c",
        "&x |\n  b\n  + * c",
        "&x >2\n  b\n  + * c",
        "!!str &x 'b + * c'",
        "&x b + * c",
        "b{c=\"größe\"} + * c",
    ] {
        placed_at_star(written);
    }
}

#[test]
fn a_problem_of_an_alias_is_placed_where_the_text_is() {
    let text = "groups:
- name: a
  rules:
  - record: b
    expr: &expr 'c +'
  - record: d
    expr: *expr
";
    let problems = lines(&check(text).expect_err(text));
    assert_eq!(problems.len(), 2);
    assert!(problems[0].starts_with("5:21: error: group \"a\", rule 1 \"b\": "), "{problems:?}");
    assert!(problems[1].starts_with("5:21: error: group \"a\", rule 2 \"d\": "), "{problems:?}");
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "groups:
- name: a
  rules:
  - record: b
    expr: sum(
  - alert: c
    expr: d
    for: soon
- name: a
  rules:
  - expr: rate(e)
";
    let places: Vec<_> = check(text)
        .expect_err(text)
        .iter()
        .map(|problem| {
            let rule = problem.rule.as_ref().map(|rule| rule.number);
            (problem.place.line, problem.place.column, rule)
        })
        .collect();
    let expected =
        [(5, 15, Some(1)), (8, 10, Some(2)), (9, 9, None), (11, 5, Some(1)), (11, 16, Some(1))];
    assert_eq!(places, expected);
}

#[test]
fn what_is_no_yaml_is_told_of() {
    for (text, line, column) in [
        ("groups: [", 2, 1),
        ("groups:\n- name: a\n\t- b", 2, 9),
        ("groups: *nowhere", 1, 9),
        ("groups: &a [*a]", 1, 13),
        ("groups: !secret a", 1, 9),
        ("groups:\n- name: \"a", 2, 9),
        ("groups: \0", 1, 9),
        ("a: b: c", 1, 5),
    ] {
        let problems = check(text).expect_err(text);
        let place = problems[0].place;
        assert_eq!((problems.len(), place.line, place.column), (1, line, column), "{problems:?}");
    }
}

#[test]
fn a_second_document_is_warned_of() {
    let warning = "warning: another document begins here; only the first one is read";
    warned("groups: []\n---\ngroups: []\n", &[&format!("2:1: {warning}")]);
    // It need not even be YAML.
    warned("groups: []\n---\n{", &[&format!("2:1: {warning}")]);
    warned("groups: []\n...\n# nothing\n", &[]);
}

#[test]
fn duplicates_are_warned_of() {
    let text = "groups:
- name: a
  labels: {team: b}
  rules:
  - {record: x, expr: c}
  - {record: x, expr: d, labels: {team: e}}
  - {record: x, expr: f, labels: {team: b}}
  - {alert: x, expr: g}
- name: h
  rules:
  - {record: x, expr: i}
  - {record: x, expr: j, labels: {team: b}}
  - {alert: x, expr: k, labels: {team: b}}
";
    let has = "the rule has the name and the labels of rule";
    warned(
        text,
        &[
            &format!(
                "7:5: warning: group \"a\", rule 3 \"x\": {has} 1 of group \"a\" in line 5, so that both write the same series"
            ),
            &format!(
                "12:5: warning: group \"h\", rule 2 \"x\": {has} 1 of group \"a\" in line 5, so that both write the same series"
            ),
            &format!(
                "13:5: warning: group \"h\", rule 3 \"x\": {has} 4 of group \"a\" in line 8, so that both write the same alerts"
            ),
        ],
    );
}

/// Whether a recording rule `a` with the label `b="c"` is told to read itself.
#[track_caller]
fn reads_itself(expr: &str, expected: Option<&str>) {
    let text = rule(&format!("record: a\nlabels: {{b: c}}\nexpr: '{expr}'"));
    let file = check(&text).map_err(|problems| lines(&problems)).expect(expr);
    let told = file.warnings.first().map(|warning| {
        let through = warning.message.split_once("through ").expect("names the selector").1;
        through.split_once(": each").expect("says what follows").0
    });
    assert_eq!(told, expected, "{expr}");
}

#[test]
fn rules_that_read_themselves_are_warned_of() {
    reads_itself("a", Some("a"));
    reads_itself("a + d", Some("a"));
    reads_itself("d or sum(a offset 1m)", Some("a offset 1m"));
    reads_itself("rate(a[5m])", Some("a[5m]"));
    reads_itself("max_over_time((-a)[5m:1m])", Some("a"));
    reads_itself("topk(scalar(a), d)", Some("a"));
    reads_itself("a{b=\"c\"}", Some("a{b=\"c\"}"));
    reads_itself("a{d=\"e\"}", Some("a{d=\"e\"}"));
    reads_itself("{__name__=~\"a|d\"}", Some("{__name__=~\"a|d\"}"));
    reads_itself("{\"a\"}", Some("{__name__=\"a\"}"));
    reads_itself("d", None);
    reads_itself("a:b", None);
    reads_itself("a{b=\"d\"}", None);
    reads_itself("a{b!=\"c\"}", None);
    reads_itself("{__name__=~\"b.*\"}", None);
    reads_itself("{b=\"c\"}", None);
    reads_itself("time()", None);
}

#[test]
fn the_warning_of_a_rule_that_reads_itself_names_it() {
    warned(
        &rule("record: total\nexpr: total + rate(b[1m])"),
        &["4:9: warning: group \"g\", rule 1 \"total\": the rule reads what it records, through \
           total: each value builds on the one before it; fine if that is meant"],
    );
}

#[test]
fn expressions_of_other_types_are_warned_of() {
    warned(
        &rule("record: a\nexpr: b[5m]"),
        &["5:15: warning: group \"g\", rule 1 \"a\": the expression gives a range vector, a rule \
           needs an instant vector or a scalar: every evaluation will fail"],
    );
    warned(
        &rule("alert: a\nexpr: '\"b\"'"),
        &[
            "5:15: warning: group \"g\", rule 1 \"a\": the expression gives a string, a rule needs an \
           instant vector or a scalar: every evaluation will fail",
        ],
    );
}

#[test]
fn templates_are_not_looked_into() {
    good(&rule("alert: a\nexpr: b\nlabels: {c: '{{ $nothing }'}\nannotations: {d: '{{'}"));
}

#[track_caller]
fn refused(text: &str, message: &str) {
    let problems = check(text).map(|_| "the file is right").expect_err(message);
    assert!(problems.iter().any(|problem| problem.message.contains(message)), "{problems:?}");
    assert!(problems.len() <= limits::PROBLEMS_MAX + 1);
}

#[test]
fn files_are_bounded() {
    refused(&"#".repeat(limits::FILE_BYTES_MAX + 1), "at most 4194304 are allowed");
    assert!(check(&"#".repeat(limits::FILE_BYTES_MAX)).is_ok());
    refused(&format!("groups: {}1{}", "[".repeat(40), "]".repeat(40)), "more than 32 levels");
    refused(&"- ".repeat(100_000), "more than 32 levels");
    refused(&"[".repeat(100_000), "not YAML");
    refused(&format!("groups: [{}]", "{}, ".repeat(600_000)), "more than 16 MiB");
    refused(&format!("groups: [{}1]", "~, ".repeat(100_000)), "expected a group");
    let groups: String = (0..=limits::GROUPS_MAX).map(|at| format!("- name: g{at}\n")).collect();
    refused(&format!("groups:\n{groups}"), "more than 1000 groups");
    let rules: String =
        (0..=limits::RULES_MAX).map(|at| format!("  - {{record: r{at}, expr: b}}\n")).collect();
    refused(&format!("groups:\n- name: a\n  rules:\n{rules}"), "more than 10000 rules");
    let long = "b".repeat(limits::EXPR_BYTES_MAX);
    assert!(check(&rule(&format!("record: a\nexpr: {long}"))).is_ok());
    refused(&rule(&format!("record: a\nexpr: {long}b")), "at most 131072 are allowed");
    let labels: String = (0..=limits::LABELS_MAX).map(|at| format!("l{at}: b, ")).collect();
    refused(&rule(&format!("record: a\nexpr: b\nlabels: {{{labels}}}")), "more than 64 labels");
    refused(&rule(&format!("alert: a\nexpr: b\nannotations: {{{labels}}}")), "64 annotations");
    let long = "b".repeat(limits::LABELS_BYTES_MAX);
    refused(&rule(&format!("record: a\nexpr: b\nlabels: {{c: {long}}}")), "more than 16384 bytes");
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for at in 1..30 {
        let last = format!("*a{}, ", at - 1);
        text.push_str(&format!("a{at}: &a{at} [{}]\n", last.repeat(10)));
    }
    refused(&text, "with each alias replaced by what it stands for");
    let mut deep = "a0: &a0 [b]\n".to_owned();
    for at in 1..40 {
        deep.push_str(&format!("a{at}: &a{at} [*a{}]\n", at - 1));
    }
    refused(&deep, "more than 32 levels");
    let rules = "*r, ".repeat(20_000);
    let text = format!("groups:\n- name: a\n  rules: [&r {{record: b, expr: c}}, {rules}]\n");
    refused(&text, "more than 10000 rules");
    let expr = "c + ".repeat(100_000);
    let text =
        format!("groups:\n- name: a\n  rules: [&r {{record: b, expr: '{expr}'}}, {rules}]\n");
    refused(&text, "with each alias replaced by what it stands for");
}

#[test]
fn problems_are_bounded_and_none_hides_an_error() {
    let warnings = "  - {record: a, expr: a}\n".repeat(500);
    let text = format!("groups:\n- name: b\n  rules:\n{warnings}");
    let file = check(&text).expect("only warnings");
    assert_eq!(file.warnings.len(), limits::PROBLEMS_MAX + 1);
    bad(&format!("{text}  - {{record: c, expr: d, for: 1}}\n"), {
        &[
            "504:31: error: group \"b\", rule 501 \"c\": \"1\" is no duration; expected whole numbers \
           with units, the longest first, of y, w, d, h, m, s, ms, as in 1h30m",
            "504:31: warning: there are more than these problems",
        ]
    });
    let problems = check(&"a: b\n".repeat(1_000)).expect_err("unknown keys");
    assert_eq!(problems.len(), limits::PROBLEMS_MAX + 1);
}

#[test]
fn problems_quote_no_more_than_is_of_use_and_nothing_that_acts() {
    let name = "n".repeat(100_000);
    let problems = check(&format!("groups:\n- name: {name}\n  {name}: a\n")).expect_err("a key");
    assert!(problems[0].to_string().len() < 2_000);
    let text = "groups:\n- name: \"a\\e[2J\\n\"\n  \"\\e[31m\": b\n";
    let line = check(text).expect_err("a key")[0].to_string();
    assert!(!line.contains(char::is_control), "{line:?}");
    let text = rule("record: a\nexpr: \"b + \\e[31m\"");
    let line = check(&text).expect_err("a query")[0].to_string();
    assert!(!line.contains(char::is_control), "{line:?}");
}

mod any {
    use proptest::prelude::*;

    use crate::check;

    proptest! {
        #[test]
        fn text_gives_a_file_or_problems(text in "[-a-b:|>'\"\\\\ \n\r\t\\[\\]{},&*!#%<?~0é+(]{0,80}") {
            let _ = check(&text);
        }

        #[test]
        fn change_of_a_file_gives_a_file_or_problems(
            at in 0usize..200,
            to in "[-:|>'\"\\\\ \n\t\\[\\]{},&*!#é]{0,3}",
        ) {
            let mut text = "groups:\n- name: a\n  labels: {b: 'c'}\n  rules:\n  - record: &d d\n    \
                expr: |\n      sum(e{f=\"g\"}\n  - alert: *d\n    expr: \"h{i=\\\"\\u00e9\\\"} +\"\n    \
                for: 5m\n".to_owned();
            let at = at.min(text.len());
            text.replace_range(at..(at + 1).min(text.len()), &to);
            for problem in check(&text).err().into_iter().flatten() {
                let line = text.trim_start_matches('\u{feff}').split('\n').nth(problem.place.line - 1);
                let width = line.map_or(0, |line| line.chars().count());
                prop_assert!(problem.place.column <= width + 1, "{problem} in {text:?}");
            }
        }
    }
}
