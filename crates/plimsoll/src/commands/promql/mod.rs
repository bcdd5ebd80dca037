//! `plimsoll query promql`: an expression, its answer as a chart, a table, CSV or JSON.

mod answer;
mod chart;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::print;
use super::query::{ServerArgs, table};
use crate::client::Client;
use crate::exit::{FAILED, Usage};
use answer::Answer;

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll query promql up
  plimsoll query promql --since 1h 'sum by (job) (rate(http_requests_total[5m]))'
  plimsoll query promql --start 2026-11-22T10:00:00Z --end 2026-11-22T12:00:00Z --step 1m up --format csv

Times are Unix seconds, RFC 3339, or relative to now (-1h). The token, of scope read, is taken from
PLIMSOLL_TOKEN; `plimsoll token create NAME --scope read` makes one.")]
pub(super) struct PromqlArgs {
    /// The expression
    expression: String,
    /// Evaluate at this time [default: now]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["since", "start", "end", "step"])]
    time: Option<String>,
    /// Evaluate over the last 1h, 30m, 2d …
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["start", "end"])]
    since: Option<String>,
    /// Evaluate from this time on
    #[arg(long, value_name = "TIME")]
    start: Option<String>,
    /// Evaluate up to this time [default: now]
    #[arg(long, value_name = "TIME", requires = "start")]
    end: Option<String>,
    /// Between two values over a range [default: some 100 steps]
    #[arg(long, value_name = "DURATION")]
    step: Option<String>,
    /// How to print [default: chart over a range, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines drawn with characters
    Chart,
    /// One row a series, or a value
    Table,
    /// Comma-separated values
    Csv,
    /// The server's answer
    Json,
}

/// Steps of a range where nobody asks for others: about the columns of a terminal.
const STEPS: i64 = 100;

pub(super) async fn run(args: PromqlArgs) -> Result<ExitCode> {
    let client = Client::new(&args.server)?;
    let mut pairs = vec![("query", args.expression.clone())];
    let is_range = args.since.is_some() || args.start.is_some();
    let path = match is_range {
        true => {
            pairs.extend(range(&args)?);
            "/prometheus/api/v1/query_range"
        }
        false => {
            if let Some(time) = &args.time {
                pairs.push(("time", time.clone()));
            }
            "/prometheus/api/v1/query"
        }
    };
    let (status, body) = client.post_form(path, &pairs).await?;
    if !status.is_success() {
        eprintln!("error: {}", answer::describe_error(&args.expression, &body));
        if status == 401 {
            eprintln!(
                "set PLIMSOLL_TOKEN to a token of scope read; plimsoll token create NAME --scope read makes one"
            );
        }
        let wrong = status == 400 || status == 422;
        return Ok(ExitCode::from(if wrong { FAILED } else { 2 }));
    }
    let format = args.format.unwrap_or(if is_range { Format::Chart } else { Format::Table });
    if format == Format::Json {
        print(&format!("{}\n", String::from_utf8_lossy(&body)));
        return Ok(ExitCode::SUCCESS);
    }
    let answer = Answer::parse(&body)?;
    for note in &answer.notes {
        eprintln!("{note}");
    }
    print(&match format {
        Format::Chart => chart::draw(&answer.series),
        Format::Csv => answer.csv(),
        Format::Table | Format::Json => {
            let (header, rows) = answer.table();
            table(&header, &rows)
        }
    });
    Ok(ExitCode::SUCCESS)
}

/// Start, end and step of a range, as the server takes them.
fn range(args: &PromqlArgs) -> Result<Vec<(&'static str, String)>> {
    use plimsoll_server::time::parse_time;
    let now = i64::try_from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos()),
    )?;
    let time = |flag: &str, text: &str| {
        parse_time(text, now).ok_or_else(|| {
            Usage(format!("--{flag} is {text:?}, expected Unix seconds, RFC 3339 or -1h"))
        })
    };
    let start = match (&args.since, &args.start) {
        (Some(since), _) => time("since", &format!("-{}", since.trim_start_matches('-')))?,
        (None, Some(start)) => time("start", start)?,
        (None, None) => now,
    };
    let end = args.end.as_deref().map_or(Ok(now), |end| time("end", end))?;
    if end <= start {
        return Err(Usage("--end is not after --start".to_owned()).into());
    }
    let seconds = |nano: i64| format!("{:.3}", nano as f64 / 1e9);
    let step = match &args.step {
        Some(step) => step.clone(),
        // Whole seconds are easier to read.
        None => ((end - start) / STEPS / 1_000_000_000).max(1).to_string(),
    };
    Ok(vec![("start", seconds(start)), ("end", seconds(end)), ("step", step)])
}
