//! Version 1 of the grouping: what was raised, where the mistake is, and its words where that is
//! not enough.
//!
//! Invariants: see `docs/adr/0010-grouping.md`. What this file and those it uses decide is pinned
//! by the golden test: a change of any fingerprint is another version.

mod place;

use plimsoll_model::Exception;

use self::place::{Found, find};
use super::algorithm::{Algorithm, Decided};
use super::fingerprint::Digest;
use super::kind::{self, Fault};
use super::name::Kind;
use super::stack::{Called, Chain, collapsed, cycle};
use super::tree::Sink;
use super::{Occurrence, Outline, gist};
use crate::message::{Limits, parameterize};

/// Frames that stand for a stack in which nothing is of the service.
const LIBRARY_FRAMES: usize = 3;
/// Bytes of a text of the sender that is compared as it is.
const TEXT_BYTES_MAX: usize = 1 << 10;

pub(super) struct First;

impl Algorithm for First {
    fn version(&self) -> u16 {
        1
    }

    fn decide(&self, occurrence: &Occurrence<'_>, sink: &mut dyn Sink) -> Decided {
        let said = |exception: &Exception| {
            !(exception.kind.is_empty()
                && exception.message.is_empty()
                && exception.frames.is_empty())
        };
        if !occurrence.exceptions.iter().any(said) {
            return Decided {
                outline: without_exception(occurrence, sink),
                variant: variant_of_event(occurrence),
            };
        }
        let chain = Chain::of(occurrence.exceptions);
        let at = chain.decisive();
        let frames = chain.joined(at);
        let mut decision = Decision { chain: &chain, at, frames: &frames, sink };
        let named = decision.write();
        Decided { outline: outline(&chain, at, named, occurrence), variant: variant(&chain) }
    }
}

/// All types, all messages and all frames, recursion collapsed.
fn variant(chain: &Chain<'_>) -> i64 {
    let mut digest = Digest::default();
    for (at, exception) in chain.exceptions().iter().enumerate() {
        digest.add("type", kind::simple(&exception.kind));
        digest.add("message", &parameterize(&exception.message, Limits::LINE));
        for name in collapsed(chain.frames(at).map(|frame| frame.name.whole)) {
            digest.add("frame", name);
        }
    }
    digest.finish().to_i64()
}

fn variant_of_event(occurrence: &Occurrence<'_>) -> i64 {
    let mut digest = Digest::default();
    digest.add("message", &parameterize(occurrence.message, Limits::LINE));
    digest.finish().to_i64()
}

/// The frames by which an occurrence is shown.
#[derive(Clone, Copy, Default)]
struct Named<'a> {
    innermost: Option<Called<'a>>,
    responsible: Option<Called<'a>>,
}

/// One decision being written.
struct Decision<'a, 's> {
    chain: &'a Chain<'a>,
    /// The exception that decides.
    at: usize,
    frames: &'a [Called<'a>],
    sink: &'s mut dyn Sink,
}

impl<'a> Decision<'a, '_> {
    fn exception(&self) -> &'a Exception {
        &self.chain.exceptions()[self.at]
    }

    fn write(&mut self) -> Named<'a> {
        self.write_type();
        let exception = self.exception();
        if kind::is_recursion(exception) {
            let members = cycle(self.frames);
            if !members.is_empty() {
                return self.write_cycle(&members);
            }
        }
        if kind::is_database_gone(exception) {
            let why =
                "no database can be reached: neither who asked nor what was asked is to blame";
            self.sink.counts("reason", "database unreachable", why);
            return self.innermost();
        }
        if let Some(found) = find(self.frames, kind::fault(exception), kind::is_outside(exception))
        {
            return self.write_place(&found);
        }
        let named = |frame: &&Called<'_>| frame.name.kind == Kind::Named;
        if self.frames.iter().any(|frame| frame.in_app)
            || !self.frames.iter().any(|frame| named(&frame))
        {
            self.write_message_alone();
        } else {
            self.write_library();
        }
        self.innermost()
    }

    fn innermost(&self) -> Named<'a> {
        let innermost =
            self.frames.iter().find(|frame| frame.in_app).or_else(|| self.frames.first());
        Named { innermost: innermost.copied(), responsible: None }
    }

    fn write_type(&mut self) {
        let last = self.chain.exceptions().len() - 1;
        let why = match self.at {
            at if at == last && last > 0 => "the last cause of the chain",
            at if at == last => "what was raised",
            _ => "a mistake of its own, made while another error was dealt with",
        };
        let named = kind::simple(&self.exception().kind);
        match self.reader() {
            Some(reader) => {
                self.sink.counts("reader", reader, "it could not read what it was given");
                self.sink.skips("type", named, "there are many ways to be unreadable");
            }
            None => self.sink.counts("type", named, why),
        }
        for cause in &self.chain.exceptions()[self.at + 1..] {
            let why = "what went wrong after it is decided without it";
            self.sink.skips("cause", kind::simple(&cause.kind), why);
        }
    }

    /// The function of a library that the service gave what could not be read.
    fn reader(&self) -> Option<&'a str> {
        let inside = self.frames.iter().position(|frame| frame.in_app)?;
        let reader = self.frames[..inside].last()?;
        let named = reader.name.kind == Kind::Named && kind::is_unreadable(self.exception());
        named.then_some(reader.name.whole)
    }

    /// The exceptions around the one that decides.
    fn write_outer(&mut self) {
        for outer in &self.chain.exceptions()[..self.at] {
            let why = "the same mistake, whatever it is wrapped in on its way";
            self.sink.skips("outer type", kind::simple(&outer.kind), why);
        }
    }

    fn write_cycle(&mut self, members: &[&str]) -> Named<'a> {
        self.write_outer();
        for member in members {
            self.sink.counts("cycle", member, "it calls itself until the stack is full");
        }
        self.write_message(None, "where the stack ended is chance");
        let innermost =
            self.frames.iter().find(|frame| members.contains(&frame.name.whole)).copied();
        Named { innermost, responsible: innermost }
    }

    fn write_place(&mut self, found: &Found) -> Named<'a> {
        self.write_outer();
        for (at, frame) in self.frames.iter().enumerate() {
            let (counts, why) = found.verdict(at, frame);
            if counts {
                self.sink.counts("frame", frame.name.whole, why);
            } else if self.sink.shows() {
                let repeated = at > 0 && self.frames[at - 1].name.whole == frame.name.whole;
                let why = if repeated { "the same function again" } else { why };
                self.sink.skips("frame", frame.name.whole, why);
            }
        }
        let exception = self.exception();
        let found_by_runtime = kind::fault(exception) == Fault::Surely;
        if let Some(mistake) = kind::mistake(&exception.message).filter(|_| found_by_runtime) {
            self.sink.counts("mistake", mistake, "what the runtime found, in whatever words");
        }
        if let Some(property) = kind::absent_property(&exception.message) {
            self.sink.counts("property", property, "what was read here and is not there");
        }
        if let Some(called) = self.called(found) {
            self.sink.counts("called", called, "the type alone does not say what failed in here");
        }
        let (counts, why) = self.message_beside(found);
        match kind::unreadable_part(&exception.message).filter(|_| counts) {
            Some(part) => self.sink.counts("unreadable", part, "in whatever way it is"),
            None => self.write_message(counts.then_some(why), why),
        }
        if counts {
            self.write_constraint();
        }
        let responsible = found.owner.or(found.innermost).map(|at| self.frames[at]);
        Named { innermost: found.innermost.map(|at| self.frames[at]), responsible }
    }

    /// What the service's code called of a library that raised something that says nothing.
    fn called(&self, found: &Found) -> Option<&'a str> {
        let exception = self.exception();
        let says = kind::fault(exception) == Fault::Surely || self.reader().is_some();
        if found.direct || says || !kind::is_unspecific(&exception.kind) {
            return None;
        }
        let inside = self.frames.iter().position(|frame| frame.in_app)?;
        // Node's queue of what was awaited stands between if the call waited before it failed.
        let is_called = |frame: &&Called<'_>| frame.name.function != "processTicksAndRejections";
        let called = self.frames[..inside].iter().rfind(is_called)?;
        (called.name.kind == Kind::Named).then_some(called.name.whole)
    }

    /// Whether the message counts beside a place in the code, and why.
    fn message_beside(&self, found: &Found) -> (bool, &'static str) {
        let exception = self.exception();
        let unspecific = kind::is_unspecific(&exception.kind);
        if kind::fault(exception) == Fault::Surely {
            (false, "a mistake in this line, whatever the runtime says of it")
        } else if exception.kind.is_empty() {
            (true, "a cause of which only the words are known")
        } else if found.past_opaque {
            (true, "the frames inside have no lasting names")
        } else if found.raises {
            (true, "errors of several kinds come through this function")
        } else if found.unnamed && found.direct {
            (true, "several functions without a name may raise it here")
        } else if unspecific && found.direct {
            (true, "the type alone says nothing of what happened")
        } else {
            (false, "the type and the place say enough")
        }
    }

    /// The message without names and values, if there is a reason for it to count.
    fn write_message(&mut self, reason: Option<&'static str>, why_not: &'static str) {
        if reason.is_none() && !self.sink.shows() {
            return;
        }
        let said = gist::of(&self.exception().message);
        match reason {
            Some(why) => self.sink.counts("message", &said, why),
            None => self.sink.skips("message", &said, why_not),
        }
    }

    fn write_library(&mut self) {
        self.write_outer();
        let mut left = LIBRARY_FRAMES;
        let mut before = "";
        for frame in self.frames {
            let whole = frame.name.whole;
            let repeated = std::mem::replace(&mut before, whole) == whole;
            if repeated {
                self.sink.skips("frame", whole, "the same function again");
            } else if frame.name.kind != Kind::Named {
                self.sink.skips("frame", whole, "it has no lasting name");
            } else if left == 0 {
                self.sink.skips("frame", whole, "too far from where it was raised");
            } else {
                left -= 1;
                self.sink.counts("frame", whole, "nothing of the stack is of the service");
            }
        }
        let exception = self.exception();
        let counts =
            kind::is_unspecific(&exception.kind) && kind::fault(exception) != Fault::Surely;
        let why = "neither the type nor the service's code says what happened";
        self.write_message(counts.then_some(why), "the type and the place say enough");
        self.write_constraint();
    }

    fn write_constraint(&mut self) {
        if let Some(name) = kind::violated_constraint(&self.exception().message) {
            self.sink.counts("constraint", name, "a schema spells it, and no data");
        }
    }

    fn write_message_alone(&mut self) {
        self.write_outer();
        for frame in self.frames {
            self.sink.skips("frame", frame.name.whole, "it has no lasting name");
        }
        let own = &self.exception().message;
        let chain = self.chain.exceptions();
        let said = chain.iter().map(|one| &one.message).rfind(|message| !message.is_empty());
        let message = if own.is_empty() { said.unwrap_or(own) } else { own };
        let why = "no stack that says where";
        // What a type that only wraps says of its cause is the cause.
        let wraps = kind::is_carrier(self.exception());
        let said = if wraps { gist::of(message) } else { gist::of_statement(message) };
        self.sink.counts("message", &said, why);
        self.write_constraint();
    }
}

/// An event that tells of no exception: its template, or its message, and who logged it.
fn without_exception(occurrence: &Occurrence<'_>, sink: &mut dyn Sink) -> Outline {
    let cut = |text: &str| text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned();
    let message = gist::of_statement(occurrence.message);
    if !occurrence.template.is_empty() {
        sink.counts(
            "template",
            &cut(occurrence.template),
            "the message before its values were put in",
        );
        sink.skips("message", &message, "its template says the same without values");
        sink.counts("logger", &cut(occurrence.logger), "who says it");
    } else if !message.is_empty() {
        sink.counts("message", &message, "there is neither an exception nor a template");
        sink.counts("logger", &cut(occurrence.logger), "who says it");
    } else {
        sink.counts("level", occurrence.level, "nothing else is said");
        sink.counts("transaction", &cut(occurrence.transaction), "nothing else is said");
    }
    let said = if occurrence.message.is_empty() { occurrence.template } else { occurrence.message };
    Outline {
        message: cut(said),
        culprit: cut(if occurrence.transaction.is_empty() {
            occurrence.logger
        } else {
            occurrence.transaction
        }),
        ..Outline::default()
    }
}

/// What the occurrence is about: the first exception that does not only carry another.
fn outline(chain: &Chain<'_>, at: usize, named: Named<'_>, occurrence: &Occurrence<'_>) -> Outline {
    let shown = chain.exceptions()[..at].iter().find(|exception| !kind::is_carrier(exception));
    let shown = shown.unwrap_or(&chain.exceptions()[at]);
    let cut = |text: &str| text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned();
    let culprit = named.responsible.or(named.innermost).map(|frame| frame.name.whole);
    let (function, module) =
        named.innermost.map_or(("", ""), |frame| (frame.name.function, frame.name.qualifier));
    Outline {
        kind: cut(&shown.kind),
        message: cut(&shown.message),
        culprit: cut(culprit.filter(|name| !name.is_empty()).unwrap_or(occurrence.transaction)),
        function: cut(function),
        module: cut(module),
    }
}
