//! Checks PromQL in which variables stand: each is replaced by something harmless, and the outcome
//! read.
//!
//! What is harmless depends on the place: a text inside quotes, a duration between brackets, and
//! else whatever makes the query one (a value of the variable, a name, a number, a matcher). The
//! page puts the real values in; the text itself is never changed here.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_promql::{ParseError, parse, parse_selector};

use crate::document::{Variable, VariableKind};

/// What the page itself knows, and a value that each may have.
const OWN: &[(&str, &str)] = &[
    ("__interval", "1m"),
    ("__interval_ms", "60000"),
    ("__auto", "1m"),
    ("__rate_interval", "4m"),
    ("__rate_interval_ms", "240000"),
    ("__range", "1h"),
    ("__range_s", "3600"),
    ("__range_ms", "3600000"),
    ("__from", "1700000000000"),
    ("__to", "1700003600000"),
];

/// Bytes of queries that are read for one document, all tries together.
const BUDGET_BYTES: usize = 16 << 20;

/// Most tries for one query.
const TRIES_MAX: usize = 256;

/// What is wrong with a query, and where in the text as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// From 1.
    pub(crate) line: usize,
    /// Characters of the line, from 1.
    pub(crate) column: usize,
    /// What is wrong there.
    pub(crate) problem: String,
}

/// Checks the queries of one document.
pub(crate) struct Checker<'a> {
    variables: &'a [Variable],
    budget_bytes: usize,
}

impl<'a> Checker<'a> {
    /// For queries that may name these variables.
    pub(crate) fn new(variables: &'a [Variable]) -> Self {
        Self { variables, budget_bytes: BUDGET_BYTES }
    }

    /// Checks an expression.
    pub(crate) fn query(&mut self, text: &str) -> Result<(), Mistake> {
        self.check(text, |text| parse(text).map(drop))
    }

    /// Checks a selector alone.
    pub(crate) fn selector(&mut self, text: &str) -> Result<(), Mistake> {
        self.check(text, |text| parse_selector(text).map(drop))
    }

    fn check(
        &mut self,
        text: &str,
        read: fn(&str) -> Result<(), ParseError>,
    ) -> Result<(), Mistake> {
        let pieces = self.pieces(text)?;
        let mut open: BTreeMap<&str, Choices> = BTreeMap::new();
        for piece in &pieces {
            if let Stand::Open(name) = piece.stand {
                open.entry(name).or_insert_with(|| Choices::of(self.find(name)));
            }
        }
        let mut first = None;
        for _ in 0..TRIES_MAX {
            let filled = Filled::new(text, &pieces, &open);
            self.budget_bytes = self.budget_bytes.saturating_sub(filled.text.len() + 1);
            let Err(error) = read(&filled.text) else { return Ok(()) };
            first.get_or_insert_with(|| filled.mistake(text, &error));
            if self.budget_bytes == 0 || !advance(&mut open) {
                break;
            }
        }
        first.map_or(Ok(()), Err)
    }

    fn find(&self, name: &str) -> Option<&'a Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// The references of a text and what may stand for each.
    fn pieces<'t>(&self, text: &'t str) -> Result<Vec<Piece<'t>>, Mistake> {
        let mut pieces = Vec::new();
        let mut place = Place::default();
        let mut at = 0;
        for reference in references(text) {
            place.read(&text[at..reference.span.start]);
            at = reference.span.end;
            let own = OWN.iter().find(|(name, _)| *name == reference.name);
            let stand = match (own, self.find(reference.name)) {
                (_, _) if place.in_comment => continue,
                (None, None) if place.quote.is_some() => continue,
                (None, None) => {
                    let problem = format!("no variable is named {}", reference.name);
                    return Err(mistake_at(text, reference.span.start, problem));
                }
                (_, _) if place.quote.is_some() => Stand::Fixed("x"),
                (Some((_, value)), _) => Stand::Fixed(value),
                // What is a duration with its unit after it is a number.
                _ if place.wants_duration() && starts_with_unit(&text[at..]) => Stand::Fixed("5"),
                _ if place.wants_duration() => Stand::Fixed("5m"),
                _ => Stand::Open(reference.name),
            };
            place.read("x");
            pieces.push(Piece { span: reference.span, stand });
        }
        Ok(pieces)
    }
}

/// A place where the text names a variable.
struct Reference<'t> {
    span: Range<usize>,
    name: &'t str,
}

/// A reference and what stands for it.
struct Piece<'t> {
    span: Range<usize>,
    stand: Stand<'t>,
}

#[derive(Clone, Copy)]
enum Stand<'t> {
    Fixed(&'static str),
    /// Whatever makes it a query, of the variable of this name.
    Open(&'t str),
}

/// What is tried for a variable, and which is tried now.
struct Choices {
    values: Vec<String>,
    now: usize,
}

impl Choices {
    fn of(variable: Option<&Variable>) -> Self {
        let mut values: Vec<String> = Vec::new();
        if let Some(variable) = variable {
            let chosen = variable.default.iter().chain(variable.options.iter().map(|o| &o.value));
            let known = chosen.filter(|value| !value.starts_with("$__")).take(2).cloned();
            values.extend(known);
            // The value of a constant is known; what else it could be is of no interest.
            if variable.kind == VariableKind::Constant && !values.is_empty() {
                return Self { values, now: 0 };
            }
        }
        values.extend(["a", "1", "5m", "a=\"a\"", ""].map(String::from));
        Self { values, now: 0 }
    }
}

/// On to the next choice of all; false after the last.
fn advance(open: &mut BTreeMap<&str, Choices>) -> bool {
    for choices in open.values_mut() {
        choices.now += 1;
        if choices.now < choices.values.len() {
            return true;
        }
        choices.now = 0;
    }
    false
}

/// A text with everything replaced.
struct Filled {
    text: String,
    /// Where the replacements lie: in the new text, and in the old one.
    replaced: Vec<(Range<usize>, Range<usize>)>,
}

impl Filled {
    fn new(text: &str, pieces: &[Piece<'_>], open: &BTreeMap<&str, Choices>) -> Self {
        let mut filled = Self { text: String::with_capacity(text.len()), replaced: Vec::new() };
        let mut at = 0;
        for piece in pieces {
            filled.text.push_str(&text[at..piece.span.start]);
            let start = filled.text.len();
            match piece.stand {
                Stand::Fixed(value) => filled.text.push_str(value),
                Stand::Open(name) => {
                    let choices = &open[name];
                    filled.text.push_str(&choices.values[choices.now]);
                }
            }
            filled.replaced.push((start..filled.text.len(), piece.span.clone()));
            at = piece.span.end;
        }
        filled.text.push_str(&text[at..]);
        filled
    }

    /// The error, where it lies in the text as it was written.
    fn mistake(&self, text: &str, error: &ParseError) -> Mistake {
        let at = error.span.start;
        let before = self.replaced.iter().take_while(|(new, _)| new.start <= at).last();
        let at = match before {
            Some((new, old)) if at < new.end => old.start,
            Some((new, old)) => old.end + (at - new.end),
            None => at,
        };
        mistake_at(text, at, error.problem.clone())
    }
}

fn mistake_at(text: &str, at: usize, problem: String) -> Mistake {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Mistake {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        problem,
    }
}

/// Where in a query one is after reading a part of it.
#[derive(Default)]
struct Place {
    quote: Option<char>,
    in_comment: bool,
    brackets: usize,
    /// The word that was read last, where nothing but blanks came after it.
    word: String,
}

impl Place {
    fn read(&mut self, text: &str) {
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            if self.in_comment {
                self.in_comment = c != '\n';
                continue;
            }
            if let Some(quote) = self.quote {
                match c {
                    '\\' if quote != '`' => drop(characters.next()),
                    c if c == quote => self.quote = None,
                    _ => {}
                }
                continue;
            }
            match c {
                '"' | '\'' | '`' => self.quote = Some(c),
                '#' => self.in_comment = true,
                '[' => self.brackets += 1,
                ']' => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            }
            match c {
                c if c.is_alphanumeric() || c == '_' => self.word.push(c),
                c if c.is_whitespace() || c == '-' => self.word.push(' '),
                _ => self.word.clear(),
            }
            // Only whether it ends in `offset` is of interest.
            if self.word.len() > 64 {
                self.word.clear();
            }
        }
    }

    fn wants_duration(&self) -> bool {
        self.brackets > 0 || self.word.trim_end().to_ascii_lowercase().ends_with("offset")
    }
}

/// Whether a unit of time follows at once.
fn starts_with_unit(text: &str) -> bool {
    text.starts_with(|c: char| "smhdwy".contains(c))
}

/// `$name`, `${name}`, `${name:format}`, `[[name]]` and `[[name:format]]`, in order.
fn references(text: &str) -> Vec<Reference<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['$', '[']) {
        let start = at + next;
        let rest = &text[start..];
        let reference = match rest.as_bytes() {
            [b'$', b'{', ..] => enclosed(rest, "${", "}"),
            [b'[', b'[', ..] => enclosed(rest, "[[", "]]"),
            [b'$', ..] => Some((word(&rest[1..]), 1 + word(&rest[1..]).len())),
            _ => None,
        };
        match reference {
            Some((name, length)) if !name.is_empty() => {
                found.push(Reference { span: start..start + length, name });
                at = start + length;
            }
            _ => at = start + 1,
        }
    }
    found
}

/// The name between two marks, and the length of all that.
fn enclosed<'t>(text: &'t str, open: &str, close: &str) -> Option<(&'t str, usize)> {
    let inner = &text[open.len()..];
    let end = inner.find(close)?;
    let name = word(inner);
    let rest = &inner[name.len()..end.max(name.len())];
    let is_reference = name.len() <= end && (rest.is_empty() || rest.starts_with([':', '.']));
    is_reference.then_some((name, open.len() + end + close.len()))
}

/// The letters, digits and `_` that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// Whether a text names a variable.
pub(crate) fn names(text: &str, name: &str) -> bool {
    references(text).iter().any(|reference| reference.name == name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::Choice;

    fn variables() -> Vec<Variable> {
        let named = |name: &str| Variable { name: name.into(), ..Variable::default() };
        let with = |name: &str, kind, values: &[&str]| Variable {
            kind,
            options: values
                .iter()
                .map(|v| Choice { value: (*v).into(), ..Choice::default() })
                .collect(),
            ..named(name)
        };
        vec![
            Variable { kind: VariableKind::Query, ..named("job") },
            Variable { kind: VariableKind::Query, ..named("metric") },
            Variable { kind: VariableKind::Query, ..named("label") },
            Variable { kind: VariableKind::Text, ..named("n") },
            with("step", VariableKind::Interval, &["1m", "$__auto"]),
            with("fn", VariableKind::Custom, &["rate", "increase"]),
            with("agg", VariableKind::Custom, &["sum", "max"]),
        ]
    }

    /// What is wrong with a query, and its place.
    fn check(query: &str) -> Result<(), (usize, usize, String)> {
        let variables = variables();
        Checker::new(&variables)
            .query(query)
            .map_err(|mistake| (mistake.line, mistake.column, mistake.problem))
    }

    #[test]
    fn variables_may_stand_wherever_they_make_a_query() {
        for query in [
            "up",
            "up{job=~\"$job\"}",
            "up{job=~\"${job:regex}\"}",
            "up{job=~\"[[job:pipe]]\"}",
            "up{job=~'x$job.*'}",
            "rate(a[$__rate_interval])",
            "rate(a[${__rate_interval}])",
            "rate(a[$__interval]) * $__interval_ms / 1000",
            "rate(a[$step])",
            "rate(a[[[step]]])",
            "increase(a[${__range_s}s])",
            "increase(a[${step}s:])",
            "max_over_time(a[$__range:$__interval])",
            "max_over_time(a[1h:$step])",
            "a offset $step",
            "a offset -$step",
            "topk($n, a)",
            "topk($n, sum by ($label) (rate($metric{job=\"$job\"}[$step])))",
            "histogram_quantile($n, sum by (le, ${label}) (rate(a[5m])))",
            "$fn(a[5m])",
            "$agg by (job) (a)",
            "[[agg]](${fn}(a[$__interval]))",
            "a{$job}",
            "$metric",
            "${metric}_total",
            "a_${metric}_total{x=\"y\"}",
            "a > $n",
            "label_replace(a, \"x\", \"$1\", \"y\", \"(.*)$\")",
            "label_replace(a, \"x\", \"${1}-$2\", \"y\", \"(.*)-(.*)\")",
            "a # $nothing\n+ b",
            "up{path=\"a\\\"$job\"}",
            "vector($__from) - $__to",
        ] {
            assert_eq!(check(query), Ok(()), "{query}");
        }
    }

    #[test]
    fn mistakes_are_placed_in_the_text_as_it_was_written() {
        for (query, line, column) in [
            ("sum(", 1, 5),
            ("sum(rate(a[$__rate_interval]) by", 1, 31),
            ("a{job=\"$job\"} +\n  )", 2, 3),
            ("rate(a[$nothing])", 1, 8),
            ("$nothing", 1, 1),
            ("rate($metric)", 1, 6),
            ("é$job ^ ^", 1, 1),
        ] {
            let (at_line, at_column, problem) = check(query).expect_err(query);
            assert_eq!((at_line, at_column), (line, column), "{query}: {problem}");
        }
    }

    #[test]
    fn an_unknown_variable_says_its_name() {
        let (_, _, problem) = check("rate(a[$nothing])").expect_err("unknown");
        assert_eq!(problem, "no variable is named nothing");
    }

    #[test]
    fn many_variables_cost_a_bounded_number_of_tries() {
        let variables: Vec<_> =
            (0..50).map(|at| Variable { name: format!("v{at}"), ..Variable::default() }).collect();
        let query: String = (0..50).map(|at| format!("$v{at} ")).collect();
        let mut checker = Checker::new(&variables);
        assert!(checker.query(&query).is_err());
        let spent = BUDGET_BYTES - checker.budget_bytes;
        assert!(spent <= TRIES_MAX * query.len() * 2, "{spent}");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[$\\[\\]{}:a-z_\"'`#é\\\\ \n(),.0-9]{0,60}") {
            let _ = check(&text);
        }
    }
}
