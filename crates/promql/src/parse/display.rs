//! Expressions as text again.
//!
//! Invariants: the text parses to an equal expression, whose text is the same.

use std::fmt::{self, Display, Formatter, Write};

use super::grammar::is_metric_word;
use super::lexer::UNITS;
use crate::METRIC_NAME;
use crate::ast::{
    At, Binary, BinaryOp, Expr, ExprKind, Grouping, MatchOp, Matcher, Selector, When,
};

impl Display for Expr {
    /// In a canonical form.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Number(value) => number(f, *value),
            ExprKind::Text(text) => quoted(f, text),
            ExprKind::Selector(selector) => write!(f, "{selector}{}", selector.when),
            ExprKind::Matrix { selector, range_ms } => {
                write!(f, "{selector}[")?;
                duration(f, *range_ms)?;
                write!(f, "]{}", selector.when)
            }
            ExprKind::Subquery { expr, range_ms, step_ms, when } => {
                write!(f, "{expr}[")?;
                duration(f, *range_ms)?;
                f.write_char(':')?;
                if let Some(step_ms) = step_ms {
                    duration(f, *step_ms)?;
                }
                write!(f, "]{when}")
            }
            ExprKind::Call { function, args } => call(f, function.name, args),
            ExprKind::Aggregate { op, grouping, param, expr } => {
                f.write_str(op.name())?;
                match grouping {
                    Grouping::By(labels) if labels.is_empty() => {}
                    Grouping::By(labels) => label_list(f, " by (", labels, ") ")?,
                    Grouping::Without(labels) => label_list(f, " without (", labels, ") ")?,
                }
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
        write!(f, "{} {}{}", self.lhs, self.op, if self.return_bool { " bool" } else { "" })?;
        match &self.matching {
            Grouping::By(labels) => label_list(f, " on (", labels, ")")?,
            Grouping::Without(labels) if labels.is_empty() && self.group.is_none() => {}
            Grouping::Without(labels) => label_list(f, " ignoring (", labels, ")")?,
        }
        if let Some(group) = &self.group {
            let start = if group.left { " group_left (" } else { " group_right (" };
            label_list(f, start, &group.include, ")")?;
        }
        write!(f, " {}", self.rhs)
    }
}

impl Display for Selector {
    /// Without its time.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(name) = outer_name(&self.matchers) else { return braces(f, &self.matchers) };
        f.write_str(name)?;
        let others: Vec<_> = self.matchers.iter().filter(|matcher| !is_name(matcher)).collect();
        if others.is_empty() { Ok(()) } else { braces(f, others) }
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
        quoted(f, &self.value)
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

fn is_name(matcher: &Matcher) -> bool {
    matcher.name == METRIC_NAME
}

/// The metric's name where it can stand before the braces.
fn outer_name(matchers: &[Matcher]) -> Option<&str> {
    let mut names = matchers.iter().filter(|matcher| is_name(matcher));
    let (Some(matcher), None) = (names.next(), names.next()) else { return None };
    let plain = is_plain(&matcher.value, true) && is_metric_word(&matcher.value);
    (matches!(matcher.op, MatchOp::Equal) && plain).then_some(&*matcher.value)
}

fn is_plain(name: &str, colons: bool) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' && colons;
    name.chars().all(good) && name.starts_with(|c: char| !c.is_ascii_digit())
}

fn braces<'a>(
    f: &mut Formatter<'_>,
    matchers: impl IntoIterator<Item = &'a Matcher>,
) -> fmt::Result {
    f.write_char('{')?;
    for (at, matcher) in matchers.into_iter().enumerate() {
        f.write_str(if at == 0 { "" } else { "," })?;
        if is_name(matcher) && matches!(matcher.op, MatchOp::Equal) && !matcher.value.is_empty() {
            quoted(f, &matcher.value)?;
        } else {
            matcher.fmt(f)?;
        }
    }
    f.write_char('}')
}

fn label_list(f: &mut Formatter<'_>, start: &str, labels: &[String], end: &str) -> fmt::Result {
    f.write_str(start)?;
    for (at, name) in labels.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        // A few words are keywords in lists.
        let keyword = ["without", "inf", "nan"].iter().any(|word| name.eq_ignore_ascii_case(word));
        if keyword { quoted(f, name)? } else { label(f, name)? }
    }
    f.write_str(end)
}

fn label(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    if is_plain(name, false) { f.write_str(name) } else { quoted(f, name) }
}

fn number(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    if value.is_infinite() {
        return f.write_str(if value < 0.0 { "-Inf" } else { "Inf" });
    }
    write!(f, "{value}")
}

/// `1h30m`; years and weeks only where nothing is left over.
fn duration(f: &mut Formatter<'_>, milliseconds: i64) -> fmt::Result {
    if milliseconds == 0 {
        // Less than a millisecond, but not nothing.
        return f.write_str("0.0001");
    }
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

fn quoted(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' | '\\' => write!(f, "\\{character}")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            char::REPLACEMENT_CHARACTER => f.write_str("\\ufffd")?,
            _ if character.is_ascii_control() => write!(f, "\\x{:02x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('"')
}
