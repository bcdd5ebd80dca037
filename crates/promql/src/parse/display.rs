//! Expressions as text again, the way Prometheus writes them.
//!
//! Invariants: the text parses to an equal expression, whose text is the same. For that few texts differ from
//! those of Prometheus, which it could not read itself: of empty braces, of ranges below a millisecond, and
//! of labels in lists that are keywords.

use std::fmt::{self, Display, Formatter, Write};

use super::lexer::UNITS;
use crate::ast::{
    AggregateOp, At, Binary, BinaryOp, DurationExpr, Expr, ExprKind, Grouping, MatchOp, Matcher,
    Selector, When,
};

impl Display for Expr {
    /// In a canonical form.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number { value, is_duration } => number(f, *value, *is_duration),
            ExprKind::Text(text) => Quoted(text).fmt(f),
            ExprKind::Selector(selector) => write!(f, "{selector}{}", selector.when),
            ExprKind::Matrix { selector, range_ms, range } => {
                write!(f, "{selector}[")?;
                Span(range.as_deref(), *range_ms).fmt(f)?;
                write!(f, "]{}", selector.when)
            }
            ExprKind::Subquery { expr, .. } => {
                expr.fmt(f)?;
                f.write_str(&brackets(self))
            }
            ExprKind::Call { function, args } => call(f, function.name, args),
            ExprKind::Aggregate { op, grouping, param, expr } => {
                f.write_str(&aggregation(*op, grouping))?;
                match param {
                    Some(param) => write!(f, "({param}, {expr})"),
                    None => write!(f, "({expr})"),
                }
            }
            ExprKind::Binary(binary) => binary.fmt(f),
            ExprKind::Unary { negative, expr } => {
                write!(f, "{}{expr}", if *negative { '-' } else { '+' })
            }
            ExprKind::Paren(expr) => write!(f, "({expr})"),
        }
    }
}

impl Display for BinaryOp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

impl Display for Binary {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.lhs.kind {
            // Its sign would be that of the whole power.
            ExprKind::Number { value: f64::INFINITY, .. } if self.op == BinaryOp::Pow => {
                f.write_str("Inf")?;
            }
            _ => self.lhs.fmt(f)?,
        }
        write!(f, " {} {}", operation(self), self.rhs)
    }
}

/// An operator and its modifiers.
pub(super) fn operation(binary: &Binary) -> String {
    let mut text = format!("{}{}", binary.op, if binary.return_bool { " bool" } else { "" });
    match &binary.matching {
        Grouping::By(labels) => label_list(&mut text, " on (", labels, ")"),
        Grouping::Without(labels) if labels.is_empty() && binary.group.is_none() => {}
        Grouping::Without(labels) => label_list(&mut text, " ignoring (", labels, ")"),
    }
    if let Some(group) = &binary.group {
        let start = if group.left { " group_left (" } else { " group_right (" };
        label_list(&mut text, start, &group.include, ")");
    }
    text
}

/// An aggregation up to its arguments.
pub(super) fn aggregation(op: AggregateOp, grouping: &Grouping) -> String {
    let mut text = op.name().to_owned();
    match grouping {
        Grouping::By(labels) if labels.is_empty() => {}
        Grouping::By(labels) => label_list(&mut text, " by (", labels, ") "),
        Grouping::Without(labels) => label_list(&mut text, " without (", labels, ") "),
    }
    text
}

/// What stands behind the expression of a subquery.
pub(super) fn brackets(subquery: &Expr) -> String {
    let ExprKind::Subquery { range_ms, range, step_ms, step, when, .. } = &subquery.kind else {
        return String::new();
    };
    let step = match (step, step_ms) {
        (None, None) => String::new(),
        (calculated, step_ms) => {
            Span(calculated.as_deref(), step_ms.unwrap_or_default()).to_string()
        }
    };
    format!("[{}:{step}]{when}", Span(range.as_deref(), *range_ms))
}

/// A duration, as it is calculated or in milliseconds.
struct Span<'a>(Option<&'a DurationExpr>, i64);

impl Display for Span<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(calculated) => calculated.fmt(f),
            // Less than a millisecond, but not nothing.
            None if self.1 == 0 => f.write_str("0.0001"),
            None => duration(f, self.1),
        }
    }
}

impl Display for DurationExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number { seconds, is_duration } => number(f, *seconds, *is_duration),
            Self::Step => f.write_str("step()"),
            Self::Range => f.write_str("range()"),
            Self::MinOf(a, b) => write!(f, "min_of({a}, {b})"),
            Self::MaxOf(a, b) => write!(f, "max_of({a}, {b})"),
            Self::Negative(expr) => write!(f, "-{expr}"),
            Self::Binary { op, lhs, rhs } => write!(f, "{lhs} {op} {rhs}"),
            Self::Paren(expr) => write!(f, "({expr})"),
        }
    }
}

impl Display for Selector {
    /// Without its time.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (name, others) = match &self.matchers[..] {
            [name, others @ ..] if self.named => (&*name.value, others),
            others => ("", others),
        };
        f.write_str(name)?;
        // Braces with nothing in them are all there is of some selectors.
        if others.is_empty() && self.named { Ok(()) } else { braces(f, others) }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(At::Start) => f.write_str(" @ start()")?,
            Some(At::End) => f.write_str(" @ end()")?,
            Some(At::Time(time)) => {
                let sign = if time < 0 { "-" } else { "" };
                let time = time.unsigned_abs();
                write!(f, " @ {sign}{}.{:03}", time / 1000, time % 1000)?;
            }
            None => {}
        }
        if let Some(calculated) = &self.offset {
            return write!(f, " offset {calculated}");
        }
        if self.offset_ms == 0 {
            return Ok(());
        }
        f.write_str(if self.offset_ms < 0 { " offset -" } else { " offset " })?;
        duration(f, self.offset_ms.saturating_abs())
    }
}

impl Display for Matcher {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        label(f, &self.name)?;
        f.write_str(match self.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Matches(_) => "=~",
            MatchOp::NotMatches(_) => "!~",
        })?;
        Quoted(&self.value).fmt(f)
    }
}

fn call(f: &mut Formatter<'_>, name: &str, args: &[Expr]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (at, arg) in args.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        match &arg.kind {
            // Here a metric's name is allowed in the braces only.
            ExprKind::Selector(selector) if name == "info" && at == 1 => {
                braces(f, &selector.matchers)?;
                selector.when.fmt(f)?;
            }
            _ => arg.fmt(f)?,
        }
    }
    f.write_char(')')
}

fn is_plain(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.chars().all(good) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn braces(f: &mut Formatter<'_>, matchers: &[Matcher]) -> fmt::Result {
    let mut texts: Vec<String> = matchers.iter().map(Matcher::to_string).collect();
    texts.sort_unstable();
    write!(f, "{{{}}}", texts.join(","))
}

fn label_list(text: &mut String, start: &str, labels: &[String], end: &str) {
    let label = |name: &String| {
        // A few words are keywords in lists.
        let keyword = ["without", "inf", "nan"].iter().any(|word| name.eq_ignore_ascii_case(word));
        if is_plain(name) && !keyword { name.clone() } else { Quoted(name).to_string() }
    };
    let labels: Vec<String> = labels.iter().map(label).collect();
    text.push_str(start);
    text.push_str(&labels.join(", "));
    text.push_str(end);
}

fn label(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { Quoted(name).fmt(f) }
}

fn number(f: &mut Formatter<'_>, value: f64, is_duration: bool) -> fmt::Result {
    if is_duration {
        f.write_str(if value < 0.0 { "-" } else { "" })?;
        return match (value.abs() * 1e3).round() as i64 {
            0 => f.write_str("0s"),
            milliseconds => duration(f, milliseconds),
        };
    }
    if value == f64::INFINITY {
        return f.write_str("+Inf");
    }
    if value == f64::NEG_INFINITY {
        return f.write_str("-Inf");
    }
    write!(f, "{value}")
}

/// `1h30m`; years and weeks only where nothing is left over.
fn duration(f: &mut Formatter<'_>, milliseconds: i64) -> fmt::Result {
    let mut rest = milliseconds;
    for (unit, size) in UNITS {
        let whole_only = matches!(unit, "y" | "w");
        if rest >= size && (!whole_only || rest % size == 0) {
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
    }
    Ok(())
}

/// A text in quotes as the language reads it, with the escapes of Go.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\x07' => f.write_str("\\a")?,
                '\x08' => f.write_str("\\b")?,
                '\x0c' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\x0b' => f.write_str("\\v")?,
                _ if character.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(character))?,
                _ if is_shown(character) => f.write_char(character)?,
                _ if u32::from(character) < 0x1_0000 => {
                    write!(f, "\\u{:04x}", u32::from(character))?;
                }
                _ => write!(f, "\\U{:08x}", u32::from(character))?,
            }
        }
        f.write_char('"')
    }
}

/// Whether a character can be seen where it is written. The one that stands for what is not valid is written
/// as an escape, since it is not read in a text.
fn is_shown(character: char) -> bool {
    let escaped = character.escape_debug().len() > 1;
    character != char::REPLACEMENT_CHARACTER && (!escaped || character == '\'')
}
