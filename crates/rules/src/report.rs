//! What was found in a file, for a terminal and as data.

use std::fmt;

use serde::Serialize;

use crate::file::RuleFile;
use crate::limits::PROBLEMS_MAX;
use crate::problem::{Problem, Severity};

/// What [`crate::check`] found in a file. As data it is the object that `--format json` prints for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The file, as its user named it.
    pub file: String,
    /// Whether it can be used.
    pub valid: bool,
    /// How many groups it has; 0 where it cannot be used.
    pub groups: usize,
    /// How many rules it has; 0 where it cannot be used.
    pub rules: usize,
    /// What is wrong with it, in the order of the file.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Reports on a file.
    #[must_use]
    pub fn new(file: impl Into<String>, checked: &Result<RuleFile, Vec<Problem>>) -> Self {
        let (groups, rules, problems) = match checked {
            Ok(checked) => {
                let rules = checked.groups.iter().map(|group| group.rules.len()).sum();
                (checked.groups.len(), rules, checked.warnings.clone())
            }
            Err(problems) => (0, 0, problems.clone()),
        };
        Self { file: file.into(), valid: checked.is_ok(), groups, rules, problems }
    }

    fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }
}

impl fmt::Display for Report {
    /// A line for each problem as compilers write them, `file:line:column: error: …`, and a last line that
    /// begins with `SUCCESS` or `FAILED`; each ends with a line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{}:{problem}", self.file)?;
        }
        let warnings = match self.count(Severity::Warning) {
            0 => String::new(),
            count => format!(", {}", counted(count, "warning")),
        };
        let (verdict, counts) = if self.valid {
            ("SUCCESS", format!("{} found", counted(self.rules, "rule")))
        } else {
            ("FAILED", counted(self.count(Severity::Error), "error"))
        };
        writeln!(f, "{verdict}: {}: {counts}{warnings}", self.file)
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Problems in the order of the file, each once, and no more than are of use: errors rather than warnings.
pub(crate) fn in_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.place, problem.severity));
    problems.dedup();
    if problems.len() <= PROBLEMS_MAX {
        return problems;
    }
    let is_error = |problem: &Problem| problem.severity == Severity::Error;
    if problems.iter().any(is_error) {
        problems.retain(is_error);
    }
    problems.truncate(PROBLEMS_MAX);
    if let Some(last) = problems.last() {
        let message = "there are more than these problems".to_owned();
        let (severity, place) = (Severity::Warning, last.place);
        problems.push(Problem { severity, place, group: None, rule: None, message });
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;

    fn report(text: &str) -> Report {
        Report::new("shop.yml", &check(text))
    }

    #[test]
    fn a_right_file_is_one_line() {
        let text = "groups: [{name: a, rules: [{record: b, expr: c}, {record: d, expr: e}]}]";
        assert_eq!(report(text).to_string(), "SUCCESS: shop.yml: 2 rules found\n");
        assert_eq!(report("").to_string(), "SUCCESS: shop.yml: 0 rules found\n");
    }

    #[test]
    fn problems_are_written_as_compilers_do() {
        let text = "groups:\n- name: a\n  rules:\n  - record: b\n    expr: b +\n  - {}\n";
        let expected = "\
shop.yml:5:14: error: group \"a\", rule 1 \"b\": the expression is no query: expected an expression, \
found the end of the query
shop.yml:6:5: error: group \"a\", rule 2 \"\": a rule must have `record` with the name of a metric, or \
`alert` with the name of an alert
shop.yml:6:5: error: group \"a\", rule 2 \"\": a rule must have `expr` with a query
FAILED: shop.yml: 3 errors
";
        let text = report(text).to_string();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (mut found, mut expected) = (lines(&text), lines(expected));
        // Of two problems in one place neither is the first.
        found.sort();
        expected.sort();
        assert_eq!(found, expected);
        assert!(text.ends_with("FAILED: shop.yml: 3 errors\n"));
    }

    #[test]
    fn warnings_do_not_fail_a_file() {
        let text = "groups:\n- name: a\n  rules:\n  - record: b\n    expr: b + 1\n";
        let expected = "\
shop.yml:4:5: warning: group \"a\", rule 1 \"b\": the rule reads what it records, through b: each value \
builds on the one before it; fine if that is meant
SUCCESS: shop.yml: 1 rule found, 1 warning
";
        assert_eq!(report(text).to_string(), expected);
    }

    #[test]
    fn a_report_is_an_object() {
        let data = serde_json::to_value(report("groups: [{name: a, rules: [{alert: b}]}]\nc: d"));
        let expected = serde_json::json!({
            "file": "shop.yml",
            "valid": false,
            "groups": 0,
            "rules": 0,
            "problems": [
                {
                    "severity": "error",
                    "line": 1,
                    "column": 28,
                    "group": "a",
                    "rule": {"number": 1, "name": "b"},
                    "message": "a rule must have `expr` with a query",
                },
                {
                    "severity": "error",
                    "line": 2,
                    "column": 1,
                    "message": "a rule file has no key \"c\"; it may have groups",
                },
            ],
        });
        assert_eq!(data.unwrap(), expected);
    }
}
