//! The exceptions of an event, put into a chain that begins with the reported one.
//!
//! Invariant: every exception that is kept is in the chain once, however parents are told: in
//! circles, twice or not at all.

use std::collections::VecDeque;

use plimsoll_model::Exception;

use super::super::reader::{Kind, Reader};
use super::frame::Stack;
use super::{Event, bounds};

/// An exception and where it stands among the others.
#[derive(Debug, Default)]
struct Told {
    exception: Exception,
    id: Option<i64>,
    parent: Option<i64>,
    synthetic: bool,
}

/// The exceptions in the order sent: causes first.
#[derive(Debug, Default)]
pub(super) struct Exceptions {
    told: VecDeque<Told>,
}

impl Exceptions {
    pub(super) fn read(&mut self, reader: &mut Reader<'_>, omitted: &mut u32) {
        self.told.clear();
        reader.values(|reader| {
            if reader.kind() != Kind::Object {
                return;
            }
            if self.told.len() == bounds::EXCEPTIONS {
                self.told.pop_front();
                *omitted = omitted.saturating_add(1);
            }
            self.told.push_back(Told::read(reader, omitted));
        });
        // SDKs send an empty one where a program raised nothing that has a type.
        self.told.retain(|told| told.exception != Exception::default());
    }

    /// Gives the event its exceptions, the reported one first.
    pub(super) fn into_chain(self, event: &mut Event) {
        let order = match order_by_parents(&self.told) {
            Some(order) => order,
            None => (0..self.told.len()).rev().collect(),
        };
        let mut told: Vec<Option<Told>> = self.told.into_iter().map(Some).collect();
        let mut chain = order.into_iter().filter_map(|at| told.get_mut(at)?.take());
        let Some(reported) = chain.next() else { return };
        event.exceptions.extend(chain.map(|told| told.exception));
        match event.exceptions.first_mut() {
            Some(held) if reported.synthetic && held.frames.is_empty() => {
                let said = give_up(reported.exception, held);
                if event.message.is_empty() {
                    event.message = said;
                }
            }
            _ => {
                event.synthetic = reported.synthetic;
                event.exceptions.insert(0, reported.exception);
            }
        }
    }
}

/// An exception that the SDK made up around a real one, to have where to put the stack and the message it was
/// logged with: the real one is what happened. Returns the message.
fn give_up(made_up: Exception, real: &mut Exception) -> String {
    real.frames = made_up.frames;
    real.frames_omitted = made_up.frames_omitted;
    real.handled = real.handled.or(made_up.handled);
    if real.mechanism.is_empty() {
        real.mechanism = made_up.mechanism;
    }
    made_up.message
}

/// Roots and, after each, what it holds and what that holds, all by their ids; `None` where not
/// each has an id of its own.
fn order_by_parents(told: &VecDeque<Told>) -> Option<Vec<usize>> {
    let mut by_id: Vec<(i64, usize)> =
        told.iter().enumerate().map(|(at, told)| Some((told.id?, at))).collect::<Option<_>>()?;
    by_id.sort_unstable();
    if by_id.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return None;
    }
    let exists = |id: i64| by_id.binary_search_by_key(&id, |(id, _)| *id).is_ok();
    let parent_of = |at: usize| told[at].parent.filter(|parent| exists(*parent));
    let mut order = Vec::with_capacity(told.len());
    let mut placed = vec![false; told.len()];
    let roots = by_id.iter().filter(|(_, at)| parent_of(*at).is_none());
    // Those in a circle have no root above them and come last.
    for (_, start) in roots.chain(&by_id) {
        let mut waiting = vec![*start];
        while let Some(at) = waiting.pop() {
            if std::mem::replace(&mut placed[at], true) {
                continue;
            }
            order.push(at);
            let held = by_id.iter().rev().filter(|(_, child)| parent_of(*child) == told[at].id);
            waiting.extend(held.map(|(_, child)| *child));
        }
    }
    Some(order)
}

impl Told {
    fn read(reader: &mut Reader<'_>, omitted: &mut u32) -> Self {
        let mut told = Self::default();
        reader.object(|key, reader| {
            let exception = &mut told.exception;
            match key {
                "type" => exception.kind = reader.string(),
                "value" => {
                    let text = reader.text_or_json();
                    exception.message = text.map(|text| text.into_owned()).unwrap_or_default();
                }
                "module" => exception.module = reader.string(),
                "stacktrace" => {
                    let stack = Stack::read(reader, omitted);
                    exception.frames = stack.frames;
                    exception.frames_omitted = stack.frames_omitted;
                }
                "mechanism" => told.read_mechanism(reader),
                _ => {}
            }
        });
        told
    }

    fn read_mechanism(&mut self, reader: &mut Reader<'_>) {
        if reader.kind() == Kind::Text {
            self.exception.mechanism = reader.string();
            return;
        }
        reader.object(|key, reader| match key {
            "type" => self.exception.mechanism = reader.string(),
            "handled" => self.exception.handled = reader.boolean(),
            "synthetic" => self.synthetic = reader.boolean().unwrap_or_default(),
            "exception_id" => self.id = reader.integer(),
            "parent_id" => self.parent = reader.integer(),
            _ => {}
        });
    }
}
