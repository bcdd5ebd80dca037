//! The templates of one connection, used in turn.
//!
//! Invariants: signals take turns batch by batch; nothing is encoded anew but the last, shorter
//! batch of a run with a count; templates of all connections together stay within a budget.

use crate::args::Signal;
use crate::plan::Plan;
use crate::random::Random;
use crate::template::Template;
use crate::{logs, metrics, traces};

/// Distinct batches of spans and log records in all connections together, and their bytes. Metrics
/// need one for each of their series instead.
const TEMPLATES_MAX: usize = 64;
const POOL_BYTES_MAX: usize = 64 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Pool {
    rotations: Vec<Rotation>,
    turn: usize,
}

#[derive(Debug)]
struct Rotation {
    signal: Signal,
    templates: Vec<Template>,
    /// The last batch of the run, if it is shorter than the others.
    rest: Option<Template>,
    next: usize,
}

impl Pool {
    pub(crate) fn build(plan: &Plan, connection: usize) -> Self {
        let rotations = plan
            .signals
            .iter()
            .map(|signal| Rotation {
                signal: *signal,
                templates: build_templates(plan, connection, *signal),
                rest: None,
                next: 0,
            })
            .collect();
        Self { rotations, turn: 0 }
    }

    /// The next batch, with at most `items_max` items.
    pub(crate) fn next(
        &mut self,
        plan: &Plan,
        connection: usize,
        items_max: u64,
    ) -> (Signal, &mut Template) {
        let rotations = self.rotations.len();
        let rotation = &mut self.rotations[self.turn];
        self.turn = (self.turn + 1) % rotations;
        let index = rotation.next;
        rotation.next = (index + 1) % rotation.templates.len();
        if rotation.templates[index].items() <= items_max {
            return (rotation.signal, &mut rotation.templates[index]);
        }
        let items = items_max as usize;
        let rest = build_template(plan, connection, rotation.signal, index, items)
            .continue_from(&rotation.templates[index]);
        (rotation.signal, rotation.rest.insert(rest))
    }
}

fn build_templates(plan: &Plan, connection: usize, signal: Signal) -> Vec<Template> {
    let first =
        build_template(plan, connection, signal, 0, batch_items(plan, connection, signal, 0));
    let wanted = if signal == Signal::Metrics {
        plan.series_of(connection).1.div_ceil(plan.batch_items as u64) as usize
    } else {
        let share = plan.connections * plan.signals.len();
        let affordable = POOL_BYTES_MAX / share / first.bytes().max(1);
        (TEMPLATES_MAX / share).min(affordable).max(1)
    };
    let needed = plan
        .count_of(connection)
        .map_or(wanted, |count| wanted.min(count.div_ceil(first.items()).max(1) as usize));
    let rest = (1..needed).map(|index| {
        let items = batch_items(plan, connection, signal, index);
        build_template(plan, connection, signal, index, items)
    });
    std::iter::once(first).chain(rest).collect()
}

/// Series end somewhere: their last batch may be shorter.
fn batch_items(plan: &Plan, connection: usize, signal: Signal, index: usize) -> usize {
    if signal != Signal::Metrics {
        return plan.batch_items;
    }
    let left = plan.series_of(connection).1 as usize - index * plan.batch_items;
    left.min(plan.batch_items)
}

fn build_template(
    plan: &Plan,
    connection: usize,
    signal: Signal,
    index: usize,
    items: usize,
) -> Template {
    let purpose = (connection as u64) << 40 | (signal as u64) << 32 | index as u64;
    let random = &mut Random::derive(plan.shape.seed, purpose);
    let audit = plan.audit.as_ref();
    let message = match signal {
        Signal::Traces => traces::build(&plan.shape, audit, items, random),
        Signal::Logs => logs::build(&plan.shape, audit, items, random),
        Signal::Metrics => {
            let first = plan.series_of(connection).0 + (index * plan.batch_items) as u64;
            metrics::build(&plan.shape, audit, first, items)
        }
    };
    Template::new(&message, items)
}
