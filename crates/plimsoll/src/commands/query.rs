//! `plimsoll query sql|promql`: asks a server, prints a table or JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{print, promql};
use crate::client::Client;
use crate::exit::FAILED;

#[derive(Args)]
#[command(after_help = "\
Example:
  plimsoll query sql 'SELECT service_name, count(*) FROM spans GROUP BY 1'
  plimsoll query promql 'sum by (job) (rate(http_requests_total[5m]))'")]
pub(crate) struct QueryCommand {
    #[command(subcommand)]
    command: QuerySubcommand,
}

#[derive(Subcommand)]
enum QuerySubcommand {
    /// Run one SQL query; read-only
    Sql(SqlArgs),
    /// Evaluate one expression of Prometheus' language, now or over a range
    Promql(promql::PromqlArgs),
}

#[derive(Args)]
#[command(after_help = "\
Examples:
  plimsoll query sql 'SELECT service_name, count(*) FROM spans GROUP BY 1'
  plimsoll query sql --format json --url http://127.0.0.1:7070 'SELECT * FROM logs LIMIT 10'

The token, of scope admin, is taken from PLIMSOLL_TOKEN; `plimsoll token create NAME --scope admin` makes one.")]
struct SqlArgs {
    /// The query
    sql: String,
    /// Most rows
    #[arg(long, value_name = "ROWS")]
    limit: Option<usize>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which server to ask.
#[derive(Args)]
pub(crate) struct ServerArgs {
    /// The server's address [default: of the server that runs on --data]
    #[arg(long, env = "PLIMSOLL_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Data folder of a server on this machine
    #[arg(long, env = "PLIMSOLL_DATA", value_name = "DIR", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// A token; better set in the environment than on the command line, which others can read
    #[arg(long, env = "PLIMSOLL_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

#[derive(Deserialize)]
struct Answer {
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    truncated: bool,
}

#[derive(Deserialize)]
struct Column {
    name: String,
}

pub(super) async fn run(command: QueryCommand) -> Result<ExitCode> {
    let args = match command.command {
        QuerySubcommand::Sql(args) => args,
        QuerySubcommand::Promql(args) => return promql::run(args).await,
    };
    let client = Client::new(&args.server)?;
    let request = json!({ "query": args.sql, "limit": args.limit });
    let (status, body) = client.post("/api/v1/query/sql", &request).await?;
    if !status.is_success() {
        eprintln!("error: {}", describe_problem(&body));
        if status == 401 {
            eprintln!(
                "set PLIMSOLL_TOKEN to a token of scope admin; plimsoll token create NAME --scope admin makes one"
            );
        }
        // A query that is wrong fails; a server that cannot answer could not be examined.
        return Ok(ExitCode::from(if status == 400 { FAILED } else { 2 }));
    }
    match args.format {
        Format::Json => print(&format!("{}\n", String::from_utf8_lossy(&body))),
        Format::Table => {
            let answer: Answer =
                serde_json::from_slice(&body).context("the server's answer is not understood")?;
            print(&format_table(&answer));
            if answer.truncated {
                eprintln!("more rows were cut off; raise --limit or narrow the query");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A problem document in one line, or whatever came instead.
pub(crate) fn describe_problem(body: &[u8]) -> String {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    let Some(detail) = text("detail") else {
        return String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned();
    };
    let mut line = detail.to_owned();
    for part in
        [text("location").map(|at| format!(" ({at})")), text("hint").map(|h| format!("; {h}"))]
    {
        line.push_str(&part.unwrap_or_default());
    }
    line
}

fn format_table(answer: &Answer) -> String {
    let header: Vec<String> = answer.columns.iter().map(|column| column.name.clone()).collect();
    table(&header, &answer.rows)
}

/// Cells in columns that line up.
pub(crate) fn table(header: &[String], rows: &[Vec<Value>]) -> String {
    /// Wider cells are cut; `--format json` has everything.
    const WIDTH_MAX: usize = 60;
    let cell = |value: &Value| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.replace(['\n', '\r', '\t'], " "),
            other => other.to_string(),
        };
        match text.chars().count() > WIDTH_MAX {
            true => text.chars().take(WIDTH_MAX - 1).chain(['…']).collect(),
            false => text,
        }
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|index| {
            let cells = std::iter::once(header).chain(rows.iter().map(|row| &row[..]));
            let cells = cells.filter_map(|row| row.get(index));
            cells.map(|text| text.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in std::iter::once(header).chain(rows.iter().map(|row| &row[..])) {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let answer: Answer = serde_json::from_value(json!({
            "columns": [{"name": "service", "type": "string"}, {"name": "n", "type": "int"}],
            "rows": [["checkout", 12], [null, 3]],
            "truncated": false,
        }))
        .unwrap();
        assert_eq!(format_table(&answer), "service   n\ncheckout  12\n          3\n");
    }

    #[test]
    fn problems_fit_a_line() {
        let body =
            br#"{"detail":"no such table","location":"query, line 1, column 15","hint":"x"}"#;
        assert_eq!(describe_problem(body), "no such table (query, line 1, column 15); x");
        assert_eq!(describe_problem(b"bad gateway"), "bad gateway");
    }
}
