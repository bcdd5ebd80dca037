//! Reports of errors for people: what was being done, why it failed, and where that was noticed.

use std::error::Error;
use std::fmt;
use std::panic::Location;

/// An error with the contexts it passed through; it knows where it became a report.
pub struct Report {
    root: Box<dyn Error + Send + Sync>,
    contexts: Vec<String>,
    location: &'static Location<'static>,
}

pub type Result<T> = std::result::Result<T, Report>;

impl Report {
    #[track_caller]
    pub fn msg(text: impl Into<String>) -> Report {
        Report { root: text.into().into(), contexts: Vec::new(), location: Location::caller() }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Report {
    #[track_caller]
    fn from(error: E) -> Report {
        Report { root: Box::new(error), contexts: Vec::new(), location: Location::caller() }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.contexts.last() {
            Some(context) => out.write_str(context),
            None => self.root.fmt(out),
        }
    }
}

impl fmt::Debug for Report {
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
            writeln!(out, "   {number}: {cause}")?;
        }
        write!(out, "\nLocation:\n    {}", self.location)
    }
}

pub trait WrapErr<T> {
    fn wrap_err(self, context: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Report>> WrapErr<T> for std::result::Result<T, E> {
    #[track_caller]
    fn wrap_err(self, context: impl FnOnce() -> String) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                let mut report: Report = error.into();
                report.contexts.push(context());
                Err(report)
            }
        }
    }
}

#[macro_export]
macro_rules! bail {
    ($($text:tt)*) => {
        return Err($crate::Report::msg(format!($($text)*)))
    };
}
