//! Verdicts on whole files: on those that others wrote, and beside the real `promtool`.
//!
//! Both are used where they are at hand and skipped, with a word, where they are not.

use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_rules::{Problem, check};

/// Prometheus' own files, each with the places of its problems: none for one that is right.
///
/// `rules-bad.yml` is wrong in a template alone, and templates are not looked into. Files of unit tests are
/// no rule files. What `bad-rules-error.yml` does wrong shows only when it is evaluated.
const FILES: &[(&str, &[(usize, usize)])] = &[
    ("at-modifier-test.yml", &[(1, 1), (4, 1)]),
    ("at-modifier.yml", &[]),
    ("bad-input-series.yml", &[(1, 1)]),
    ("bad-promql.yml", &[(1, 1)]),
    ("bad-rules-error-test.yml", &[(1, 1), (4, 1)]),
    ("bad-rules-error.yml", &[]),
    ("bad-rules-syntax-test.yml", &[(1, 1), (4, 1)]),
    ("bad-rules-syntax.yml", &[(7, 22)]),
    ("failing.yml", &[(1, 1), (4, 1)]),
    ("long-period.yml", &[(2, 1), (4, 1), (7, 1)]),
    ("negative-offset-test.yml", &[(1, 1), (4, 1)]),
    ("negative-offset.yml", &[]),
    ("no-test-group-interval.yml", &[(1, 1)]),
    ("rules-bad.yml", &[]),
    ("rules.yml", &[]),
    ("rules_duplicates.yml", &[]),
    ("rules_extrafields.yml", &[(7, 5), (21, 5)]),
    ("rules_run.yml", &[(1, 1), (4, 1), (7, 1)]),
    ("rules_run_fuzzy.yml", &[(5, 1), (6, 1), (8, 1)]),
    ("rules_run_no_fuzzy.yml", &[(4, 1), (5, 1), (7, 1)]),
    ("start-time-test.yml", &[(1, 1), (4, 1), (6, 1)]),
    ("unittest.yml", &[(1, 1), (4, 1), (6, 1)]),
];

fn conformance() -> Option<PathBuf> {
    let near = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    let folder = std::env::var_os("PLIMSOLL_CONFORMANCE").map_or(near, PathBuf::from).join("rules");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "SKIPPED: no rule files in {}; PLIMSOLL_CONFORMANCE names the folder",
        folder.display()
    );
    None
}

fn places(problems: &[Problem]) -> Vec<(usize, usize)> {
    problems.iter().map(|problem| (problem.place.line, problem.place.column)).collect()
}

#[test]
fn prometheus_own_files_are_judged_as_they_should() {
    let Some(folder) = conformance() else { return };
    for (name, expected) in FILES {
        let text = std::fs::read_to_string(folder.join(name)).expect(name);
        let problems = check(&text).err().unwrap_or_default();
        assert_eq!(places(&problems), *expected, "{name}: {problems:#?}");
    }
    let known = |name: &str| FILES.iter().any(|(file, _)| *file == name);
    for file in std::fs::read_dir(folder).expect("the folder is there") {
        let name = file.expect("a file").file_name().into_string().expect("a name");
        assert!(known(&name), "{name} is in the folder and not in the table");
    }
}

#[test]
fn duplicates_of_prometheus_own_file_are_warned_of() {
    let Some(folder) = conformance() else { return };
    let text = std::fs::read_to_string(folder.join("rules_duplicates.yml")).expect("the file");
    let file = check(&text).expect("it is right");
    assert_eq!(places(&file.warnings), [(18, 9), (23, 9)], "{:#?}", file.warnings);
}

/// Rules of one group, whether they are right, and the major version of promtool that knows of it.
const RULES: &[(&str, bool, u32)] = &[
    ("record: a\nexpr: b", true, 2),
    ("record: a\nexpr: 1", true, 2),
    ("record: a\nexpr: b[5m]", true, 2),
    ("record: a\nexpr: '\"b\"'", true, 2),
    ("record: a\nexpr: a + 1", true, 2),
    ("record: a\nexpr: b +", false, 2),
    ("record: a\nexpr: rate(b)", false, 2),
    ("record: a\nexpr: sum(b", false, 2),
    ("record: a\nexpr: ''", false, 2),
    ("record: a\nexpr:", false, 2),
    ("record: a\nexpr: ' '", false, 2),
    ("record: a\nexpr: '# b'", false, 2),
    ("record: a\nexpr: [b]", false, 2),
    ("record: a\nexpr: {b: c}", false, 2),
    ("record: a", false, 2),
    ("expr: b", false, 2),
    ("record: ''\nexpr: b", false, 2),
    ("record: a\nalert: c\nexpr: b", false, 2),
    ("record: a\nalert: ''\nexpr: b", true, 2),
    ("record: a\nalert:\nexpr: b", true, 2),
    ("record: a:b:c\nexpr: b", true, 2),
    ("record: a b\nexpr: b", true, 3),
    ("record: größe\nexpr: b", true, 3),
    ("record: 'a{b=\"c\"}'\nexpr: b", false, 2),
    ("record: 1\nexpr: b", true, 3),
    ("record: true\nexpr: b", true, 2),
    ("record: a\nexpr: b\nfor: 5m", false, 2),
    ("record: a\nexpr: b\nfor: 0s", true, 2),
    ("record: a\nexpr: b\nkeep_firing_for: 5m", false, 2),
    ("record: a\nexpr: b\nannotations: {c: d}", false, 2),
    ("record: a\nexpr: b\nannotations: {}", true, 2),
    ("record: a\nexpr: b\nlabels: {c: d}", true, 2),
    ("record: a\nexpr: b\nlabels: {c: 1, d: true, e: 1.5, f: , g: ~}", true, 2),
    ("record: a\nexpr: b\nlabels: {c: [d]}", false, 2),
    ("record: a\nexpr: b\nlabels: {c: {d: e}}", false, 2),
    ("record: a\nexpr: b\nlabels: [c]", false, 2),
    ("record: a\nexpr: b\nlabels: c", false, 2),
    ("record: a\nexpr: b\nlabels:", true, 2),
    ("record: a\nexpr: b\nlabels: {__name__: c}", false, 2),
    ("record: a\nexpr: b\nlabels: {'': c}", false, 2),
    ("record: a\nexpr: b\nlabels: {c-d: e}", true, 3),
    ("record: a\nexpr: b\nlabels: {c: d, c: e}", false, 2),
    ("record: a\nexpr: b\nexpr: c", false, 2),
    ("record: a\nexpr: b\nlabel: {}", false, 2),
    ("record: a\nexpr: b\nRecord: a", false, 2),
    ("record: a\nexpr: b\n1: 2", false, 2),
    ("alert: a\nexpr: b", true, 2),
    ("alert: a b c\nexpr: b", true, 2),
    ("alert: 1\nexpr: 1", true, 2),
    ("alert: a\nexpr: b\nfor: 5m\nkeep_firing_for: 1h30m", true, 2),
    ("alert: a\nexpr: b\nfor: 0", true, 2),
    ("alert: a\nexpr: b\nfor: '0'", true, 2),
    ("alert: a\nexpr: b\nfor:", true, 2),
    ("alert: a\nexpr: b\nfor: ''", false, 2),
    ("alert: a\nexpr: b\nfor: 60", false, 2),
    ("alert: a\nexpr: b\nfor: 5 m", false, 2),
    ("alert: a\nexpr: b\nfor: -5m", false, 2),
    ("alert: a\nexpr: b\nfor: 1.5m", false, 2),
    ("alert: a\nexpr: b\nfor: 1m1h", false, 2),
    ("alert: a\nexpr: b\nfor: 1m1m", false, 2),
    ("alert: a\nexpr: b\nfor: 1y2w3d4h5m6s7ms", true, 2),
    ("alert: a\nexpr: b\nfor: 292y", true, 2),
    ("alert: a\nexpr: b\nfor: 293y", false, 2),
    ("alert: a\nexpr: b\nfor: [5m]", false, 2),
    ("alert: a\nexpr: b\nlabels: {severity: page}\nannotations: {c: '{{ $value }} d'}", true, 2),
    ("alert: a\nexpr: b\nannotations: {c: [d]}", false, 2),
    ("alert: a\nexpr: b\nannotations: {c d: e}", true, 3),
    ("alert: a\nexpr: b\nannotations: {__name__: e}", true, 2),
    ("alert: a\nexpr: b\nannotations: {'': e}", false, 2),
    ("alert: a\nexpr: b\nannotation: {c: d}", false, 2),
    ("alert: a\nexpr: |\n  b\n  + c", true, 2),
    ("alert: a\nexpr: >-\n  b\n  + c\n  # why", true, 2),
    ("alert: a\nexpr: b\n  + c", true, 2),
    ("alert: !!str a\nexpr: b", true, 2),
    ("alert: &a a\nexpr: *a", true, 2),
    ("alert: *a\nexpr: b", false, 2),
    ("<<: {alert: a}\nexpr: b", true, 2),
    ("<<: [{alert: a}, {expr: b}]", true, 2),
    ("<<: {alert: a, b: c}\nexpr: b", false, 2),
    ("<<: a\nexpr: b\nrecord: c", false, 2),
    ("<<: {alert: a, expr: b}\nalert: c", true, 2),
    ("a", false, 2),
    ("[]", false, 2),
    ("{}", false, 2),
    // An item that is nothing is no rule.
    ("", true, 2),
    ("~", true, 2),
];

/// Whole files, likewise.
const WHOLE: &[(&str, bool, u32)] = &[
    ("", true, 2),
    ("---\n", true, 2),
    ("{}", true, 2),
    ("groups:", true, 2),
    ("groups: []", true, 2),
    ("groups: {}", false, 2),
    ("groups: a", false, 2),
    ("[]", false, 2),
    ("a", false, 2),
    ("a: b", false, 2),
    ("groups: []\nversion: 1", false, 2),
    ("groups: []\ngroups: []", false, 2),
    ("groups: [{name: a}]", true, 2),
    ("groups: [{name: a}, {name: b}]", true, 2),
    ("groups: [{name: a}, {name: a}]", false, 2),
    ("groups: [{}]", false, 2),
    ("groups: [~]", true, 2),
    ("groups: [a]", false, 2),
    ("groups: [{name: ''}]", false, 2),
    ("groups: [{name: [a]}]", false, 2),
    ("groups: [{name: 1}]", true, 2),
    ("groups: [{name: a, rules: }]", true, 2),
    ("groups: [{name: a, rules: {}}]", false, 2),
    ("groups: [{name: a, interval: 30s}]", true, 2),
    ("groups: [{name: a, interval: 0s}]", true, 2),
    ("groups: [{name: a, interval: 30}]", false, 2),
    ("groups: [{name: a, interval: }]", true, 2),
    ("groups: [{name: a, limit: 10}]", true, 2),
    ("groups: [{name: a, limit: -1}]", true, 2),
    ("groups: [{name: a, limit: ten}]", false, 2),
    ("groups: [{name: a, limit: '10'}]", false, 2),
    ("groups: [{name: a, limit: }]", true, 2),
    ("groups: [{name: a, query_offset: 1m}]", true, 3),
    ("groups: [{name: a, query_offset: soon}]", false, 2),
    ("groups: [{name: a, labels: {b: c}}]", true, 3),
    ("groups: [{name: a, labels: {__name__: c}}]", false, 2),
    ("groups: [{name: a, partial_response_strategy: warn}]", false, 2),
    ("groups: [{name: a}]\n---\ngroups: [{name: b}]", true, 2),
    ("groups: [{name: a}]\n---\nversion: 1", true, 2),
    ("groups: [", false, 2),
    ("groups:\n\t- name: a", false, 2),
    ("groups: [{name: \"a}]", false, 2),
    ("groups: *a", false, 2),
];

fn cases() -> Vec<(String, bool, u32)> {
    let in_group = |rule: &str| {
        format!("groups:\n- name: g\n  rules:\n  - {}\n", rule.replace('\n', "\n    "))
    };
    let rules = RULES.iter().map(|(rule, right, since)| (in_group(rule), *right, *since));
    let whole = WHOLE.iter().map(|(text, right, since)| ((*text).to_owned(), *right, *since));
    rules.chain(whole).collect()
}

#[test]
fn verdicts_are_those_of_the_table() {
    for (text, right, _) in cases() {
        let problems = check(&text).err().unwrap_or_default();
        assert_eq!(problems.is_empty(), right, "{text}\n{problems:#?}");
    }
}

/// The major version of the promtool that is installed.
fn promtool() -> Option<u32> {
    let output = Command::new("promtool").arg("--version").output();
    let Ok(output) = output.inspect_err(|_| eprintln!("SKIPPED: promtool is not installed")) else {
        return None;
    };
    // Versions differ in where they print it.
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let version = text.split("version ").nth(1).and_then(|rest| rest.split('.').next());
    Some(version.and_then(|major| major.parse().ok()).expect("promtool says its version"))
}

fn promtool_accepts(path: &Path) -> (bool, String) {
    let output = Command::new("promtool").args(["check", "rules"]).arg(path).output();
    let output = output.expect("promtool runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn promtool_says_the_same() {
    let Some(major) = promtool() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.yml");
    let (mut compared, mut newer) = (0, 0);
    for (text, right, since) in cases() {
        if since > major {
            newer += 1;
            continue;
        }
        std::fs::write(&path, &text).expect("the file is written");
        let (accepts, says) = promtool_accepts(&path);
        assert_eq!(accepts, right, "{text}\npromtool {major}: {says}");
        compared += 1;
    }
    eprintln!("{compared} verdicts are promtool's; {newer} are of versions newer than {major}");
    let Some(folder) = conformance() else { return };
    for (name, expected) in FILES.iter().filter(|(name, _)| *name != "rules-bad.yml") {
        let (accepts, says) = promtool_accepts(&folder.join(name));
        assert_eq!(accepts, expected.is_empty(), "{name}\npromtool {major}: {says}");
    }
    eprintln!("and those on {} of Prometheus' own files", FILES.len() - 1);
}
