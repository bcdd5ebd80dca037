//! DataFusion's errors as ours: whose fault, where in the text, and what to do.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use parquet::errors::ParquetError;
use plimsoll_model::ErrorCode;

use crate::{Location, QueryError};

/// Longest message shown; a list of all columns can be long.
const MESSAGE_CHARS_MAX: usize = 600;

/// Ours of theirs.
pub(super) fn from(error: DataFusionError) -> QueryError {
    let text = error.strip_backtrace();
    let diagnostic = error.diagnostic();
    let location = diagnostic
        .and_then(|d| d.span)
        .map(|span| Location { line: span.start.line, column: span.start.column })
        .filter(|location| location.line > 0);
    let hint = diagnostic.map(|d| {
        let notes = d.notes.iter().map(|note| &note.message);
        let all: Vec<_> = d.helps.iter().map(|help| &help.message).chain(notes).cloned().collect();
        all.join("; ")
    });
    let root = error.find_root();
    let found = match root {
        DataFusionError::ResourcesExhausted(_) => return exhausted(&text),
        DataFusionError::External(error) if error.is::<QueryError>() => {
            return error
                .downcast_ref::<QueryError>()
                .cloned()
                .unwrap_or_else(|| QueryError::internal(text));
        }
        DataFusionError::SQL(parser, _) => {
            let (message, location) = split_location(&parser.to_string());
            return QueryError::invalid(message).at(location);
        }
        DataFusionError::Plan(message)
        | DataFusionError::Execution(message)
        | DataFusionError::NotImplemented(message)
        | DataFusionError::Configuration(message) => message.clone(),
        DataFusionError::SchemaError(error, _) => error.to_string(),
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            ArrowError::IpcError(_) | ArrowError::IoError(..) => return QueryError::internal(text),
            other => other.to_string(),
        },
        DataFusionError::ParquetError(error) => match parquet_error(error) {
            Ok(found) => found,
            Err(error) => return error,
        },
        _ => return QueryError::internal(text),
    };
    let error = QueryError::invalid(sentence(&found)).at(location);
    match hint.filter(|hint| !hint.is_empty()) {
        Some(hint) => error.hint(sentence(&hint)),
        None => error,
    }
}

/// What a filter that runs while a file is read complained of, or another failure of the reader.
fn parquet_error(error: &ParquetError) -> Result<String, QueryError> {
    if let ParquetError::External(error) = error
        && let Some(error) = error.downcast_ref::<QueryError>()
    {
        return Err(error.clone());
    }
    predicate_error(&error.to_string()).ok_or_else(|| QueryError::internal(error))
}

/// What a query's own condition complained of, from the reader's account of it:
/// `… Error evaluating filter predicate: ArrowError(CastError("…"), …)`.
fn predicate_error(text: &str) -> Option<String> {
    let (_, error) = text.split_once("Error evaluating filter predicate: ")?;
    let quoted = error.split_once("(\"").and_then(|(_, rest)| rest.split_once("\")"));
    Some(quoted.map_or(error, |(message, _)| message).to_owned())
}

fn exhausted(text: &str) -> QueryError {
    if text.contains("disk space") {
        let error = QueryError::new(
            ErrorCode::ResourceExhausted,
            "the query sorts or groups more than memory and spill space hold",
        );
        let error = error.hint("narrow the time range or group by fewer columns");
        return QueryError { cause: Some(text.to_owned()), ..error };
    }
    QueryError::memory(text)
}

/// A parser's message without its location, and the location.
fn split_location(text: &str) -> (String, Option<Location>) {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    let Some((message, place)) = text.rsplit_once(" at Line: ") else {
        return (sentence(text), None);
    };
    let location = place.split_once(", Column: ").and_then(|(line, column)| {
        Some(Location { line: line.parse().ok()?, column: column.trim().parse().ok()? })
    });
    (sentence(message), location)
}

/// In the style of our own messages: lower case, no full stop, one line, not endless.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    let first = chars.next();
    let second_is_upper = chars.clone().next().is_some_and(char::is_uppercase);
    let text = match first {
        Some(first) if !second_is_upper => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    };
    if text.chars().count() <= MESSAGE_CHARS_MAX {
        return text;
    }
    text.chars().take(MESSAGE_CHARS_MAX).chain(['…']).collect()
}
