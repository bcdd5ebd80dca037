//! Runs the scripts beside this file, and where they are present Prometheus' own.
//!
//! Invariants: scripts of others are read in place, and without them the test says so.

mod script;

use std::path::{Path, PathBuf};
use std::{env, fs};

use plimsoll_promql::ast::{At, Expr, ExprKind, Matcher};
use plimsoll_promql::{Engine, EvalError, Options, Series, Storage, parse};
use script::{Answer, Evaluator, Report, Steps, Value, run};

/// The engine over a script's series.
struct Scripted(Vec<Series>);

impl Scripted {
    fn new(series: &[Series]) -> Self {
        let mut series = series.to_vec();
        series.iter_mut().for_each(Series::mark_resets);
        Self(series)
    }
}

impl Storage for Scripted {
    fn select(&self, matchers: &[Matcher], from: i64, to: i64) -> Result<Vec<Series>, EvalError> {
        let matching = self.0.iter().filter(|series| {
            matchers.iter().all(|matcher| matcher.matches(series.labels.get(&matcher.name)))
        });
        let within = |series: &Series| {
            let mut series = series.clone();
            series.floats.retain(|(time, _)| from <= *time && *time <= to);
            series.histograms.retain(|(time, _)| from <= *time && *time <= to);
            series
        };
        Ok(matching.map(within).collect())
    }
}

impl Evaluator for Scripted {
    fn instant(&self, query: &str, at_ms: i64) -> Result<Answer, String> {
        let engine = Engine::new(self, Options::default());
        answer(engine.instant(query, at_ms))
    }

    fn range(&self, query: &str, steps: Steps) -> Result<Answer, String> {
        let engine = Engine::new(self, Options::default());
        answer(engine.range(query, steps.from_ms, steps.to_ms, steps.step_ms))
    }

    fn pinned(&self, query: &str, at_ms: i64) -> Option<String> {
        let mut expr = parse(query).ok()?;
        pin(&mut expr, at_ms).then(|| expr.to_string())
    }
}

/// Functions whose result depends on the time of evaluation whatever their arguments.
const OF_THE_TIME: [&str; 15] = [
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "days_in_month",
    "end",
    "hour",
    "minute",
    "month",
    "predict_linear",
    "range",
    "start",
    "step",
    "time",
    "timestamp",
    "year",
];

/// Fixes the outermost selectors and subqueries to a time; false where that is not enough.
fn pin(expr: &mut Expr, at_ms: i64) -> bool {
    let when = match &mut expr.kind {
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => &mut selector.when,
        ExprKind::Subquery { when, .. } => when,
        ExprKind::Call { function, .. } if OF_THE_TIME.contains(&function.name) => return false,
        _ => return expr.children_mut().into_iter().all(|child| pin(child, at_ms)),
    };
    // As in Prometheus' runner, start() and end() are replaced, too.
    if !matches!(when.at, Some(At::Time(_))) {
        when.at = Some(At::Time(at_ms));
    }
    !is_of_the_time(expr)
}

/// Whether a function of the time is within.
fn is_of_the_time(expr: &Expr) -> bool {
    let is_one = match &expr.kind {
        ExprKind::Call { function, .. } => OF_THE_TIME.contains(&function.name),
        _ => false,
    };
    is_one || expr.children().into_iter().any(is_of_the_time)
}

fn answer(answer: Result<plimsoll_promql::Answer, EvalError>) -> Result<Answer, String> {
    let answer = answer.map_err(|error| match error {
        // Its place besides is ours.
        EvalError::Parse(error) => error.problem,
        other => other.to_string(),
    })?;
    let value = match answer.value {
        plimsoll_promql::Value::Scalar(value) => Value::Scalar(value),
        plimsoll_promql::Value::Text(text) => Value::Text(text),
        plimsoll_promql::Value::Vector(vector) => Value::Vector(vector),
        plimsoll_promql::Value::Matrix(matrix) => Value::Matrix(matrix),
    };
    let texts = |notes: &mut dyn Iterator<Item = &str>| notes.map(str::to_owned).collect();
    Ok(Answer {
        value,
        warnings: texts(&mut answer.notes.warnings()),
        infos: texts(&mut answer.notes.infos()),
    })
}

/// The scripts in a folder, in order.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("a folder that can be read").path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension() == Some("test".as_ref())).collect();
    paths.sort();
    paths
}

/// Runs one file.
fn run_file(path: &Path) -> Report {
    let text = fs::read_to_string(path).expect("a script");
    run(&text, Scripted::new).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// Prints what failed.
fn print_failures(name: &str, report: &Report) {
    for failure in &report.failures {
        eprintln!("{name}:{}: {}\n    {}", failure.line, failure.expression, failure.reason);
    }
}

/// The name of a script.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn own_scripts_pass() {
    let paths = scripts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"));
    assert!(!paths.is_empty());
    for path in paths {
        let report = run_file(&path);
        print_failures(&name(&path), &report);
        assert_eq!(report.failures.len(), 0, "{}", path.display());
        assert_eq!(report.passed, report.evals);
    }
}

/// Prometheus' own scripts: as many pass as the page of conformance says, which `UPDATE_GOLDEN=1` writes.
#[test]
fn outside_scripts_pass_as_the_page_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let default = root.join("../shared/conformance");
    let folder = env::var_os("PLIMSOLL_CONFORMANCE").map_or(default, PathBuf::from).join("promql");
    let paths = scripts(&folder);
    if paths.is_empty() {
        eprintln!(
            "SKIPPED: no scripts in {}; PLIMSOLL_CONFORMANCE names the folder",
            folder.display()
        );
        return;
    }
    let mut table = String::from("| script | evals | passed |\n| --- | ---: | ---: |\n");
    let (mut evals, mut passed) = (0, 0);
    for path in &paths {
        let (name, report) = (name(path), run_file(path));
        print_failures(&name, &report);
        table += &format!("| {name} | {} | {} |\n", report.evals, report.passed);
        evals += report.evals;
        passed += report.passed;
    }
    table += &format!("| all | {evals} | {passed} |\n");
    let page_path = root.join("docs/CONFORMANCE.md");
    let page = fs::read_to_string(&page_path).expect("the page of conformance");
    let (before, rest) = page.split_once(BEGIN).expect("the begin of the table");
    let (written, after) = rest.split_once(END).expect("the end of the table");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let page = format!("{before}{BEGIN}\n{table}{END}{after}");
        fs::write(&page_path, page).expect("a page that can be written");
        return;
    }
    assert_eq!(written.trim(), table.trim(), "UPDATE_GOLDEN=1 writes docs/CONFORMANCE.md anew");
}

const BEGIN: &str = "<!-- promql:begin -->";
const END: &str = "<!-- promql:end -->";
