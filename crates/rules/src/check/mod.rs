//! Text to a rule file, or to everything that is wrong with it.
//!
//! What is right and wrong is Prometheus' to say: unknown keys, wrong types and what `promtool check rules`
//! refuses are errors, except for templates, which are not looked into; its lints are warnings.

mod fields;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use plimsoll_promql::ast::{Expr, ValueType};

use crate::file::{AlertingRule, Group, RecordingRule, Rule, RuleFile};
use crate::limits::{EXPR_BYTES_MAX, FILE_BYTES_MAX, GROUPS_MAX, PROBLEMS_MAX, RULES_MAX};
use crate::lint;
use crate::place::{Place, Source};
use crate::problem::{Problem, Severity};
use crate::report;
use crate::yaml::{self, Kind, Node};
use fields::{Fields, name_of, text};

const FILE_KEYS: &[&str] = &["groups"];
const GROUP_KEYS: &[&str] = &["name", "interval", "query_offset", "limit", "labels", "rules"];
const RULE_KEYS: &[&str] =
    &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

/// Reads a rule file and checks it as `promtool check rules` does: whether its keys and values are those of
/// a rule file, whether names can be names, whether each expression is a query.
///
/// # Errors
///
/// Everything that is wrong with the file, warnings included, in the order of the file. Where it is no YAML
/// that is all there is to tell.
pub fn check(text: &str) -> Result<RuleFile, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut checker = Checker::new(text);
    let groups = match read(text) {
        Ok(document) => {
            if let Some(place) = document.more {
                checker.warn(place, "another document begins here; only the first one is read");
            }
            let root = document.root.filter(|root| !matches!(root.kind, Kind::Null));
            root.map(|root| checker.file(&root)).unwrap_or_default()
        }
        Err(error) => {
            checker.error(error.place, error.problem);
            Vec::new()
        }
    };
    if checker.errors > 0 {
        return Err(report::in_order(checker.problems));
    }
    checker.problems.extend(lint::duplicates(&groups));
    Ok(RuleFile { groups, warnings: report::in_order(checker.problems) })
}

fn read(text: &str) -> Result<yaml::Document, yaml::YamlError> {
    if text.len() > FILE_BYTES_MAX {
        let (has, most) = (text.len(), FILE_BYTES_MAX);
        let problem = format!("the file has {has} bytes, at most {most} are allowed; split it");
        return Err(yaml::YamlError { place: Place { line: 1, column: 1 }, problem });
    }
    yaml::read(text)
}

struct Checker<'a> {
    source: Source<'a>,
    problems: Vec<Problem>,
    errors: usize,
    warnings: usize,
    /// The group and the rule that are read.
    group: Option<String>,
    rule: Option<(usize, String)>,
    rules: usize,
    /// Group names, and where they were first given.
    groups: HashMap<String, Place>,
}

impl<'a> Checker<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            source: Source::new(text),
            problems: Vec::new(),
            errors: 0,
            warnings: 0,
            group: None,
            rule: None,
            rules: 0,
            groups: HashMap::new(),
        }
    }

    fn error(&mut self, place: Place, message: impl Into<String>) {
        self.tell(Severity::Error, place, message.into());
    }

    fn warn(&mut self, place: Place, message: impl Into<String>) {
        self.tell(Severity::Warning, place, message.into());
    }

    fn tell(&mut self, severity: Severity, place: Place, message: String) {
        let told = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *told += 1;
        // Each kind is bounded by itself: warnings never hide that there are errors.
        if *told <= PROBLEMS_MAX + 1 {
            let rule = self.rule.as_ref().map(|(number, name)| (*number, name.as_str()));
            let group = self.group.as_deref();
            self.problems.push(Problem::new(severity, place, group, rule, &message));
        }
    }

    fn expected(&mut self, expected: &str, found: &Node) {
        self.error(found.place, format!("expected {expected}, found {}", found.name()));
    }

    fn file(&mut self, root: &Node) -> Vec<Group> {
        let Some(fields) = self.fields(root, "a rule file", FILE_KEYS) else { return Vec::new() };
        let nodes = self.list(&fields, "groups", "a list of groups");
        if let Some(over) = nodes.get(GROUPS_MAX) {
            let problem = format!("more than {GROUPS_MAX} groups; split the file");
            self.error(over.place, problem);
        }
        let read = nodes.iter().take(GROUPS_MAX).filter_map(|node| {
            self.group = Some(name_of(node, &["name"]).unwrap_or_default());
            let group = self.group(node);
            self.group = None;
            group
        });
        read.collect()
    }

    /// A group, unless it cannot be one. Problems are told on the way.
    fn group(&mut self, node: &Node) -> Option<Group> {
        let fields = self.fields(node, "a group", GROUP_KEYS)?;
        let name = text(&fields, "name").unwrap_or_default();
        if !self.has_wrong_type(&fields, &["name"]) {
            self.group_name(&name, fields.get("name").map_or(node.place, |name| name.value.place));
        }
        let interval_ms = self.duration(&fields, "interval").filter(|interval| *interval > 0);
        let query_offset_ms = self.duration(&fields, "query_offset");
        let limit = self.limit(&fields);
        let labels = self.labels(&fields, "labels");
        let mut group =
            Group { name, interval_ms, query_offset_ms, limit, labels, rules: Vec::new() };
        for (at, node) in self.list(&fields, "rules", "a list of rules").iter().enumerate() {
            self.rules += 1;
            if self.rules > RULES_MAX {
                if self.rules == RULES_MAX + 1 {
                    self.error(node.place, format!("more than {RULES_MAX} rules; split the file"));
                }
                break;
            }
            let name = name_of(node, &["alert", "record"]).unwrap_or_default();
            self.rule = Some((at + 1, name));
            let rule = self.rule(node, &group);
            group.rules.extend(rule);
            self.rule = None;
        }
        Some(group)
    }

    fn group_name(&mut self, name: &str, place: Place) {
        if name.is_empty() {
            self.error(place, "a group must have a name that is not empty");
        } else if let Some(first) = self.groups.get(name) {
            let line = first.line;
            let problem = format!("another group of this file has this name, in line {line}");
            self.error(place, problem);
        } else {
            self.groups.insert(name.to_owned(), place);
        }
    }

    /// A rule, unless it cannot be one. Problems are told on the way.
    fn rule(&mut self, node: &Node, group: &Group) -> Option<Rule> {
        let fields = self.fields(node, "a rule", RULE_KEYS)?;
        let is_wrong = self.has_wrong_type(&fields, &["record", "alert", "expr"]);
        let record = text(&fields, "record").filter(|name| !name.is_empty());
        let alert = text(&fields, "alert").filter(|name| !name.is_empty());
        let expr = text(&fields, "expr").filter(|expr| !expr.is_empty());
        let query = self.query(&fields, node, expr.as_deref());
        let for_ms = self.duration(&fields, "for").unwrap_or(0);
        let keep_firing_for_ms = self.duration(&fields, "keep_firing_for").unwrap_or(0);
        let labels = self.labels(&fields, "labels");
        let annotations = self.labels(&fields, "annotations");
        let place = node.place;
        let expr = expr.unwrap_or_default();
        let rule = match (record, alert) {
            (Some(_), Some(_)) => {
                let first = fields["record"].key.max(fields["alert"].key);
                self.error(first, "a rule has `record` or `alert`, not both");
                return None;
            }
            (None, None) if is_wrong => return None,
            (None, None) => {
                let problem = "a rule must have `record` with the name of a metric, or `alert` \
                               with the name of an alert";
                self.error(place, problem);
                return None;
            }
            (Some(record), None) => {
                self.only_of_alerts(&fields, for_ms, keep_firing_for_ms, &annotations);
                self.metric_name(&fields, &record);
                Rule::Recording(RecordingRule { record, expr, labels, place })
            }
            (None, Some(alert)) => Rule::Alerting(AlertingRule {
                alert,
                expr,
                for_ms,
                keep_firing_for_ms,
                labels,
                annotations,
                place,
            }),
        };
        self.lint(group, &rule, query.as_ref());
        Some(rule)
    }

    fn only_of_alerts(
        &mut self,
        fields: &Fields,
        for_ms: i64,
        keep_firing_for_ms: i64,
        annotations: &BTreeMap<String, String>,
    ) {
        let set = [
            ("for", for_ms != 0),
            ("keep_firing_for", keep_firing_for_ms != 0),
            ("annotations", !annotations.is_empty()),
        ];
        for (key, is_set) in set {
            if let (true, Some(field)) = (is_set, fields.get(key)) {
                let problem = format!("`{key}` is for alerts only, and this rule records");
                self.error(field.key, problem);
            }
        }
    }

    fn metric_name(&mut self, fields: &Fields, name: &str) {
        if name.contains(['{', '}']) {
            let problem = format!(
                "{name:?} is no name of a metric: it has braces; labels belong under `labels`, and \
                 a query belongs in `expr`"
            );
            self.error(fields["record"].value.place, problem);
        }
    }

    /// The expression of a rule, where it is one.
    fn query(&mut self, fields: &Fields, rule: &Node, expr: Option<&str>) -> Option<Expr> {
        let Some(text) = expr else {
            let field = fields.get("expr");
            if field.is_none_or(|expr| expr.value.scalar().is_some()) {
                let place = field.map_or(rule.place, |expr| expr.value.place);
                self.error(place, "a rule must have `expr` with a query");
            }
            return None;
        };
        let node = &fields["expr"].value;
        if text.len() > EXPR_BYTES_MAX {
            let (has, most) = (text.len(), EXPR_BYTES_MAX);
            let problem = format!("the expression has {has} bytes, at most {most} are allowed");
            self.error(node.place, problem);
            return None;
        }
        match plimsoll_promql::parse(text) {
            Ok(expr) => {
                let gives = expr.value_type();
                if !matches!(gives, ValueType::Scalar | ValueType::Vector) {
                    let problem = format!(
                        "the expression gives a {}, a rule needs an instant vector or a scalar: \
                         every evaluation will fail",
                        gives.name()
                    );
                    self.warn(node.place, problem);
                }
                Some(expr)
            }
            Err(error) => {
                let place = match &node.kind {
                    // Finding it reads a line, which may be the whole file: not for what is not told.
                    Kind::Scalar { value, style } if self.errors <= PROBLEMS_MAX => {
                        self.source.place_in(node.place, *style, value, error.span.start)
                    }
                    _ => None,
                };
                let problem = format!("the expression is no query: {}", error.problem);
                self.error(place.unwrap_or(node.place), problem);
                None
            }
        }
    }

    /// Tells of a recording rule that reads what it records.
    fn lint(&mut self, group: &Group, rule: &Rule, query: Option<&Expr>) {
        if let (Rule::Recording(recording), Some(query)) = (rule, query)
            && let Some(selector) =
                lint::reads_itself(query, &recording.record, &group.labels_of(rule))
        {
            let problem = format!(
                "the rule reads what it records, through {selector}: each value builds on the one \
                 before it; fine if that is meant"
            );
            self.warn(rule.place(), problem);
        }
    }
}
