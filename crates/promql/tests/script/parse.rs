//! Reads a script into its commands.
//!
//! Invariants: a blank line or a comment ends a command; errors name the line.

use plimsoll_promql::{ABSENT, Series};
use regex::Regex;

use super::description::{Described, Item, described};
use super::expectations::{Expectations, steps};
use super::histogram::Shape;
use super::text::duration_ms;
use super::{Command, Eval, Kind, Load};

const LOAD: &str = r"^load(_with_nhcb)?\s+(\S+)$";
const INSTANT: &str = r"^eval(_[a-z]+)?\s+instant\s+at\s+(\S+)\s+(.+)$";
const RANGE: &str = r"^eval(_[a-z]+)?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$";

/// Lines of a command, the first one's number in front.
struct Block<'a> {
    first: usize,
    lines: Vec<&'a str>,
}

/// Reads a script.
pub(crate) fn parse(script: &str) -> Result<Vec<Command>, String> {
    let patterns = Patterns::new()?;
    let lines: Vec<&str> = script.lines().map(without_comment).collect();
    let mut commands = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if lines[at].is_empty() {
            at += 1;
            continue;
        }
        let length = lines[at..].iter().take_while(|line| !line.is_empty()).count();
        let block = Block { first: at + 1, lines: lines[at..at + length].to_vec() };
        let (command, used) = patterns.command(&block)?;
        commands.push(command);
        at += used;
    }
    Ok(commands)
}

/// A line without the space around it; nothing where it is a comment.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') { "" } else { line }
}

/// What commands look like.
struct Patterns {
    load: Regex,
    instant: Regex,
    range: Regex,
}

impl Patterns {
    fn new() -> Result<Self, String> {
        let pattern = |text| Regex::new(text).map_err(|error| error.to_string());
        Ok(Self { load: pattern(LOAD)?, instant: pattern(INSTANT)?, range: pattern(RANGE)? })
    }

    /// Reads the command a block begins with, and tells how many lines it takes.
    fn command(&self, block: &Block<'_>) -> Result<(Command, usize), String> {
        let line = block.lines[0];
        let word = line.split_whitespace().next().unwrap_or_default();
        if word == "clear" {
            Ok((Command::Clear, 1))
        } else if word.starts_with("load") {
            self.load(block)
        } else if word.starts_with("eval") {
            self.eval(block)
        } else {
            Err(format!("line {}: unknown command: {line:?}", block.first))
        }
    }

    /// Reads a load; it takes the whole block.
    fn load(&self, block: &Block<'_>) -> Result<(Command, usize), String> {
        let found = self.load.captures(block.lines[0]).ok_or_else(|| block.wrong(0, "no load"))?;
        let step_ms = duration_ms(&found[2]).map_err(|why| block.wrong(0, &why))?;
        let mut series: Vec<Series> = Vec::new();
        for (at, line) in block.lines.iter().enumerate().skip(1) {
            let next = loaded(described(line).map_err(|why| block.wrong(at, &why))?, step_ms);
            series.retain(|other| other.labels != next.labels);
            series.push(next);
        }
        let with_nhcb = found.get(1).is_some();
        Ok((Command::Load(Load { line: block.first, with_nhcb, series }), block.lines.len()))
    }

    /// Reads an eval; a scalar ends it before the block does.
    fn eval(&self, block: &Block<'_>) -> Result<(Command, usize), String> {
        let at_first = |why: String| block.wrong(0, &why);
        let (suffix, kind, expression) = self.query(block.lines[0]).map_err(at_first)?;
        let mut expectations = Expectations::default();
        expectations.add_suffix(&suffix).map_err(at_first)?;
        let mut used = 1;
        while used < block.lines.len() {
            let last = expectations.add_line(block.lines[used]);
            used += 1;
            if last.map_err(|why| block.wrong(used - 1, &why))? {
                break;
            }
        }
        let kind = match (kind, expectations.range_vector) {
            (Kind::Instant { .. }, Some(steps)) => Kind::Instant { at_ms: steps.to_ms },
            (kind, _) => kind,
        };
        Ok((Command::Eval(Eval { line: block.first, kind, expression, expectations }), used))
    }

    /// Reads an eval's first line: its suffix, time and expression.
    fn query(&self, line: &str) -> Result<(String, Kind, String), String> {
        let suffix = |part: Option<regex::Match<'_>>| {
            part.map(|found| found.as_str().to_owned()).unwrap_or_default()
        };
        if let Some(found) = self.instant.captures(line) {
            let kind = Kind::Instant { at_ms: duration_ms(&found[2])? };
            return Ok((suffix(found.get(1)), kind, found[3].to_owned()));
        }
        let found = self.range.captures(line).ok_or_else(|| format!("no eval: {line:?}"))?;
        let kind = Kind::Range(steps(&found[2], &found[3], &found[4])?);
        Ok((suffix(found.get(1)), kind, found[5].to_owned()))
    }
}

impl Block<'_> {
    /// What is wrong, and where.
    fn wrong(&self, at: usize, why: &str) -> String {
        format!("line {}: {why}", self.first + at)
    }
}

/// A described series with its times. The mark of an end takes the kind of the sample before it.
fn loaded(described: Described, step_ms: i64) -> Series {
    let mut series = Series { labels: described.labels, ..Series::default() };
    let mut after_histogram = false;
    for (item, at) in described.values.into_iter().zip(0_i64..) {
        let time = at * step_ms;
        match item {
            Item::Gap => {}
            Item::Float(value) if after_histogram && plimsoll_promql::is_stale(value) => {
                let end = Shape { sum: ABSENT, ..Shape::default() };
                series.histograms.push((time, end.build()));
            }
            Item::Float(value) => {
                after_histogram = false;
                series.floats.push((time, value));
            }
            Item::Histogram(shape, _) => {
                after_histogram = true;
                series.histograms.push((time, shape.build()));
            }
        }
    }
    series
}
