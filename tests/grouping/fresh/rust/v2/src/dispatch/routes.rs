//! Routes as the planners write them: files of stops.

use std::fs;

use plight::{Report, Result, WrapErr};

/// The planners share this folder with us.
const FOLDER: &str = "/var/lib/fleet/routes";
const ENDING: &str = "csv";

pub fn load(route: &str) -> Result<String> {
    let path = format!("{FOLDER}/{route}.{ENDING}");
    fs::read_to_string(path).wrap_err(|| format!("reading route {route}"))
}

/// Minutes after midnight of a time like `06:45`.
pub fn minutes(time: &str) -> Result<u32> {
    let (hours, minutes) = time.split_at(time.len().min(2));
    let hours: u32 = hours.parse()?;
    let minutes: u32 = minutes.trim_start_matches(':').parse()?;
    Ok(hours * 60 + minutes)
}

pub fn stops(times: &[&str]) -> Result<Vec<u32>> {
    let numbered = times.iter().enumerate();
    numbered.map(|(n, time)| minutes(time).wrap_err(|| format!("stop {}", n + 1))).collect()
}

pub fn weights(rows: &[&str]) -> Result<u32> {
    rows.iter().map(|row| weight(row)).sum()
}

/// The weight of a row of the manifest: what;kilograms.
pub fn weight(row: &str) -> Result<u32> {
    let cell = row.split(';').nth(1);
    let cell = cell.ok_or_else(|| Report::msg(format!("row `{row}` has no weight")))?;
    cell.parse().wrap_err(|| format!("weight of `{row}`"))
}
