//! An error type with contexts and a backtrace, as applications take from a library.

use std::backtrace::Backtrace;
use std::error::Error;
use std::fmt;

/// What failed, what was being done, and where it was first seen.
pub struct Fault {
    kind: &'static str,
    root: Box<dyn Error + Send + Sync>,
    contexts: Vec<String>,
    backtrace: Backtrace,
}

pub type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    pub fn new<E: Error + Send + Sync + 'static>(error: E) -> Fault {
        Fault {
            kind: std::any::type_name::<E>(),
            root: Box::new(error),
            contexts: Vec::new(),
            backtrace: Backtrace::force_capture(),
        }
    }

    pub fn message(text: impl Into<String>) -> Fault {
        Fault {
            kind: "faults::Message",
            root: text.into().into(),
            contexts: Vec::new(),
            backtrace: Backtrace::force_capture(),
        }
    }

    /// The type of the error at the root.
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Fault {
    fn from(error: E) -> Fault {
        Fault::new(error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.contexts.last() {
            Some(context) => out.write_str(context),
            None => self.root.fmt(out),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{self}")?;
        let mut causes: Vec<String> = self.contexts.iter().rev().skip(1).cloned().collect();
        if !self.contexts.is_empty() {
            causes.push(self.root.to_string());
        }
        let mut source = self.root.source();
        while let Some(error) = source {
            causes.push(error.to_string());
            source = error.source();
        }
        if !causes.is_empty() {
            writeln!(out, "\nCaused by:")?;
        }
        for (number, cause) in causes.iter().enumerate() {
            match causes.len() {
                1 => writeln!(out, "    {cause}")?,
                _ => writeln!(out, "    {number}: {cause}")?,
            }
        }
        write!(out, "\nStack backtrace:\n{}", self.backtrace)
    }
}

pub trait Context<T> {
    fn context(self, text: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<Fault>> Context<T> for std::result::Result<T, E> {
    fn context(self, text: impl Into<String>) -> Result<T> {
        self.map_err(|error| {
            let mut fault: Fault = error.into();
            fault.contexts.push(text.into());
            fault
        })
    }
}
