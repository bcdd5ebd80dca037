//! How many log records of a search there were, by step and severity.

use arrow::array::RecordBatch;
use plimsoll_model::Table;
use plimsoll_model::schema::TIME;

use super::{LogSearch, LogVolume, VolumeBySeverity};
use crate::column::Columns;
use crate::context::Context;
use crate::scan::{Fold, Scan, fold};
use crate::time::Steps;
use crate::{Engine, QueryError, rfc3339};

impl Engine {
    /// Counts the log records that match; `limit` and `cursor` do not matter.
    ///
    /// # Errors
    ///
    /// A limit is reached.
    pub async fn log_volume(&self, search: LogSearch) -> Result<LogVolume, QueryError> {
        self.run(move |context| volume(context, &search)).await
    }
}

fn volume(context: &Context, search: &LogSearch) -> Result<LogVolume, QueryError> {
    let steps = search.window.steps();
    let scan = Scan {
        window: search.window,
        columns: vec![TIME, "severity_number"],
        conditions: search.conditions([]),
    };
    let make = || Volume::new(steps);
    let found = fold(context, &scan, context.snapshot(Table::Logs), make)?.counts;
    Ok(LogVolume {
        from: rfc3339(search.window.from),
        to: rfc3339(search.window.to),
        step_seconds: steps.step_seconds,
        times: steps.times(),
        by_severity: found,
    })
}

struct Volume {
    steps: Steps,
    counts: VolumeBySeverity,
}

impl Volume {
    fn new(steps: Steps) -> Self {
        let zeros = || vec![0; steps.count];
        let counts =
            VolumeBySeverity { error: zeros(), warn: zeros(), info: zeros(), debug: zeros() };
        Self { steps, counts }
    }
}

impl Fold for Volume {
    fn rows(&mut self, rows: &RecordBatch) -> Result<(), QueryError> {
        let severities = rows.byte("severity_number")?.values();
        for (time, severity) in rows.long(TIME)?.values().iter().zip(severities) {
            let counts = match severity {
                17.. => &mut self.counts.error,
                13..=16 => &mut self.counts.warn,
                1..=8 => &mut self.counts.debug,
                _ => &mut self.counts.info,
            };
            counts[self.steps.index(*time)] += 1;
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<(), QueryError> {
        let (ours, theirs) = (&mut self.counts, other.counts);
        let pairs = [
            (&mut ours.error, theirs.error),
            (&mut ours.warn, theirs.warn),
            (&mut ours.info, theirs.info),
            (&mut ours.debug, theirs.debug),
        ];
        for (ours, theirs) in pairs {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        }
        Ok(())
    }
}
