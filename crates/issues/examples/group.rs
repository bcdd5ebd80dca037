//! Groups labelled occurrences, and says how well that agrees with the labels.
//!
//! Reads lines of JSON, `{"label": "…", "language": "…", "exceptions": […], "message": "…"}`,
//! prints a fingerprint a line, and at the end precision and recall over all pairs, and the pairs
//! that are wrong. `--explain` prints why; `--time` groups everything again, a thousand times, and
//! says how long one takes.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use plimsoll_issues::group::{Grouper, Occurrence};
use plimsoll_model::Exception;
use serde::Deserialize;

/// Wrong pairs that are shown.
const SHOWN: usize = 50;
/// Rounds over all occurrences that are timed.
const ROUNDS: u32 = 1_000;

/// A labelled occurrence.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Labelled {
    label: String,
    language: String,
    exceptions: Vec<Exception>,
    message: String,
    template: String,
    logger: String,
    transaction: String,
    level: String,
}

impl Labelled {
    fn occurrence(&self) -> Occurrence<'_> {
        Occurrence {
            exceptions: &self.exceptions,
            message: &self.message,
            template: &self.template,
            platform: &self.language,
            logger: &self.logger,
            transaction: &self.transaction,
            level: &self.level,
            ..Occurrence::default()
        }
    }
}

fn main() -> io::Result<()> {
    let asked = |option: &str| std::env::args().any(|argument| argument == option);
    let mut labelled = Vec::new();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty() {
            labelled.push(serde_json::from_str::<Labelled>(&line)?);
        }
    }
    let grouper = Grouper::default();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut keys = Vec::new();
    for one in &labelled {
        let explained = grouper.explain(&one.occurrence());
        let grouping = &explained.grouping;
        writeln!(
            out,
            "{} {} {} {}",
            grouping.fingerprint, one.language, one.label, grouping.outline.culprit
        )?;
        if asked("--explain") {
            for node in &explained.why.children {
                let mark = if node.counts { '+' } else { '-' };
                writeln!(out, "    {mark} {} {}: {}", node.label, node.value, node.hint)?;
            }
        }
        keys.push(grouping.fingerprint.to_i64());
    }
    judge(&labelled, &keys, &mut out)?;
    if asked("--time") {
        time(&grouper, &labelled, &mut out)?;
    }
    out.flush()
}

/// Compares every pair: together by the label, and by the fingerprint.
fn judge(labelled: &[Labelled], keys: &[i64], out: &mut impl Write) -> io::Result<()> {
    let (mut both, mut merged, mut split) = (0u64, 0u64, 0u64);
    let mut shown = 0;
    for (a, one) in labelled.iter().enumerate() {
        for (b, other) in labelled.iter().enumerate().skip(a + 1) {
            let (same, found) = (one.label == other.label, keys[a] == keys[b]);
            both += u64::from(same && found);
            merged += u64::from(!same && found);
            split += u64::from(same && !found);
            if same != found && shown < SHOWN {
                shown += 1;
                let fault = if found { "merged" } else { "split" };
                writeln!(
                    out,
                    "{fault}: lines {} and {}: {} and {}",
                    a + 1,
                    b + 1,
                    one.label,
                    other.label
                )?;
            }
        }
    }
    let of = |part: u64, whole: u64| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    let labels: HashMap<&str, ()> = labelled.iter().map(|one| (one.label.as_str(), ())).collect();
    let issues: HashMap<i64, ()> = keys.iter().map(|key| (*key, ())).collect();
    writeln!(
        out,
        "occurrences {} labels {} issues {} precision {:.4} recall {:.4} merged {merged} split {split}",
        labelled.len(),
        labels.len(),
        issues.len(),
        of(both, both + merged),
        of(both, both + split),
    )
}

fn time(grouper: &Grouper, labelled: &[Labelled], out: &mut impl Write) -> io::Result<()> {
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        for one in labelled {
            std::hint::black_box(grouper.group(std::hint::black_box(&one.occurrence())));
        }
    }
    let each = begun.elapsed().as_nanos() / u128::from(ROUNDS) / labelled.len().max(1) as u128;
    let frames: usize =
        labelled.iter().flat_map(|one| &one.exceptions).map(|one| one.frames.len()).sum();
    writeln!(out, "{each} ns each, {} frames on average", frames / labelled.len().max(1))
}
