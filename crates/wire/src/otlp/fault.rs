//! What can be wrong with a request: with its framing, which refuses it whole, or with one item,
//! which rejects that item.

use plimsoll_model::batch::FinishError;

/// A request that cannot be decoded as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot decode {message} at byte {offset}{}: {problem}", in_path(.path))]
pub struct DecodeError {
    /// The protobuf message that was expected.
    pub message: &'static str,
    /// Where in the body.
    pub offset: usize,
    /// In which field, `resource_spans[0].scope_spans[0].spans[3].name`; empty for the request.
    pub path: String,
    /// What was found and what was expected.
    pub problem: String,
}

fn in_path(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" in {path}") }
}

impl DecodeError {
    pub(crate) fn new(body: &[u8], message: &'static str, fault: Fault) -> Self {
        let Some(fault) = fault.0 else {
            return Self { message, offset: 0, path: String::new(), problem: String::new() };
        };
        let offset = fault.address.saturating_sub(body.as_ptr() as usize).min(body.len());
        Self { message, offset, path: fault.path(), problem: fault.problem }
    }

    pub(crate) fn too_large(message: &'static str, bytes: usize, most: usize) -> Self {
        Self {
            message,
            offset: 0,
            path: String::new(),
            problem: format!(
                "it has {bytes} bytes, at most {most} are taken; send smaller batches"
            ),
        }
    }

    pub(super) fn columns() -> Self {
        Self {
            message: "an export request",
            offset: 0,
            path: String::new(),
            problem: "expected an OTLP request, found columns".to_owned(),
        }
    }

    pub(crate) fn unfinished(message: &'static str, error: &FinishError) -> Self {
        Self {
            message,
            offset: 0,
            path: String::new(),
            problem: format!("its columns cannot be built, a defect of this server: {error}"),
        }
    }
}

/// Something wrong, while it travels up to who decides what is lost by it. One pointer wide: the
/// decoders return it everywhere and it almost never happens. `None` is a bad item of which nobody
/// will be told why.
#[derive(Debug)]
pub(crate) struct Fault(Option<Box<Body>>);

#[derive(Debug)]
struct Body {
    /// Refuses the request; else rejects the item.
    fatal: bool,
    /// Of a byte of the body.
    address: usize,
    /// Innermost first.
    path: Vec<(&'static str, Option<usize>)>,
    problem: String,
}

impl Fault {
    /// The framing is broken where `rest` starts.
    #[cold]
    pub(crate) fn framing(rest: &[u8], problem: impl Into<String>) -> Self {
        let (address, path) = (rest.as_ptr() as usize, Vec::new());
        Self(Some(Box::new(Body { fatal: true, address, path, problem: problem.into() })))
    }

    /// The item is bad by itself.
    #[cold]
    pub(super) fn item(problem: String) -> Self {
        Self(Some(Box::new(Body { fatal: false, address: 0, path: Vec::new(), problem })))
    }

    /// The item is bad by itself, and enough was said.
    pub(super) fn unread_item() -> Self {
        Self(None)
    }

    pub(crate) fn is_fatal(&self) -> bool {
        self.0.as_ref().is_some_and(|body| body.fatal)
    }

    /// The fault is in this field of the message one level up.
    #[cold]
    pub(crate) fn within(mut self, field: &'static str) -> Self {
        if let Some(body) = &mut self.0 {
            body.path.push((field, None));
        }
        self
    }

    /// The fault is in this element of a repeated field of the message one level up.
    #[cold]
    pub(crate) fn within_element(mut self, field: &'static str, index: usize) -> Self {
        if let Some(body) = &mut self.0 {
            body.path.push((field, Some(index)));
        }
        self
    }

    /// Path and problem, for the answer to the sender.
    pub(super) fn reason(&self) -> String {
        self.0.as_ref().map_or_else(String::new, |body| {
            let (path, problem) = (body.path(), &body.problem);
            format!("{path}: {problem}")
        })
    }
}

impl Body {
    fn path(&self) -> String {
        let parts: Vec<String> = (self.path.iter().rev())
            .map(|(field, index)| match index {
                Some(index) => format!("{field}[{index}]"),
                None => (*field).to_owned(),
            })
            .collect();
        parts.join(".")
    }
}

/// Adds the path to faults on their way up.
pub(crate) trait Within<T> {
    fn within(self, field: &'static str) -> Result<T, Fault>;
    fn within_element(self, field: &'static str, index: usize) -> Result<T, Fault>;
}

impl<T> Within<T> for Result<T, Fault> {
    #[inline]
    fn within(self, field: &'static str) -> Self {
        self.map_err(|fault| fault.within(field))
    }

    #[inline]
    fn within_element(self, field: &'static str, index: usize) -> Self {
        self.map_err(|fault| fault.within_element(field, index))
    }
}

/// The start of some bytes as a reader may see them in a message: quoted, escaped, shortened.
pub(super) fn preview(bytes: &[u8]) -> String {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
    if bytes.len() > SHOWN { format!("{text:?}…") } else { format!("{text:?}") }
}

/// Bytes in hexadecimal, shortened.
pub(super) fn hex(bytes: &[u8]) -> String {
    const SHOWN: usize = 20;
    let mut text: String = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}
