//! The database wrapper: every failed statement of every repository leaves here.

use std::collections::HashSet;
use std::fmt;
use std::sync::Mutex;

use faults::Context;

/// A statement that failed, as the driver says it.
#[derive(Debug)]
pub struct DriverError {
    code: &'static str,
    text: String,
}

impl fmt::Display for DriverError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error {}: {}", self.code, self.text)
    }
}

impl std::error::Error for DriverError {}

#[derive(Default)]
pub struct Database {
    keys: Mutex<HashSet<String>>,
}

impl Database {
    pub fn insert(&self, table: &str, key: &str, owner: Option<&str>) -> Result<()> {
        self.execute(|keys| match owner {
            None => Err(DriverError {
                code: "23502",
                text: format!("null value in column \"customer\" of relation \"{table}\""),
            }),
            Some(_) if !keys.insert(format!("{table} {key}")) => Err(DriverError {
                code: "23505",
                text: format!(
                    "duplicate key value violates unique constraint \"{table}_pkey\" ({key})"
                ),
            }),
            Some(_) => Ok(()),
        })
    }

    pub fn select(&self, column: &str) -> Result<()> {
        self.execute(|_| {
            let text = format!("column \"{column}\" does not exist");
            Err(DriverError { code: "42703", text })
        })
    }

    fn execute(
        &self,
        statement: impl FnOnce(&mut HashSet<String>) -> Result<(), DriverError>,
    ) -> Result<()> {
        let mut keys = self.keys.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        statement(&mut keys).context("statement failed")
    }
}

type Result<T, E = faults::Fault> = std::result::Result<T, E>;
