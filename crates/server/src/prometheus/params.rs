//! Parameters of a request, from its address and from a form in its body.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{Method, header};
use plimsoll_model::UnixNano;
use plimsoll_promql::ast::Matcher;
use plimsoll_promql::parse_selector;

use super::answer::Failure;
use crate::api::parse_time;
use crate::app::App;
use crate::config::parse_duration;

/// Largest form, and longest query: expressions of dashboards are a few kilobytes.
const FORM_BYTES_MAX: usize = 256 << 10;

/// Longest expression.
const QUERY_BYTES_MAX: usize = 128 << 10;

/// Selectors of one request.
const SELECTORS_MAX: usize = 1_000;

/// A month of seconds in milliseconds; the largest step that makes sense.
const MS: f64 = 1_000.0;

/// What was asked.
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    now: UnixNano,
}

impl FromRequest<Arc<App>> for Params {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Failure> {
        let (head, body) = request.into_parts();
        let query = head.uri.query().unwrap_or_default();
        if query.len() > FORM_BYTES_MAX {
            return Err(Failure::bad("the address", "the query is too long, send it as a form"));
        }
        let mut pairs = pairs(query.as_bytes());
        let media_type = head.headers.get(header::CONTENT_TYPE);
        let is_form = media_type.is_some_and(|value| {
            value.as_bytes().starts_with(b"application/x-www-form-urlencoded")
        });
        if head.method == Method::POST && is_form {
            let body = to_bytes(body, FORM_BYTES_MAX);
            let body = tokio::time::timeout(app.config.otlp.body_timeout, body).await;
            let body = body.ok().and_then(Result::ok).ok_or_else(|| {
                let problem = format!("expected a complete form of at most {FORM_BYTES_MAX} bytes");
                Failure::bad("body", problem)
            })?;
            pairs.extend(self::pairs(&body));
        }
        Ok(Self { pairs, now: app.clock.now() })
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

impl Params {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(found, value)| found == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The expression.
    pub(super) fn query(&self) -> Result<String, Failure> {
        let query = self.get("query").ok_or_else(|| {
            Failure::bad("query", "unknown position: parse error: no expression found in input")
        })?;
        if query.len() > QUERY_BYTES_MAX {
            let problem =
                format!("it has {} bytes, at most {QUERY_BYTES_MAX} are taken", query.len());
            return Err(Failure::bad("query", problem));
        }
        Ok(query.to_owned())
    }

    /// A time in Unix milliseconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if let Some(ms) = seconds(text) {
            return Ok(Some(ms));
        }
        match parse_time(text, self.now) {
            Some(nano) => Ok(Some(nano.div_euclid(1_000_000))),
            None => Err(Failure::bad(
                name,
                format!(
                    "cannot parse {text:?} to a valid timestamp, expected Unix seconds or RFC 3339"
                ),
            )),
        }
    }

    /// A time that must be given.
    pub(super) fn required_time(&self, name: &str) -> Result<i64, Failure> {
        self.time(name)?.ok_or_else(|| {
            Failure::bad(
                name,
                "cannot parse \"\" to a valid timestamp, expected Unix seconds or RFC 3339",
            )
        })
    }

    /// Now, in Unix milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.now.div_euclid(1_000_000)
    }

    /// From when to when, in Unix milliseconds; the last twelve hours where nothing is said.
    pub(super) fn window(&self) -> Result<(i64, i64), Failure> {
        const TWELVE_HOURS_MS: i64 = 12 * 3_600_000;
        let end = self.time("end")?.unwrap_or_else(|| self.now());
        let start = self.time("start")?.unwrap_or(end.min(self.now()) - TWELVE_HOURS_MS);
        if end < start {
            return Err(Failure::bad("end", "end timestamp must not be before start time"));
        }
        Ok((start, end))
    }

    /// The step of a range query, in milliseconds.
    pub(super) fn step(&self) -> Result<i64, Failure> {
        let text = self.get("step").unwrap_or_default();
        let step = seconds(text).or_else(|| {
            let duration = parse_duration(text)?;
            i64::try_from(duration.as_millis()).ok()
        });
        match step {
            Some(step) if step > 0 => Ok(step),
            Some(_) => Err(Failure::bad(
                "step",
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            )),
            None => Err(Failure::bad(
                "step",
                format!(
                    "cannot parse {text:?} to a valid duration, expected seconds or 30s, 5m, 1h"
                ),
            )),
        }
    }

    /// A number of items; none where there is no such limit.
    pub(super) fn limit(&self) -> Result<usize, Failure> {
        let Some(text) = self.get("limit") else { return Ok(usize::MAX) };
        match text.parse::<usize>() {
            Ok(0) => Ok(usize::MAX),
            Ok(limit) => Ok(limit),
            Err(_) => Err(Failure::bad("limit", format!("{text:?} is no number from 0"))),
        }
    }

    /// The selectors of `match[]`.
    pub(super) fn selectors(&self) -> Result<Vec<Vec<Matcher>>, Failure> {
        let texts: Vec<&str> = self.all("match[]").collect();
        if texts.len() > SELECTORS_MAX {
            let problem = format!("there are {}, at most {SELECTORS_MAX} are taken", texts.len());
            return Err(Failure::bad("match[]", problem));
        }
        texts
            .into_iter()
            .map(|text| parse_selector(text).map_err(|error| Failure::parse("match[]", &error)))
            .collect()
    }

    /// The same, where there must be one.
    pub(super) fn required_selectors(&self) -> Result<Vec<Vec<Matcher>>, Failure> {
        let selectors = self.selectors()?;
        match selectors.is_empty() {
            true => Err(Failure::bad_data("no match[] parameter provided")),
            false => Ok(selectors),
        }
    }
}

/// Seconds, a fraction or not, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    let plain =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    let seconds: f64 = text.parse().ok().filter(|_| plain)?;
    let ms = (seconds * MS).round();
    (ms.abs() < 9.2e15).then_some(ms as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params { pairs: pairs(query.as_bytes()), now: 1_700_000_000_000_000_000 }
    }

    #[test]
    fn times_and_steps_are_seconds_or_texts() {
        let time = |text: &str| params(&format!("time={text}")).time("time").ok().flatten();
        assert_eq!(time("1435781451.781"), Some(1_435_781_451_781));
        assert_eq!(time("2015-07-01T20:10:51.781Z"), Some(1_435_781_451_781));
        assert_eq!(time("yesterday"), None);
        let step = |text: &str| params(&format!("step={text}")).step().ok();
        assert_eq!(step("15"), Some(15_000));
        assert_eq!(step("0.5"), Some(500));
        assert_eq!(step("1m"), Some(60_000));
        assert_eq!(step("0"), None);
        assert_eq!(step("-1"), None);
        assert_eq!(step("inf"), None);
        assert_eq!(step(""), None);
    }

    #[test]
    fn selectors_come_again_and_again() {
        let found = params("match[]=up&match%5B%5D=%7Bjob%3D%22a%22%7D").selectors().unwrap();
        assert_eq!(found.len(), 2);
        assert!(params("match[]=up%7B").selectors().is_err());
        assert!(params("").required_selectors().is_err());
    }
}
