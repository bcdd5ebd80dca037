//! `info()`: adds what info metrics say of the place that series come from.
//!
//! Invariants: info series are those of the time that the first argument looks at; at a step the newest info
//! series of a name and a place counts; labels that a series has are never changed.

use std::collections::{BTreeMap, BTreeSet};

use super::Query;
use super::column::{Column, Steps};
use super::group::{Groups, Part};
use crate::ast::{Expr, ExprKind, MatchOp, Matcher, Selector, When};
use crate::parse::anchored;
use crate::{EvalError, Labels, METRIC_NAME};

/// The labels that say where series come from.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// The info metric where none is asked for.
const TARGET_INFO: &str = "target_info";

/// What an info metric is called where it is only said what it is not.
const ANY_INFO: &str = ".+_info";

/// With more values than these a label's series are not asked for by value.
const VALUES_MAX: usize = 200;

/// What the second argument asks for.
struct Asked<'a> {
    /// Conditions on the info metric's name.
    names: Vec<Matcher>,
    /// Conditions on the labels to be added.
    data: Vec<&'a Matcher>,
}

impl<'a> Asked<'a> {
    fn of(selector: Option<&'a Expr>) -> Result<Self, EvalError> {
        let matchers: &[Matcher] = match selector.map(|expr| &expr.kind) {
            Some(ExprKind::Selector(selector)) => &selector.matchers,
            _ => &[],
        };
        let (names, data): (Vec<&Matcher>, Vec<&Matcher>) =
            matchers.iter().partition(|matcher| matcher.name == METRIC_NAME);
        let mut names: Vec<Matcher> = names.into_iter().cloned().collect();
        let says_what =
            |matcher: &Matcher| matches!(matcher.op, MatchOp::Equal | MatchOp::Matches(_));
        if names.is_empty() {
            names.push(equal(METRIC_NAME, TARGET_INFO));
        } else if !names.iter().any(says_what) {
            names.push(matching(METRIC_NAME, ANY_INFO)?);
        }
        Ok(Self { names, data })
    }

    /// Whether a series is one of those that are to be added, and not to be added to.
    fn is_info(&self, labels: &Labels) -> bool {
        self.names.iter().all(|matcher| matcher.matches(labels.get(METRIC_NAME)))
    }

    /// Whether a label is to be added.
    fn wants(&self, name: &str) -> bool {
        self.data.is_empty() || self.data.iter().any(|matcher| matcher.name == name)
    }

    /// Whether a series stays without info.
    fn may_miss(&self) -> bool {
        self.data.iter().all(|matcher| matcher.matches(""))
    }
}

fn equal(name: &str, value: &str) -> Matcher {
    Matcher { name: name.to_owned(), op: MatchOp::Equal, value: value.to_owned() }
}

fn matching(name: &str, pattern: &str) -> Result<Matcher, EvalError> {
    let op = MatchOp::Matches(anchored(pattern).map_err(EvalError::Failed)?);
    Ok(Matcher { name: name.to_owned(), op, value: pattern.to_owned() })
}

/// The time that the first selector of an expression looks at, with that of the subqueries around it.
fn reference(expr: &Expr) -> Option<When> {
    match &expr.kind {
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => {
            Some(selector.when.clone())
        }
        ExprKind::Subquery { expr, when: around, .. } => {
            let mut when = reference(expr)?;
            if when.at.is_none() {
                when.at = around.at;
                when.offset_ms = when.offset_ms.saturating_add(around.offset_ms);
            }
            Some(when)
        }
        _ => expr.children().into_iter().find_map(reference),
    }
}

/// Info series by name and place.
struct Infos {
    /// The places of all series, the same for the series to be added to.
    places: Groups<'static>,
    /// For each place, its columns by the metric's name: what they say, and the time of their samples.
    by_place: Vec<BTreeMap<String, Vec<Column>>>,
}

impl Query<'_> {
    pub(super) fn info(&self, args: &[Expr], steps: &Steps) -> Result<Vec<Column>, EvalError> {
        let asked = Asked::of(args.get(1))?;
        let columns = self.eval_vector(&args[0], steps)?;
        let when = reference(&args[0]).unwrap_or_default();
        let infos = self.infos(&asked, &columns, when, steps)?;
        let mut results: Vec<Column> = Vec::new();
        let mut known = [Groups::new(Part::All), Groups::new(Part::All)];
        let mut numbers: [Vec<usize>; 2] = Default::default();
        for column in &columns {
            let is_info = asked.is_info(&column.labels);
            let names = match infos.places.find(&column.labels) {
                Some(place) if !is_info => Some(&infos.by_place[place]),
                _ => None,
            };
            // Labels stay what they are from step to step but for few steps.
            let mut last: Option<(Vec<&Labels>, usize)> = None;
            for step in 0..steps.count {
                self.work(1)?;
                let Some(point) = column.point(step) else { continue };
                let added = names.map(|names| self.newest(names, step)).transpose()?;
                let added = added.unwrap_or_default();
                if added.is_empty() && !is_info && !asked.may_miss() {
                    continue;
                }
                let at = match &last {
                    Some((labels, at)) if *labels == added => *at,
                    _ => {
                        let labels = self.enriched(&asked, &column.labels, &added)?;
                        let kind = usize::from(column.drop_name);
                        let group = known[kind].place(&labels);
                        if group == numbers[kind].len() {
                            self.count(steps.count)?;
                            numbers[kind].push(results.len());
                            results.push(Column::new(labels, column.drop_name, steps.count));
                        }
                        numbers[kind][group]
                    }
                };
                last = Some((added, at));
                if results[at].has(step) {
                    return Err(EvalError::same_labels());
                }
                self.put(&mut results[at], step, point)?;
            }
        }
        Ok(results)
    }

    /// The info series of all places that the columns come from.
    fn infos(
        &self,
        asked: &Asked<'_>,
        columns: &[Column],
        when: When,
        steps: &Steps,
    ) -> Result<Infos, EvalError> {
        let mut infos =
            Infos { places: Groups::new(Part::Only(&IDENTIFYING)), by_place: Vec::new() };
        let mut values: [BTreeSet<&str>; 2] = Default::default();
        for column in columns.iter().filter(|column| !asked.is_info(&column.labels)) {
            self.work(1)?;
            let place = infos.places.place(&column.labels);
            if place == infos.by_place.len() {
                infos.by_place.push(BTreeMap::new());
            }
            for (values, name) in values.iter_mut().zip(IDENTIFYING) {
                values.extend(Some(column.labels.get(name)).filter(|value| !value.is_empty()));
            }
        }
        if values.iter().all(BTreeSet::is_empty) {
            return Ok(infos);
        }
        let mut matchers = asked.names.clone();
        matchers.extend(asked.data.iter().map(|matcher| (*matcher).clone()));
        for (values, name) in
            values.iter().zip(IDENTIFYING).filter(|(values, _)| !values.is_empty())
        {
            let pattern = match values.len() <= VALUES_MAX {
                true => values.iter().map(|v| regex::escape(v)).collect::<Vec<_>>().join("|"),
                false => ".+".to_owned(),
            };
            matchers.push(matching(name, &pattern)?);
        }
        let selector = Selector { matchers, named: false, when };
        for column in self.select_times_of_numbers(&selector, steps)? {
            let known = |(values, name): (&BTreeSet<&str>, &str)| {
                values.is_empty() || values.contains(column.labels.get(name))
            };
            if !values.iter().zip(IDENTIFYING).all(known) {
                continue;
            }
            let Some(place) = infos.places.find(&column.labels) else { continue };
            let name = column.labels.get(METRIC_NAME).to_owned();
            infos.by_place[place].entry(name).or_default().push(column);
        }
        Ok(infos)
    }

    /// What each info metric says of a place at a step: the labels of its newest series.
    fn newest<'c>(
        &self,
        names: &'c BTreeMap<String, Vec<Column>>,
        step: usize,
    ) -> Result<Vec<&'c Labels>, EvalError> {
        let mut newest = Vec::with_capacity(names.len());
        for columns in names.values() {
            self.work(columns.len())?;
            let mut best: Option<(f64, &Labels)> = None;
            for column in columns {
                let Some(time) = column.float(step) else { continue };
                match best {
                    Some((other, labels)) if other == time => {
                        let at = (time * 1e3).round();
                        return Err(EvalError::failed(format!(
                            "found duplicate series for info metric: existing {labels} @ {at}, new {} @ {at}",
                            column.labels
                        )));
                    }
                    Some((other, _)) if other > time => {}
                    _ => best = Some((time, &column.labels)),
                }
            }
            newest.extend(best.map(|(_, labels)| labels));
        }
        Ok(newest)
    }

    /// Labels and what is to be added to them.
    fn enriched(
        &self,
        asked: &Asked<'_>,
        labels: &Labels,
        infos: &[&Labels],
    ) -> Result<Labels, EvalError> {
        let mut added: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value) in infos.iter().flat_map(|info| info.iter()) {
            if name == METRIC_NAME || !asked.wants(name) || !labels.get(name).is_empty() {
                continue;
            }
            if added.insert(name, value).is_some_and(|other| other != value) {
                return Err(EvalError::failed(format!("conflicting label: {name}")));
            }
        }
        if added.is_empty() {
            return Ok(labels.clone());
        }
        self.budget.keep_text(added.values().map(|value| value.len()).sum())?;
        Ok(Labels::new(labels.iter().chain(added)))
    }
}
