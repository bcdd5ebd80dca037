//! A file that says of each batch what became of it, for an auditor who counts items later.
//!
//! One JSON object a line, appended when the outcome is known:
//! `{"outcome":"acknowledged","run":"…","batch":268435456,"signal":"traces","items":1000,"rejected":0}`.
//! `items` is what the batch held, `rejected` how many of those the server named as rejected.
//! `outcome` is `unknown` where the connection broke before the answer; the batch may then be stored
//! or not, as a whole. A refused batch has no line until it is acknowledged on a later try.
//!
//! Invariant: a line is written whole, in one write, after the answer was read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::args::Signal;
use crate::error::GenerateError;

#[derive(Debug)]
pub(crate) struct Ledger {
    path: PathBuf,
    run: String,
    file: Mutex<File>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Acknowledged,
    Unknown,
}

#[derive(Serialize)]
struct Line<'a> {
    outcome: Outcome,
    run: &'a str,
    batch: u64,
    signal: Signal,
    items: u64,
    rejected: u64,
}

impl Ledger {
    pub(crate) fn open(path: &Path, run: &str) -> Result<Self, GenerateError> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|source| GenerateError::Ledger { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), run: run.to_owned(), file: Mutex::new(file) })
    }

    pub(crate) fn append(
        &self,
        outcome: Outcome,
        batch: u64,
        signal: Signal,
        items: u64,
        rejected: u64,
    ) -> Result<(), GenerateError> {
        let line = Line { outcome, run: &self.run, batch, signal, items, rejected };
        let mut bytes = serde_json::to_vec(&line).expect("numbers and texts always serialise");
        bytes.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes)
            .map_err(|source| GenerateError::Ledger { path: self.path.clone(), source })
    }
}
