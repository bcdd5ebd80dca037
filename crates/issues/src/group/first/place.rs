//! Which frames stand for an error: where it was raised, and who is responsible if that function
//! only serves others.
//!
//! Invariants: frames are walked once, outwards. The walk ends at the first function with a task of
//! its own; nothing above it counts, so that the same mistake is one issue from wherever it is
//! reached.

use super::super::kind::Fault;
use super::super::name::Kind;
use super::super::role::{Role, leads, role};
use super::super::stack::{Called, only_raises};

/// Frames outwards of a function that are searched for who called it.
const CALLERS_MAX: usize = 64;
/// Frames of those that serve which count when nobody above them has a task of its own.
const SERVING_FRAMES: usize = 3;

/// What a frame of the service is, seen from the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Its task is where the mistake is.
    Owner,
    /// It has no name, and nobody in its file called it.
    Unnamed,
    /// The error was raised here, for a caller.
    Raised,
    /// It serves, and the owner called it.
    Asked,
    /// It serves, and nobody else is left to count.
    Serving,
    /// Between the raise and its owner.
    Between,
    /// It only stands around a call.
    Around,
    /// A function without a name: the one around it counts.
    Inside,
    /// A compiler's or a framework's.
    Generated,
    /// It has no name that lasts.
    Opaque,
    /// It makes the error.
    Constructor,
}

impl Verdict {
    fn told(self) -> (bool, &'static str) {
        match self {
            Self::Owner => (true, "the innermost function of the service with a task of its own"),
            Self::Unnamed => (true, "without a name, and called by nobody in the same file"),
            Self::Raised => (true, "the error was raised here, for whoever called"),
            Self::Asked => (true, "it serves the function that is responsible, which called it"),
            Self::Serving => {
                (true, "it serves its callers, and none of them has a task of its own")
            }
            Self::Between => (false, "it serves its callers: who called it counts"),
            Self::Around => (false, "it only stands around a call"),
            Self::Inside => (false, "it has no name: the function around it counts"),
            Self::Generated => (false, "a proxy or a generated class"),
            Self::Opaque => (false, "it has no name that outlives a build"),
            Self::Constructor => (false, "it makes the error that is raised"),
        }
    }
}

/// What was found in a stack.
#[derive(Default)]
pub(super) struct Found {
    steps: Vec<(usize, Verdict)>,
    /// The frame whose task it is.
    pub(super) owner: Option<usize>,
    /// The innermost frame of the service that has a name.
    pub(super) innermost: Option<usize>,
    /// Whether the code of the service raised it itself.
    pub(super) direct: bool,
    /// Whether a function through which errors of several kinds come raised it.
    pub(super) raises: bool,
    /// Whether a function was passed that does what it is told.
    past_runner: bool,
    /// Whether what raised it has no name of its own, and others in its place have none either.
    pub(super) unnamed: bool,
    /// Whether frames without a lasting name lie inside.
    pub(super) past_opaque: bool,
}

impl Found {
    /// Whether a frame counts, and why.
    pub(super) fn verdict(&self, at: usize, frame: &Called<'_>) -> (bool, &'static str) {
        if let Ok(step) = self.steps.binary_search_by_key(&at, |step| step.0) {
            return self.steps[step].1.told();
        }
        match (frame.in_app, self.owner) {
            (false, _) => (false, "code of a library"),
            (true, Some(owner)) if at > owner => (false, "above the function that is responsible"),
            (true, _) => (false, "it serves its callers"),
        }
    }
}

/// What stands for an error in a stack; none where no frame of the service has a name that lasts.
pub(super) fn find(frames: &[Called<'_>], fault: Fault, outside: bool) -> Option<Found> {
    let mut found = Found { direct: is_direct(frames), ..Found::default() };
    let mut at = 0;
    while at < frames.len() && found.owner.is_none() {
        let frame = &frames[at];
        if !frame.in_app {
            at += 1;
            continue;
        }
        let first = found.innermost.is_none();
        let (verdict, next) = match frame.name.kind {
            Kind::Generated => (Verdict::Generated, at + 1),
            Kind::Opaque => (Verdict::Opaque, at + 1),
            Kind::Closure => match enclosing(frames, at) {
                Some(around) => (Verdict::Inside, around),
                None => (Verdict::Unnamed, at + 1),
            },
            Kind::Named => {
                let fault = if first && found.direct { fault } else { Fault::No };
                let mut role = role(&frame.name);
                if role == Role::Own && is_led(frames, at) {
                    role = if found.direct { Role::Raises } else { Role::Runs };
                }
                if role == Role::RunsOutside && found.past_runner && enters(frames, at) {
                    role = Role::Own;
                }
                (found.judge(role, fault, first, outside), at + 1)
            }
        };
        found.past_opaque |= first && verdict == Verdict::Opaque;
        if matches!(verdict, Verdict::Owner | Verdict::Unnamed) {
            found.owner = Some(at);
            found.unnamed =
                first && (verdict == Verdict::Unnamed || is_initial(frame.name.function));
        }
        if !matches!(verdict, Verdict::Generated | Verdict::Opaque | Verdict::Constructor) {
            found.innermost.get_or_insert(at);
        }
        found.steps.push((at, verdict));
        at = next;
    }
    match found.owner {
        Some(_) => found.count_asked(),
        None => found.count_serving(),
    }
    found.innermost.is_some().then_some(found)
}

impl Found {
    fn judge(&mut self, role: Role, fault: Fault, first: bool, outside: bool) -> Verdict {
        let serves = match role {
            Role::Constructs if fault != Fault::Surely => return Verdict::Constructor,
            Role::Constructs | Role::Own => false,
            Role::Raises => fault != Fault::Surely,
            Role::Runs | Role::Wraps => fault == Fault::No,
            Role::Accesses => fault == Fault::No && (outside || (first && self.direct)),
            Role::RunsOutside => fault == Fault::No && outside,
        };
        self.past_runner |= serves && role == Role::Runs;
        match (serves, role) {
            (false, _) => Verdict::Owner,
            (true, Role::Wraps) => {
                self.raises |= first && self.direct && !outside;
                Verdict::Around
            }
            (true, _) if !first => Verdict::Between,
            // What failed outside says so in words that nobody of the service chose.
            (true, _) => {
                self.raises = role == Role::Raises || (self.direct && !outside);
                Verdict::Raised
            }
        }
    }

    /// Of those that serve the one that the owner called counts, whatever it leaves to others; none
    /// where the words count, since then it does not matter who said them.
    fn count_asked(&mut self) {
        let serves = |step: &(usize, Verdict)| matches!(step.1, Verdict::Raised | Verdict::Between);
        let asked = self.steps.iter().rposition(serves).filter(|_| !self.raises);
        for (at, step) in self.steps.iter_mut().enumerate().filter(|(_, step)| serves(step)) {
            step.1 = if Some(at) == asked { Verdict::Asked } else { Verdict::Between };
        }
    }

    /// With nobody to blame, the functions that serve count themselves: the innermost few, and what
    /// stands around a call only if there is nothing else.
    fn count_serving(&mut self) {
        let serves = |verdict: Verdict| matches!(verdict, Verdict::Raised | Verdict::Between);
        let any = self.steps.iter().any(|step| serves(step.1));
        let counted = self.steps.iter_mut().filter(|step| {
            serves(step.1) || (!any && matches!(step.1, Verdict::Around | Verdict::Inside))
        });
        for step in counted.take(SERVING_FRAMES) {
            step.1 = Verdict::Serving;
        }
    }
}

/// Whether what lies inside the innermost frame of the service only raises.
fn is_direct(frames: &[Called<'_>]) -> bool {
    frames.iter().take_while(|frame| !frame.in_app).all(|frame| only_raises(&frame.name))
}

/// Whether a function is where a class or a module comes into being, as Java calls what is written
/// there without a name.
fn is_initial(function: &str) -> bool {
    matches!(function, "static" | "new" | "<clinit>" | "<module>")
}

/// Whether a function was called from without its module, or handed to a library that calls it:
/// `mail.send` by `orders.place`. Above one that does what it is told it is who tells it, if it has
/// no more than a verb for a name.
fn enters(frames: &[Called<'_>], at: usize) -> bool {
    let name = frames[at].name;
    let outer = || callers(frames, at);
    let handed = outer().next().is_none_or(|frame| !frame.in_app);
    let caller = outer().find(|frame| frame.in_app && frame.name.kind == Kind::Named);
    let is_private = name.function.starts_with('_');
    (handed && !is_private) || caller.is_none_or(|caller| caller.name.qualifier != name.qualifier)
}

/// The frames around one that are not its own again.
fn callers<'f, 'a>(
    frames: &'f [Called<'a>],
    at: usize,
) -> impl Iterator<Item = &'f Called<'a>> + use<'f, 'a> {
    let name = frames[at].name.whole;
    frames[at + 1..].iter().take(CALLERS_MAX).filter(move |frame| frame.name.whole != name)
}

/// Whether a function was called by one of its module that serves for the whole of it: `exchange`
/// by `http.get`, `complain` by `checks.require`.
fn is_led(frames: &[Called<'_>], at: usize) -> bool {
    callers(frames, at).next().is_some_and(|caller| {
        caller.in_app && caller.name.qualifier == frames[at].name.qualifier && leads(&caller.name)
    })
}

/// The nearest caller with a name that lies in the same file or module as a function without one.
fn enclosing(frames: &[Called<'_>], at: usize) -> Option<usize> {
    let place = frames[at].name.qualifier;
    let is_around = |frame: &Called<'_>| {
        let rest = frame.name.qualifier.strip_prefix(place);
        let same = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        frame.in_app && frame.name.kind == Kind::Named && same
    };
    frames.iter().skip(at + 1).position(is_around).map(|offset| at + 1 + offset)
}
