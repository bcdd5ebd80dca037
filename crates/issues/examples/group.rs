//! Groups labelled events as the server does, and says how well that agrees with the labels.
//!
//! Reads the lines of JSON that `tests/grouping/collect.py` writes, and prints a row for all events
//! and for each set, language and kind: pairwise precision and recall, and how many labels are
//! exactly one issue of their own. `--set NAME` keeps to one set, `--errors` prints the pairs that
//! are wrong, `--explain LABEL` why the events of a label have their fingerprints, `--json` the rows
//! as lines of JSON, `--time` how long grouping takes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufRead, Write};
use std::time::Instant;

use plimsoll_issues::group::{Grouper, Occurrence};
use plimsoll_issues::in_app::InApp;
use plimsoll_issues::stack::{self, Language};
use plimsoll_model::Exception;
use serde::{Deserialize, Serialize};

/// Rounds of each event that are timed.
const ROUNDS: u32 = 100;
/// Frames of each stack that is timed.
const TIMED_FRAMES: usize = 50;
/// Characters of a title that are shown.
const TITLE_CHARS: usize = 70;

/// A labelled event.
#[derive(Deserialize)]
struct Event {
    label: String,
    kind: String,
    language: String,
    service: String,
    set: String,
    #[serde(rename = "type")]
    type_name: String,
    message: String,
    stacktrace: String,
}

/// An event and the issue it came to.
struct Grouped {
    event: Event,
    platform: String,
    exceptions: Vec<Exception>,
    issue: u32,
    culprit: String,
}

impl Grouped {
    /// What the server does with an exception of OpenTelemetry, or with a message alone.
    fn of(event: Event) -> Self {
        let hint = Language::from_sdk(&event.language);
        let stack::Stack { language, mut exceptions } = stack::parse(&event.stacktrace, hint);
        let has_exception = !event.type_name.is_empty() || !event.stacktrace.is_empty();
        if has_exception {
            stack::complete(&mut exceptions, &event.type_name, &event.message);
        }
        let told = language.or(hint);
        InApp::default().mark(&mut exceptions, told);
        let platform = told.map_or(String::new(), |language| language.as_str().to_owned());
        Self { event, platform, exceptions, issue: 0, culprit: String::new() }
    }

    fn occurrence(&self) -> Occurrence<'_> {
        let message = if self.exceptions.is_empty() { &self.event.message } else { "" };
        Occurrence {
            exceptions: &self.exceptions,
            message,
            platform: &self.platform,
            service: &self.event.service,
            ..Occurrence::default()
        }
    }

    /// The bug: a label is one of a language.
    fn bug(&self) -> (&str, &str) {
        (&self.event.language, &self.event.label)
    }

    fn shown(&self) -> String {
        let Event { label, kind, type_name, message, .. } = &self.event;
        let title: String = format!("{type_name}: {message}").replace('\n', " ");
        let title: String = title.chars().take(TITLE_CHARS).collect();
        format!("{label} ({kind}) {title} @ {}", self.culprit)
    }
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let asked = |option: &str| arguments.iter().any(|argument| argument == option);
    let value = |option: &str| {
        let at = arguments.iter().position(|argument| argument == option)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let mut events = read(value("--set"))?;
    let grouper = Grouper::default();
    number(&grouper, &mut events);
    let mut out = io::BufWriter::new(io::stdout().lock());
    if let Some(label) = value("--explain") {
        explain(&grouper, events.iter().filter(|one| one.event.label == label), &mut out)?;
        return out.flush();
    }
    if asked("--errors") {
        write_errors(&events, &mut out)?;
    }
    write_rows(&events, asked("--json"), &mut out)?;
    if asked("--time") {
        time(&grouper, &mut events, &mut out)?;
    }
    out.flush()
}

fn read(set: Option<&str>) -> io::Result<Vec<Grouped>> {
    let mut events = Vec::new();
    for line in io::stdin().lock().lines() {
        let event: Event = serde_json::from_str(&line?)?;
        if set.is_none_or(|set| event.set == set) {
            events.push(Grouped::of(event));
        }
    }
    Ok(events)
}

/// Gives every event the number of its issue. Issues of two services are two.
fn number(grouper: &Grouper, events: &mut [Grouped]) {
    let mut numbers = HashMap::new();
    for one in events {
        let grouping = grouper.group(&one.occurrence());
        let service = (one.event.language.clone(), one.event.service.clone());
        let next = numbers.len() as u32;
        one.issue = *numbers.entry((service, grouping.fingerprint.to_i64())).or_insert(next);
        one.culprit = grouping.outline.culprit;
    }
}

fn explain<'a>(
    grouper: &Grouper,
    events: impl Iterator<Item = &'a Grouped>,
    out: &mut impl Write,
) -> io::Result<()> {
    for one in events {
        writeln!(out, "issue {}: {}", one.issue, one.shown())?;
        for node in grouper.explain(&one.occurrence()).why.children {
            let mark = if node.counts { '+' } else { '-' };
            writeln!(out, "    {mark} {} {}: {}", node.label, node.value, node.hint)?;
        }
    }
    Ok(())
}

/// Prints the wrong pairs, those of the same two labels together.
fn write_errors(events: &[Grouped], out: &mut impl Write) -> io::Result<()> {
    let mut faults: BTreeMap<_, (usize, &Grouped, &Grouped)> = BTreeMap::new();
    for (at, one) in events.iter().enumerate() {
        for other in &events[at + 1..] {
            let (same, found) = (one.bug() == other.bug(), one.issue == other.issue);
            if same != found {
                let fault = if found { "merged" } else { "split" };
                let key = (one.bug().0, fault, one.bug().1, other.bug().1);
                faults.entry(key).or_insert((0, one, other)).0 += 1;
            }
        }
    }
    for ((language, fault, ..), (pairs, one, other)) in faults {
        writeln!(out, "{language} {fault}, {pairs} pairs")?;
        writeln!(out, "    {}\n    {}", one.shown(), other.shown())?;
    }
    Ok(())
}

/// How well some events were grouped.
#[derive(Serialize)]
struct Row {
    name: String,
    events: usize,
    labels: usize,
    issues: usize,
    precision: f64,
    recall: f64,
    /// The share of labels that are one issue with no other event in it.
    exact: f64,
}

impl Row {
    fn of(name: String, events: &[&Grouped]) -> Self {
        let mut labels: BTreeMap<_, BTreeSet<u32>> = BTreeMap::new();
        let mut issues: BTreeMap<u32, BTreeSet<_>> = BTreeMap::new();
        for one in events {
            labels.entry(one.bug()).or_default().insert(one.issue);
            issues.entry(one.issue).or_default().insert(one.bug());
        }
        let is_exact =
            |of: &BTreeSet<u32>| of.len() == 1 && of.iter().all(|at| issues[at].len() == 1);
        let exact = labels.values().filter(|of| is_exact(of)).count();
        let (mut both, mut by_label, mut by_issue) = (0, 0, 0);
        for (at, one) in events.iter().enumerate() {
            for other in &events[at + 1..] {
                let (same, found) = (one.bug() == other.bug(), one.issue == other.issue);
                by_label += usize::from(same);
                by_issue += usize::from(found);
                both += usize::from(same && found);
            }
        }
        let share = |part: usize, of: usize| if of == 0 { 1.0 } else { part as f64 / of as f64 };
        Self {
            name,
            events: events.len(),
            labels: labels.len(),
            issues: issues.len(),
            precision: share(both, by_issue),
            recall: share(both, by_label),
            exact: share(exact, labels.len()),
        }
    }
}

fn write_rows(events: &[Grouped], json: bool, out: &mut impl Write) -> io::Result<()> {
    let mut parts: BTreeMap<(u8, String), Vec<&Grouped>> = BTreeMap::new();
    for one in events {
        let Event { set, language, kind, .. } = &one.event;
        let names = [
            "all".to_owned(),
            set.clone(),
            language.clone(),
            kind.clone(),
            format!("{set} {language}"),
            format!("{set} {kind}"),
        ];
        for (rank, name) in (0..).zip(names) {
            parts.entry((rank, name)).or_default().push(one);
        }
    }
    if !json {
        writeln!(
            out,
            "{:20} {:>6} {:>6} {:>6} {:>9} {:>6} {:>6}",
            "", "events", "labels", "issues", "precision", "recall", "exact"
        )?;
    }
    for ((_, name), events) in parts {
        let row = Row::of(name, &events);
        if json {
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
            continue;
        }
        let Row { name, events, labels, issues, precision, recall, exact } = row;
        writeln!(
            out,
            "{name:20} {events:6} {labels:6} {issues:6} {precision:9.3} {recall:6.3} {exact:6.3}"
        )?;
    }
    Ok(())
}

/// Times grouping, each stack repeated or cut to the frames that a service's usually has.
fn time(grouper: &Grouper, events: &mut Vec<Grouped>, out: &mut impl Write) -> io::Result<()> {
    events.retain(|one| one.exceptions.iter().any(|exception| !exception.frames.is_empty()));
    for one in &mut *events {
        let deepest = one.exceptions.iter_mut().max_by_key(|exception| exception.frames.len());
        if let Some(exception) = deepest {
            let once = exception.frames.clone();
            exception.frames = once.into_iter().cycle().take(TIMED_FRAMES).collect();
        }
    }
    // Of each event the fastest of its rounds, which other programs disturbed least.
    let fastest_us = |one: &Grouped| {
        let round_us = |_| {
            let begun = Instant::now();
            std::hint::black_box(grouper.group(std::hint::black_box(&one.occurrence())));
            begun.elapsed().as_secs_f64() * 1e6
        };
        (0..ROUNDS).map(round_us).fold(f64::INFINITY, f64::min)
    };
    let each_us = events.iter().map(fastest_us).sum::<f64>() / events.len().max(1) as f64;
    writeln!(out, "{each_us:.2} µs for a stack of {TIMED_FRAMES} frames")
}
