//! Query parameters: every one is known, has a bound, and a wrong one is named with its value and
//! what was expected.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawQuery};
use axum::http::request::Parts;
use plimsoll_model::UnixNano;
use plimsoll_query::Window;

use super::time::{TIME_EXPECTED, parse_time};
use crate::problem::Problem;

/// Most characters of a parameter's value.
const VALUE_CHARS_MAX: usize = 4_096;
/// Most parameters of a request.
const COUNT_MAX: usize = 64;
/// The window where neither `from` nor `to` is given.
const WINDOW_DEFAULT_NANO: i64 = 3_600_000_000_000;
/// Items on a page.
const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 1_000;

/// The decoded query string of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let RawQuery(query) =
            RawQuery::from_request_parts(parts, state).await.unwrap_or(RawQuery(None));
        Self::parse(query.as_deref().unwrap_or_default())
    }
}

impl Params {
    /// Decodes a query string.
    pub(crate) fn parse(query: &str) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            if pairs.len() == COUNT_MAX {
                return Err(Problem::invalid(format!("more than {COUNT_MAX} query parameters")));
            }
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    /// Parameters that came another way.
    pub(crate) fn of<const N: usize>(pairs: [(&str, Option<String>); N]) -> Self {
        let pair = |(name, value): (&str, Option<String>)| Some((name.to_owned(), value?));
        Self(pairs.into_iter().filter_map(pair).collect())
    }

    /// Refuses parameters the endpoint does not know: a misspelled filter must not pass unnoticed.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let name: String = name.chars().take(60).collect();
                let known = match known {
                    [] => "none".to_owned(),
                    known => known.join(", "),
                };
                Err(Problem::invalid(format!(
                    "query parameter {name:?} is not known here, expected {known}"
                ))
                .location(format!("query parameter {name}")))
            }
        }
    }

    /// The value of a parameter that may be given once. Empty means absent, as forms send it.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.0.iter().filter(|(found, _)| found == name).map(|(_, value)| value);
        let first = values.next();
        if values.next().is_some() {
            return Err(Problem::invalid(format!(
                "query parameter {name} is given twice, expected once"
            ))
            .location(format!("query parameter {name}")));
        }
        Ok(first.filter(|value| !value.is_empty()).cloned())
    }

    /// The values of a parameter that may be repeated.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(found, _)| found == name);
        values.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty()).collect()
    }

    /// A value of any type that parses.
    pub(crate) fn parsed<T: FromStr>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, Problem> {
        self.mapped(name, expected, |text| text.parse().ok())
    }

    /// A value as `parse` understands it.
    pub(crate) fn mapped<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        parse(&text).map(Some).ok_or_else(|| wrong(name, &text, expected))
    }

    /// A number of milliseconds, at least 0.
    pub(crate) fn millis(&self, name: &str) -> Result<Option<f64>, Problem> {
        let parse = |text: &str| {
            text.parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0)
        };
        self.mapped(name, "milliseconds, a number from 0", parse)
    }

    /// The page size.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let expected = format!("a whole number from 1 to {LIMIT_MAX}");
        let parse = |text: &str| text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
        Ok(self.mapped("limit", &expected, parse)?.unwrap_or(LIMIT_DEFAULT))
    }

    /// The window from `from` to `to`; the last hour where neither is given.
    pub(crate) fn window(&self, now: UnixNano) -> Result<Window, Problem> {
        self.window_of(now, WINDOW_DEFAULT_NANO)
    }

    /// The window from `from` to `to`; the last `default` nanoseconds where neither is given.
    pub(crate) fn window_of(&self, now: UnixNano, default: i64) -> Result<Window, Problem> {
        let time = |name| self.mapped(name, TIME_EXPECTED, |text| parse_time(text, now));
        let to = time("to")?.unwrap_or(now);
        let from = time("from")?.unwrap_or(to.saturating_sub(default));
        Window::new(from, to).map_err(|error| {
            Problem::invalid(error.message).location("query parameters from and to")
        })
    }
}

/// The problem of a parameter whose value is not as expected.
pub(crate) fn wrong(name: &str, value: impl Display, expected: impl Display) -> Problem {
    let value: String = value.to_string().chars().take(100).collect();
    Problem::invalid(format!("query parameter {name} is {value:?}, expected {expected}"))
        .location(format!("query parameter {name}"))
}

/// Undoes `application/x-www-form-urlencoded`.
fn decode(text: &str) -> Result<String, Problem> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail.first_chunk::<2>().and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
        });
        match (byte, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        rest = tail;
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.chars().count() <= VALUE_CHARS_MAX => Ok(text),
        Ok(_) => Err(Problem::invalid(format!(
            "a query parameter is longer than {VALUE_CHARS_MAX} characters"
        ))),
        Err(_) => Err(Problem::invalid(
            "a query parameter is not UTF-8 after percent-decoding".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::parse(query).unwrap()
    }

    fn check_error<T: std::fmt::Debug>(result: Result<T, Problem>, expected: &str) {
        assert_eq!(result.unwrap_err().detail, expected);
    }

    #[test]
    fn values_are_decoded() {
        let params = params("q=a%20b+c%26d&attr=k%3Dv&attr=x&empty=&flag&bad=50%");
        assert_eq!(params.text("q").unwrap().unwrap(), "a b c&d");
        assert_eq!(params.all("attr"), ["k=v", "x"]);
        assert_eq!(params.text("empty").unwrap(), None);
        assert_eq!(params.text("flag").unwrap(), None);
        assert_eq!(params.text("bad").unwrap().unwrap(), "50%");
        assert!(Params::parse("q=%ff").is_err());
    }

    #[test]
    fn mistakes_name_the_parameter_its_value_and_what_was_expected() {
        check_error(
            params("limit=5000").limit(),
            "query parameter limit is \"5000\", expected a whole number from 1 to 1000",
        );
        check_error(
            params("sevice=a").only(&["service", "from"]),
            "query parameter \"sevice\" is not known here, expected service, from",
        );
        check_error(params("q=1&q=2").text("q"), "query parameter q is given twice, expected once");
        check_error(
            params("min=-3").millis("min"),
            "query parameter min is \"-3\", expected milliseconds, a number from 0",
        );
        assert!(params("from=yesterday").window(0).unwrap_err().detail.contains("yesterday"));
        assert!(params("from=now&to=-1h").window(0).is_err());
    }

    #[test]
    fn the_window_is_the_last_hour_by_default() {
        let now = 10 * WINDOW_DEFAULT_NANO;
        let window = params("").window(now).unwrap();
        assert_eq!((window.from, window.to), (9 * WINDOW_DEFAULT_NANO, now));
        let window = params("from=-2h&to=-1h").window(now).unwrap();
        assert_eq!((window.from, window.to), (8 * WINDOW_DEFAULT_NANO, 9 * WINDOW_DEFAULT_NANO));
    }
}
