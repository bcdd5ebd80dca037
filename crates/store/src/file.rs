//! A data file of a table: one immutable Parquet file of one day.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::delta::Add;

/// A live Parquet file. While an `Arc` of it is held, the file stays on the disk.
#[derive(Debug)]
pub struct DataFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Size on disk.
    pub bytes: u64,
    /// How many rows it has.
    pub rows: u64,
    /// The partition: days since 1970-01-01, UTC.
    pub date: i32,
    /// The earliest `time_unix_nano` in it.
    pub time_min: i64,
    /// The latest `time_unix_nano` in it.
    pub time_max: i64,
    /// Relative to the table's folder, as the table's log names it.
    pub(crate) name: String,
}

/// The part of Delta's file statistics that we write and need.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stats {
    num_records: u64,
    min_values: BTreeMap<String, serde_json::Value>,
    max_values: BTreeMap<String, serde_json::Value>,
}

impl DataFile {
    /// The action that adds this file to its table.
    pub(crate) fn to_add(&self, time_ms: i64, data_change: bool) -> Add {
        let bound = |value: i64| BTreeMap::from([(TIME.to_owned(), json!(value))]);
        let stats = Stats {
            num_records: self.rows,
            min_values: bound(self.time_min),
            max_values: bound(self.time_max),
        };
        Add {
            path: self.name.clone(),
            partition_values: BTreeMap::from([(PARTITION.to_owned(), date_text(self.date))]),
            size: self.bytes.cast_signed(),
            modification_time: time_ms,
            data_change,
            stats: serde_json::to_string(&stats).ok(),
        }
    }

    /// The file an action added; `None` where the action lacks what we always write.
    pub(crate) fn from_add(folder: &Path, add: &Add) -> Option<Self> {
        let stats: Stats = serde_json::from_str(add.stats.as_deref()?).ok()?;
        let bound = |values: &BTreeMap<String, serde_json::Value>| values.get(TIME)?.as_i64();
        Some(Self {
            path: folder.join(&add.path),
            bytes: u64::try_from(add.size).ok()?,
            rows: stats.num_records,
            date: parse_date(add.partition_values.get(PARTITION)?)?,
            time_min: bound(&stats.min_values)?,
            time_max: bound(&stats.max_values)?,
            name: add.path.clone(),
        })
    }
}

use plimsoll_model::schema::TIME;

/// The partition column.
pub(crate) const PARTITION: &str = "date";

/// `2026-11-22` of days since 1970-01-01. After Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`.
pub(crate) fn date_text(days: i32) -> String {
    let z = i64::from(days) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01 of `2026-11-22`; `days_from_civil` of the same source.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    i32::try_from(era * 146_097 + doe - 719_468).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_the_calendars() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (20_779, "2026-11-22"),
            (106_751, "2262-04-11"),
        ] {
            assert_eq!(date_text(days), text);
        }
        for days in -200_000..200_000 {
            assert_eq!(parse_date(&date_text(days)), Some(days));
        }
    }

    #[test]
    fn an_add_action_describes_the_file() {
        let file = DataFile {
            path: "/t/date=2026-11-22/a.parquet".into(),
            bytes: 10,
            rows: 3,
            date: 20_779,
            time_min: -5,
            time_max: i64::MAX,
            name: "date=2026-11-22/a.parquet".into(),
        };
        let again = DataFile::from_add(Path::new("/t"), &file.to_add(1, true)).unwrap();
        assert_eq!(format!("{again:?}"), format!("{file:?}"));
    }
}
