//! What rules write, over an engine and a small storage.

use std::cell::RefCell;
use std::collections::BTreeMap;

use plimsoll_promql::ast::Matcher;
use plimsoll_promql::{ABSENT, Engine, EvalError, Labels, Options, Point, Series, Storage, Value};

use crate::{Group, Outcome, RuleError, State, check};

/// Series in memory.
#[derive(Default)]
struct Memory(RefCell<BTreeMap<Labels, Vec<(i64, f64)>>>);

impl Storage for Memory {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        let series = self.0.borrow();
        let matching = series.iter().filter(|(labels, _)| {
            matchers.iter().all(|matcher| matcher.matches(labels.get(&matcher.name)))
        });
        let within = |samples: &Vec<(i64, f64)>| {
            samples.iter().copied().filter(|(time, _)| (from..=to).contains(time)).collect()
        };
        Ok(matching
            .map(|(labels, samples)| Series {
                labels: labels.clone(),
                floats: within(samples),
                histograms: Vec::new(),
            })
            .collect())
    }
}

impl Memory {
    fn add(&self, labels: &Labels, time: i64, value: f64) {
        self.0.borrow_mut().entry(labels.clone()).or_default().push((time, value));
    }

    fn write(&self, outcome: &Outcome, time: i64) {
        for sample in &outcome.samples {
            let Point::Float(value) = sample.point else { panic!("only numbers here") };
            self.add(&sample.labels, time, value);
        }
        for labels in &outcome.stale {
            self.add(labels, time, ABSENT);
        }
    }
}

/// The only group of a file: its keys, then its rules.
fn group(keys: &str, rules: &[&str]) -> Group {
    let rules: String = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    let text = format!("groups:\n- name: g\n  {keys}\n  rules:\n{rules}");
    check(&text).expect(&text).groups.remove(0)
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    Labels::new(pairs.iter().copied())
}

fn vector(series: &[&[(&str, &str)]]) -> Value {
    Value::Vector(series.iter().map(|pairs| (labels(pairs), Point::Float(1.0))).collect())
}

fn shown(outcome: &Outcome) -> (Vec<String>, Vec<String>) {
    let samples = outcome.samples.iter().map(|sample| sample.labels.to_string());
    (samples.collect(), outcome.stale.iter().map(Labels::to_string).collect())
}

/// What a rule writes that gave nothing before.
#[track_caller]
fn first(keys: &str, rule: &str, value: Value) -> Result<Vec<String>, RuleError> {
    let group = group(keys, &[rule]);
    let outcome = State::new(&group).evaluate(&group, 0, value)?;
    assert_eq!(outcome.stale, []);
    Ok(shown(&outcome).0)
}

#[test]
fn series_get_the_name_and_the_labels_of_the_rule() {
    let rule = "{record: a, expr: x}";
    let x: &[(&str, &str)] = &[("__name__", "x"), ("job", "j"), ("le", "1")];
    assert_eq!(first("", rule, vector(&[x])).unwrap(), ["a{job=\"j\", le=\"1\"}"]);
    assert_eq!(first("", rule, vector(&[])).unwrap(), [""; 0]);
    let rule = "{record: a, expr: x, labels: {job: '', le: inf, new: n}}";
    assert_eq!(first("", rule, vector(&[x])).unwrap(), ["a{le=\"inf\", new=\"n\"}"]);
}

#[test]
fn labels_of_a_rule_win_over_those_of_its_group() {
    let x: &[(&str, &str)] = &[("__name__", "x"), ("job", "j")];
    let keys = "labels: {job: group, team: group, zone: group}";
    let rule = "{record: a, expr: x, labels: {team: rule, zone: ''}}";
    assert_eq!(first(keys, rule, vector(&[x])).unwrap(), ["a{job=\"group\", team=\"rule\"}"]);
}

#[test]
fn a_scalar_is_one_series_without_labels() {
    let rule = "{record: a, expr: '1', labels: {b: c}}";
    assert_eq!(first("", rule, Value::Scalar(1.0)).unwrap(), ["a{b=\"c\"}"]);
}

#[test]
fn other_values_are_errors() {
    let rule = "{record: a, expr: b}";
    let error = first("", rule, Value::Text("t".to_owned())).unwrap_err();
    assert_eq!(error, RuleError::Type("string"));
    let error = first("", rule, Value::Matrix(Vec::new())).unwrap_err();
    assert_eq!(error, RuleError::Type("range vector"));
}

#[test]
fn series_that_become_one_are_an_error() {
    let two = || vector(&[&[("b", "1")], &[("b", "2")]]);
    assert_eq!(first("", "{record: a, expr: x}", two()).unwrap().len(), 2);
    for set in ["''", "c"] {
        let rule = format!("{{record: a, expr: x, labels: {{b: {set}}}}}");
        let error = first("", &rule, two()).unwrap_err();
        assert!(matches!(error, RuleError::SameLabels(_)), "{error}");
    }
    // Names alone do not tell series apart.
    let error =
        first("", "{record: a, expr: x}", vector(&[&[("__name__", "x")], &[("__name__", "y")]]));
    assert_eq!(error.unwrap_err(), RuleError::SameLabels(labels(&[("__name__", "a")])));
}

#[test]
fn more_series_than_the_limit_are_an_error() {
    let two = || vector(&[&[("b", "1")], &[("b", "2")]]);
    let rule = "{record: a, expr: x}";
    assert_eq!(first("limit: 2", rule, two()).unwrap().len(), 2);
    assert_eq!(first("limit: 0", rule, two()).unwrap().len(), 2);
    let error = first("limit: 1", rule, two()).unwrap_err();
    assert_eq!(error, RuleError::Limit { limit: 1, found: 2 });
    assert_eq!(error.to_string(), "the rule gave 2 series, its group's limit is 1");
}

#[test]
fn alerts_and_rules_that_are_not_there_do_not_record() {
    let group = group("", &["{alert: a, expr: b}"]);
    for rule in [0, 1, usize::MAX] {
        let error = State::new(&group).evaluate(&group, rule, Value::Scalar(1.0)).unwrap_err();
        assert_eq!(error, RuleError::NotRecording(rule));
    }
}

/// Evaluates a rule with a value and takes note of what it wrote.
#[track_caller]
fn step(state: &mut State, group: &Group, rule: usize, value: Value) -> (Vec<String>, Vec<String>) {
    let outcome = state.evaluate(group, rule, value).expect("the rule succeeds");
    state.written(rule, &outcome);
    shown(&outcome)
}

const ONE: &[(&str, &str)] = &[("b", "1")];
const TWO: &[(&str, &str)] = &[("b", "2")];
const NONE: [String; 0] = [];

#[test]
fn series_that_are_gone_are_ended_once() {
    let group = group("", &["{record: a, expr: x}"]);
    let mut state = State::new(&group);
    assert_eq!(step(&mut state, &group, 0, vector(&[ONE, TWO])).1, NONE);
    assert_eq!(step(&mut state, &group, 0, vector(&[TWO])).1, ["a{b=\"1\"}"]);
    assert_eq!(step(&mut state, &group, 0, vector(&[TWO])).1, NONE);
    assert_eq!(step(&mut state, &group, 0, vector(&[ONE])).1, ["a{b=\"2\"}"]);
    assert_eq!(step(&mut state, &group, 0, vector(&[])).1, ["a{b=\"1\"}"]);
    assert_eq!(step(&mut state, &group, 0, vector(&[])).1, NONE);
}

#[test]
fn what_was_not_written_is_not_known() {
    let group = group("", &["{record: a, expr: x}"]);
    let mut state = State::new(&group);
    step(&mut state, &group, 0, vector(&[ONE]));
    // The storage refused this one.
    state.evaluate(&group, 0, vector(&[TWO])).unwrap();
    assert_eq!(step(&mut state, &group, 0, vector(&[])).1, ["a{b=\"1\"}"]);
}

#[test]
fn a_rule_that_fails_ends_nothing_until_it_succeeds() {
    let group = group("limit: 2", &["{record: a, expr: x}"]);
    let mut state = State::new(&group);
    step(&mut state, &group, 0, vector(&[ONE, TWO]));
    let three = vector(&[ONE, &[("b", "3")], &[("b", "4")]]);
    assert!(state.evaluate(&group, 0, three).is_err());
    assert!(state.records(&labels(&[("__name__", "a"), ("b", "1")])));
    assert_eq!(step(&mut state, &group, 0, vector(&[TWO])).1, ["a{b=\"1\"}"]);
}

#[test]
fn a_series_that_another_rule_gives_is_not_ended() {
    let group = group("", &["{record: a, expr: x}", "{record: a, expr: y}"]);
    let mut state = State::new(&group);
    step(&mut state, &group, 0, vector(&[ONE]));
    step(&mut state, &group, 1, vector(&[ONE]));
    assert_eq!(step(&mut state, &group, 0, vector(&[])).1, NONE);
    assert_eq!(step(&mut state, &group, 1, vector(&[])).1, ["a{b=\"1\"}"]);
}

#[test]
fn a_rule_keeps_its_series_when_its_file_is_loaded_again() {
    let old = group("", &["{record: a, expr: x}", "{alert: c, expr: d}", "{record: e, expr: f}"]);
    let new = group("", &["{record: e, expr: other}", "{record: a, expr: x}"]);
    let mut state = State::new(&old);
    step(&mut state, &old, 0, vector(&[ONE]));
    step(&mut state, &old, 2, vector(&[TWO]));
    let mut state = state.carry(&old, &new);
    assert_eq!(state.leftovers(), []);
    assert_eq!(step(&mut state, &new, 0, vector(&[])).1, ["e{b=\"2\"}"]);
    assert_eq!(step(&mut state, &new, 1, vector(&[])).1, ["a{b=\"1\"}"]);
}

#[test]
fn series_of_a_rule_that_is_no_more_are_left_over() {
    let old = group("", &["{record: a, expr: x}", "{record: c, expr: x}"]);
    let new = group("", &["{record: a, expr: x, labels: {d: e}}", "{record: c, expr: x}"]);
    let mut state = State::new(&old);
    step(&mut state, &old, 0, vector(&[ONE, TWO]));
    step(&mut state, &old, 1, vector(&[ONE]));
    let mut state = state.carry(&old, &new);
    step(&mut state, &new, 0, vector(&[ONE]));
    step(&mut state, &new, 1, vector(&[ONE]));
    let shown = |labels: Vec<Labels>| labels.iter().map(Labels::to_string).collect::<Vec<_>>();
    assert_eq!(shown(state.leftovers()), ["a{b=\"1\"}", "a{b=\"2\"}"]);
    // They stay so until they are written, through another load too.
    let mut state = state.carry(&new, &new);
    assert_eq!(shown(state.leftovers()), ["a{b=\"1\"}", "a{b=\"2\"}"]);
    state.leftovers_written();
    assert_eq!(state.leftovers(), []);
    assert_eq!(shown(state.into_series()), ["a{b=\"1\", d=\"e\"}", "c{b=\"1\"}"]);
}

#[test]
fn a_series_that_a_new_rule_takes_over_is_not_left_over() {
    let old = group("", &["{record: a, expr: x, labels: {b: '1'}}"]);
    let new = group("", &["{record: a, expr: x}"]);
    let mut state = State::new(&old);
    step(&mut state, &old, 0, vector(&[&[]]));
    let mut state = state.carry(&old, &new);
    assert_eq!(state.leftovers().len(), 1);
    step(&mut state, &new, 0, vector(&[ONE]));
    assert_eq!(state.leftovers(), []);
}

#[test]
fn duplicate_rules_keep_their_order_when_their_file_is_loaded_again() {
    let old = group("", &["{record: a, expr: x}", "{record: a, expr: y}", "{record: a, expr: z}"]);
    let new = group("", &["{record: a, expr: x}", "{record: a, expr: y}"]);
    let mut state = State::new(&old);
    step(&mut state, &old, 0, vector(&[ONE]));
    step(&mut state, &old, 1, vector(&[TWO]));
    step(&mut state, &old, 2, vector(&[&[("b", "3")]]));
    let mut state = state.carry(&old, &new);
    assert_eq!(step(&mut state, &new, 0, vector(&[])).1, ["a{b=\"1\"}"]);
    assert_eq!(step(&mut state, &new, 1, vector(&[])).1, ["a{b=\"2\"}"]);
    assert_eq!(state.leftovers().iter().map(Labels::to_string).collect::<Vec<_>>(), ["a{b=\"3\"}"]);
}

#[test]
fn labels_of_the_group_are_part_of_what_a_rule_is() {
    let old = group("labels: {d: e}", &["{record: a, expr: x}"]);
    let new = group("", &["{record: a, expr: x, labels: {d: e}}"]);
    let other = group("labels: {d: f}", &["{record: a, expr: x}"]);
    let mut state = State::new(&old);
    step(&mut state, &old, 0, vector(&[ONE]));
    assert_eq!(state.clone().carry(&old, &new).leftovers(), []);
    assert_eq!(state.carry(&old, &other).leftovers().len(), 1);
}

/// Evaluates a whole group as a caller does.
fn run(memory: &Memory, group: &Group, state: &mut State, time: i64) -> Vec<String> {
    let engine = Engine::new(memory, Options::default());
    let mut errors = Vec::new();
    for (at, rule) in group.rules.iter().enumerate() {
        let answer = engine.instant(rule.expr(), time).map_err(RuleError::from);
        match answer.and_then(|answer| state.evaluate(group, at, answer.value)) {
            Ok(outcome) => {
                memory.write(&outcome, time);
                state.written(at, &outcome);
            }
            Err(error) => errors.push(error.to_string()),
        }
    }
    let left = Outcome { samples: Vec::new(), stale: state.leftovers() };
    memory.write(&left, time);
    state.leftovers_written();
    errors
}

fn ask(memory: &Memory, query: &str, time: i64) -> Vec<(String, f64)> {
    let answer = Engine::new(memory, Options::default()).instant(query, time).unwrap();
    let Value::Vector(vector) = answer.value else { panic!("{query} gives a vector") };
    let value = |point: &Point| match point {
        Point::Float(value) => *value,
        Point::Histogram(_) => panic!("only numbers here"),
    };
    vector.iter().map(|(labels, point)| (labels.to_string(), value(point))).collect()
}

#[test]
fn a_rule_sees_what_the_ones_before_it_recorded() {
    let memory = Memory::default();
    for (instance, value) in [("1", 3.0), ("2", 4.0)] {
        memory.add(&labels(&[("__name__", "up"), ("instance", instance)]), 1_000, value);
    }
    let group = group(
        "",
        &[
            "{record: total, expr: sum(up)}",
            "{record: double, expr: total * 2}",
            "{record: late, expr: later}",
            "{record: later, expr: total}",
        ],
    );
    let mut state = State::new(&group);
    assert_eq!(run(&memory, &group, &mut state, 1_000), NONE);
    assert_eq!(ask(&memory, "double", 1_000), [("double{}".to_owned(), 14.0)]);
    assert_eq!(ask(&memory, "late", 1_000), []);
    run(&memory, &group, &mut state, 2_000);
    assert_eq!(ask(&memory, "late", 2_000), [("late{}".to_owned(), 7.0)]);
}

#[test]
fn a_series_that_is_gone_is_seen_no_more() {
    let memory = Memory::default();
    let up = labels(&[("__name__", "up"), ("instance", "1")]);
    memory.add(&up, 1_000, 1.0);
    let group = group("", &["{record: was_up, expr: up}"]);
    let mut state = State::new(&group);
    run(&memory, &group, &mut state, 1_000);
    assert_eq!(ask(&memory, "was_up", 1_000), [("was_up{instance=\"1\"}".to_owned(), 1.0)]);
    memory.add(&up, 2_000, ABSENT);
    run(&memory, &group, &mut state, 2_000);
    assert_eq!(ask(&memory, "was_up", 2_000), []);
    assert_eq!(ask(&memory, "was_up", 1_999), [("was_up{instance=\"1\"}".to_owned(), 1.0)]);
}

#[test]
fn a_rule_that_is_no_more_is_seen_no_more() {
    let memory = Memory::default();
    memory.add(&labels(&[("__name__", "up")]), 1_000, 1.0);
    let old = group("", &["{record: old, expr: up}", "{record: kept, expr: up}"]);
    let new = group("", &["{record: kept, expr: up}"]);
    let mut state = State::new(&old);
    run(&memory, &old, &mut state, 1_000);
    let mut state = state.carry(&old, &new);
    run(&memory, &new, &mut state, 2_000);
    assert_eq!(ask(&memory, "old", 2_000), []);
    assert_eq!(ask(&memory, "kept", 2_000).len(), 1);
}

#[test]
fn a_query_that_fails_is_an_error_of_its_rule_alone() {
    let memory = Memory::default();
    for (metric, b) in [("one", "1"), ("many", "1"), ("many", "2")] {
        memory.add(&labels(&[("__name__", metric), ("a", "1"), ("b", b)]), 1_000, 1.0);
    }
    let group =
        group("", &["{record: bad, expr: one + on(a) many}", "{record: good, expr: sum(many)}"]);
    let mut state = State::new(&group);
    let errors = run(&memory, &group, &mut state, 1_000);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(ask(&memory, "bad", 1_000), []);
    assert_eq!(ask(&memory, "good", 1_000), [("good{}".to_owned(), 2.0)]);
}

#[test]
fn a_rule_that_reads_itself_builds_on_its_last_value() {
    let memory = Memory::default();
    memory.add(&labels(&[("__name__", "one")]), 1_000, 1.0);
    let group = group("", &["{record: count, expr: count + one or one}"]);
    let mut state = State::new(&group);
    for (time, expected) in [(1_000, 1.0), (2_000, 2.0), (3_000, 3.0)] {
        run(&memory, &group, &mut state, time);
        assert_eq!(ask(&memory, "count", time), [("count{}".to_owned(), expected)]);
    }
}
