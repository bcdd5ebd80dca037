//! What a variable of kind `query` asks for: `label_values(metric, label)` and its kin.

use crate::substitute::{Checker, Mistake};

/// What gives a variable its values.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup<'a> {
    /// The values of a label, of all series or of some.
    LabelValues { selector: Option<&'a str>, label: &'a str },
    /// The names of labels, of all series or of some.
    LabelNames { selector: Option<&'a str> },
    /// The names of metrics that a pattern matches.
    Metrics { pattern: &'a str },
    /// The series of an expression, as text.
    QueryResult { promql: &'a str },
    /// Series, as text.
    Series { selector: &'a str },
}

/// The forms that there are.
pub(crate) const FORMS: &str = "label_values(metric, label), label_values(label), label_names(), \
     label_names(metric), metrics(pattern), query_result(promql) or a selector of series";

const NAMES: [&str; 4] = ["label_values", "label_names", "metrics", "query_result"];

impl<'a> Lookup<'a> {
    /// Reads the form; the PromQL within is not looked at.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let called = text.split_once('(').map(|(name, rest)| (name.trim_end(), rest));
        let Some((name, rest)) = called.filter(|(name, _)| NAMES.contains(name)) else {
            return (!text.is_empty()).then_some(Self::Series { selector: text });
        };
        let inner = rest.trim_end().strip_suffix(')')?.trim();
        let given = (!inner.is_empty()).then_some(inner);
        Some(match name {
            "label_values" => {
                // A label's name holds no comma, unless it is quoted; a selector may hold many.
                let (selector, label) = match split_last_comma(inner) {
                    Some((selector, label)) => (Some(selector.trim()), label.trim()),
                    None => (None, inner),
                };
                if !is_label(label) || selector.is_some_and(str::is_empty) {
                    return None;
                }
                Self::LabelValues { selector, label }
            }
            "label_names" => Self::LabelNames { selector: given },
            "metrics" => Self::Metrics { pattern: inner },
            "query_result" => Self::QueryResult { promql: given? },
            _ => return None,
        })
    }

    /// Checks the PromQL within.
    pub(crate) fn check(&self, checker: &mut Checker<'_>) -> Result<(), Mistake> {
        match self {
            Self::LabelValues { selector: Some(selector), .. }
            | Self::LabelNames { selector: Some(selector) }
            | Self::Series { selector } => checker.selector(selector),
            Self::QueryResult { promql } => checker.query(promql),
            _ => Ok(()),
        }
    }
}

/// Whether a text is a label's name: a word, one with variables in it, or one in quotes.
fn is_label(text: &str) -> bool {
    let is_quoted = |quote| text.len() > 2 && text.starts_with(quote) && text.ends_with(quote);
    is_quoted('"') || !text.is_empty() && !text.contains([' ', ',', '(', ')', '=', '"', '\'', '\n'])
}

/// Splits at the last comma that is in no braces and no quotes.
fn split_last_comma(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut braces = 0_usize;
    let mut escaped = false;
    let mut last = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(q), '\\') if q != '`' => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '{' | '(') => braces += 1,
            (None, '}' | ')') => braces = braces.saturating_sub(1),
            (None, ',') if braces == 0 => last = Some(at),
            (None, _) => {}
        }
    }
    last.map(|at| (&text[..at], &text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms() {
        use Lookup::{LabelNames, LabelValues, Metrics, QueryResult, Series};
        for (text, expected) in [
            ("label_values(job)", Some(LabelValues { selector: None, label: "job" })),
            ("label_values(up, job)", Some(LabelValues { selector: Some("up"), label: "job" })),
            (
                " label_values( up{a=\"x,y\", b='}'} , $label ) ",
                Some(LabelValues { selector: Some("up{a=\"x,y\", b='}'}"), label: "$label" }),
            ),
            (
                "label_values({a=\"\\\",\"},b)",
                Some(LabelValues { selector: Some("{a=\"\\\",\"}"), label: "b" }),
            ),
            ("label_names()", Some(LabelNames { selector: None })),
            ("label_names(up)", Some(LabelNames { selector: Some("up") })),
            ("metrics(node_.*)", Some(Metrics { pattern: "node_.*" })),
            ("query_result(topk(5, up))", Some(QueryResult { promql: "topk(5, up)" })),
            ("query_result()", None),
            ("label_values()", None),
            ("label_values(,a)", None),
            ("label_values(up,)", None),
            ("label_values(up{, job)", None),
            (
                "label_values(up, \"a.b\")",
                Some(LabelValues { selector: Some("up"), label: "\"a.b\"" }),
            ),
            ("up{a=\"(\"}", Some(Series { selector: "up{a=\"(\"}" })),
            ("sum(up)", Some(Series { selector: "sum(up)" })),
            ("label_values(up", None),
            ("", None),
        ] {
            assert_eq!(Lookup::parse(text), expected, "{text}");
        }
    }
}
