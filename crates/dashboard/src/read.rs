//! Bytes to a document, or everything that is wrong with them at once.
//!
//! `serde` stops at the first mistake. So what it stopped at is written down, taken out, and the
//! rest read again, until nothing is left to complain of; then the meaning of what was read is
//! checked. Every field has a default, so that taking one out is no mistake of its own.

#[cfg(test)]
mod tests;

use serde_json::Value;
use serde_path_to_error::{Error, Path, Segment};

use crate::document::Dashboard;
use crate::problem::Problem;
use crate::{DOCUMENT_BYTES_MAX, check};

/// Most problems that are said of one document.
pub(crate) const PROBLEMS_MAX: usize = 100;

impl Dashboard {
    /// Reads and checks a document. The problems are all that were found, at most 100, in the order
    /// of the document's fields.
    pub fn parse(json: &[u8]) -> Result<Self, Vec<Problem>> {
        if json.len() > DOCUMENT_BYTES_MAX {
            return Err(vec![too_large(json.len(), DOCUMENT_BYTES_MAX)]);
        }
        let value = serde_json::from_slice(json).map_err(|error| vec![no_json(&error)])?;
        let (dashboard, mut problems) = read_around(value)?;
        // A key that stands twice is lost in a JSON value.
        let twice = serde_json::from_slice::<Self>(json).err();
        if let Some(error) = twice.filter(|_| problems.is_empty()) {
            return Err(vec![no_json(&error)]);
        }
        let meaning = check::check(&dashboard, PROBLEMS_MAX);
        // What was taken out is not missing, neither there nor where a variable is named.
        let lost_names = problems.iter().any(|problem| is_name_of_variable(&problem.place));
        let is_new = |problem: &Problem| {
            let names = ["/promql", "/query", "/repeat"].iter().any(|e| problem.place.ends_with(e));
            let is_lost = lost_names && names;
            !is_lost && !problems.iter().any(|known| is_within(&problem.place, &known.place))
        };
        let meaning: Vec<_> = meaning.into_iter().filter(is_new).collect();
        problems.extend(meaning);
        problems.truncate(PROBLEMS_MAX);
        if problems.is_empty() { Ok(dashboard) } else { Err(problems) }
    }

    /// The document as JSON, always with the same fields in the same order.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a document has only texts as keys")
    }
}

/// A document is larger than its limit.
pub(crate) fn too_large(bytes: usize, bytes_max: usize) -> Problem {
    Problem::new(
        "",
        format!("{bytes} bytes"),
        format!("at most {bytes_max} bytes"),
        "split the dashboard in two",
    )
}

/// Text that is no JSON.
pub(crate) fn no_json(error: &serde_json::Error) -> Problem {
    Problem::new("", error.to_string(), "a JSON object", "correct the JSON at that place")
}

/// What can be read of a document, and what had to be taken out for that.
fn read_around(mut value: Value) -> Result<(Dashboard, Vec<Problem>), Vec<Problem>> {
    let mut problems: Vec<Problem> = Vec::new();
    refuse_lists(&mut value, "", false, &mut problems);
    while problems.len() < PROBLEMS_MAX {
        match serde_path_to_error::deserialize(&value) {
            Ok(dashboard) => return Ok((dashboard, problems)),
            Err(error) => {
                let place = pointer(error.path());
                if !problems.iter().any(|known| known.place == place) {
                    problems.push(problem_of(&error, place.clone(), value.pointer(&place)));
                }
                if !take_out(&mut value, &place) {
                    return Err(problems);
                }
            }
        }
    }
    Err(problems)
}

/// The fields that hold lists.
const LISTS: [&str; 9] = [
    "tags",
    "variables",
    "panels",
    "options",
    "default",
    "queries",
    "thresholds",
    "mappings",
    "links",
];

/// `serde` takes a list for an object whose fields come in order; a document does not.
fn refuse_lists(value: &mut Value, place: &str, may_be: bool, problems: &mut Vec<Problem>) {
    match value {
        Value::Array(_) if !may_be => {
            let hint = "write a value of that type";
            problems.push(Problem::new(place, "a list", "an object or a single value", hint));
            *value = Value::Object(serde_json::Map::new());
        }
        Value::Array(list) => {
            for (at, element) in list.iter_mut().enumerate() {
                refuse_lists(element, &format!("{place}/{at}"), false, problems);
            }
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let may_be = LISTS.contains(&key.as_str());
                refuse_lists(value, &format!("{place}/{}", escape(key)), may_be, problems);
            }
        }
        _ => {}
    }
}

/// A key as JSON pointers write it.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A JSON pointer to where `serde` stopped.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&escape(key));
            }
            // No field of a document is an enum with content, and keys are always known.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Whether a place is another, or lies in it.
fn is_within(place: &str, outer: &str) -> bool {
    place.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a place holds the name of a variable: `/variables`, one of them, or its name.
fn is_name_of_variable(place: &str) -> bool {
    place.strip_prefix("/variables").is_some_and(|rest| {
        matches!(rest.split('/').collect::<Vec<_>>()[..], [_] | [_, _] | [_, _, "name"])
    })
}

/// Takes out what stands at a place; an element of a list is emptied, for the others to keep
/// theirs. False where there is nothing to take out.
fn take_out(value: &mut Value, place: &str) -> bool {
    let Some((parent, key)) = place.rsplit_once('/') else { return false };
    let key = key.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&key).is_some(),
        Some(Value::Array(elements)) => {
            let Some(element) = key.parse().ok().and_then(|at: usize| elements.get_mut(at)) else {
                return false;
            };
            // Lists hold objects or texts.
            let empty = Value::Object(serde_json::Map::new());
            *element = match element {
                Value::String(text) if text.is_empty() => return false,
                _ if *element == empty => Value::String(String::new()),
                _ => empty,
            };
            true
        }
        _ => false,
    }
}

/// `serde`'s words for what it found and expected.
fn problem_of(error: &Error<serde_json::Error>, place: String, at: Option<&Value>) -> Problem {
    let text = error.inner().to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    let known = |text: &str| text.replace('`', "");
    if let Some((field, fields)) = split_unknown(text, "unknown field ") {
        let hint = "take the field out, or correct its name";
        return Problem::new(
            place,
            format!("the unknown field {}", known(field)),
            known(fields),
            hint,
        );
    }
    if let Some((variant, variants)) = split_unknown(text, "unknown variant ") {
        let hint = "write one of those";
        return Problem::new(place, known(variant), known(variants), hint);
    }
    let (found, expected) = text.rsplit_once(", expected ").unwrap_or((text, "another value"));
    let found = found.split_once(": ").map_or(found, |(_, found)| found);
    let found = match at {
        Some(Value::Null) => "null".to_owned(),
        _ => crate::problem::excerpt(&known(found), 100),
    };
    let found = if found == "map" { "an object".to_owned() } else { found };
    let expected = match expected {
        "a sequence" => "a list",
        "u8" | "u32" => "a whole number from 0",
        "f64" => "a number",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    Problem::new(place, found, known(expected), "write a value of that type")
}

fn split_unknown<'a>(text: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(start)?.split_once(", expected ")
}
