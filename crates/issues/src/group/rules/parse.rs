//! The text of rules, read.
//!
//! Invariants: one pass; every problem has the place where it begins and says what to write
//! instead.

use super::glob::Glob;
use super::{Matcher, Problem, Rule, Subject, limits};
use crate::group::custom::PARTS_MAX;

const KEYS: &str = "type, message, function, module, path, service, level, logger, environment, release, \
                    transaction or tags.KEY";

/// Reads all lines.
pub(super) fn parse(text: &str) -> Result<Vec<Rule>, Vec<Problem>> {
    if text.len() > limits::TEXT_BYTES_MAX {
        let message = format!("{} bytes of rules", text.len());
        let hint = format!("{} bytes at most", limits::TEXT_BYTES_MAX);
        return Err(vec![Problem { line: 1, column: 1, message, hint }]);
    }
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (at, text) in text.lines().enumerate() {
        let trimmed = text.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut line = Line { text, at: 0, number: at + 1 };
        let read = if rules.len() == limits::RULES_MAX {
            let hint = "join rules that give the same fingerprint, with patterns";
            Err(line.problem(0, format!("more than {} rules", limits::RULES_MAX), hint))
        } else {
            line.rule()
        };
        match read {
            Ok(rule) => rules.push(rule),
            Err(problem) => problems.push(problem),
        }
        if problems.len() == limits::PROBLEMS_MAX {
            break;
        }
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// A line being read.
struct Line<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
    number: usize,
}

impl<'a> Line<'a> {
    fn problem(&self, at: usize, message: impl Into<String>, hint: impl Into<String>) -> Problem {
        let column = self.text[..at].chars().count() + 1;
        Problem { line: self.number, column, message: message.into(), hint: hint.into() }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn rule(&mut self) -> Result<Rule, Problem> {
        if self.text.len() > limits::LINE_BYTES_MAX {
            let message = format!("a line of {} bytes", self.text.len());
            return Err(self.problem(
                0,
                message,
                format!("{} bytes at most", limits::LINE_BYTES_MAX),
            ));
        }
        let mut matchers = Vec::new();
        loop {
            self.skip_space();
            if self.rest().starts_with("->") {
                break;
            }
            if self.rest().is_empty() {
                let hint = "write `-> ` and the parts of the fingerprint after the matchers";
                return Err(self.problem(self.at, "the rule ends without an arrow", hint));
            }
            if matchers.len() == limits::MATCHERS_MAX {
                let message = format!("more than {} matchers", limits::MATCHERS_MAX);
                return Err(self.problem(self.at, message, "split the rule"));
            }
            matchers.push(self.matcher()?);
        }
        if matchers.is_empty() {
            let hint =
                format!("write what it is for before the arrow: {KEYS}, then `:` and a pattern");
            return Err(self.problem(self.at, "the rule has no matcher", hint));
        }
        self.at += 2;
        let fingerprint = self.parts()?;
        Ok(Rule { line: self.number, text: self.text.trim().to_owned(), matchers, fingerprint })
    }

    fn matcher(&mut self) -> Result<Matcher, Problem> {
        let begin = self.at;
        let negated = self.rest().starts_with('!');
        self.at += usize::from(negated);
        let start = self.at;
        let end = self.rest().find(|c: char| c == ':' || c.is_whitespace());
        let key = &self.rest()[..end.unwrap_or(self.rest().len())];
        self.at += key.len();
        if !self.rest().starts_with(':') {
            let hint =
                "write a matcher as `type:Name`, and put a pattern with spaces into double quotes";
            return Err(self.problem(begin, format!("`{}` is no matcher", excerpt(key)), hint));
        }
        let Some(subject) = subject(key) else {
            let message = format!("`{}` is nothing that can be matched", excerpt(key));
            return Err(self.problem(start, message, format!("write {KEYS}")));
        };
        self.at += 1;
        let pattern = self.pattern()?;
        let folded = matches!(subject, Subject::Message | Subject::Level);
        Ok(Matcher { negated, subject, glob: Glob::new(&pattern, folded) })
    }

    fn pattern(&mut self) -> Result<String, Problem> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let end = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
        let pattern = &self.rest()[..end];
        if pattern.is_empty() {
            let hint = "write a pattern directly after the colon, `\"\"` for what is empty";
            return Err(self.problem(self.at, "a matcher without a pattern", hint));
        }
        self.at += end;
        Ok(pattern.to_owned())
    }

    /// A text in quotes; a backslash before a quote takes its meaning, before anything else it
    /// stays for the pattern.
    fn quoted(&mut self) -> Result<String, Problem> {
        let begin = self.at;
        let mut out = String::new();
        let mut characters = self.rest().char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += offset + 1;
                    return Ok(out);
                }
                '\\' => match characters.next() {
                    Some((_, '"')) => out.push('"'),
                    Some((_, other)) => out.extend(['\\', other]),
                    None => break,
                },
                other => out.push(other),
            }
        }
        Err(self.problem(begin, "a quote that is not closed", "end the text with `\"`"))
    }

    fn parts(&mut self) -> Result<Vec<String>, Problem> {
        let mut parts = Vec::new();
        loop {
            self.skip_space();
            let begin = self.at;
            let part = if self.rest().starts_with('"') {
                let part = self.quoted()?;
                self.skip_space();
                if !(self.rest().is_empty() || self.rest().starts_with(',')) {
                    let hint = "separate the parts of a fingerprint by commas";
                    return Err(self.problem(self.at, "a text after a quoted part", hint));
                }
                part
            } else {
                let end = self.rest().find(',').unwrap_or(self.rest().len());
                let part = self.rest()[..end].trim().to_owned();
                self.at += end;
                part
            };
            if part.is_empty() {
                let hint =
                    "write a text, a variable such as `{{ transaction }}`, or `{{ default }}`";
                return Err(self.problem(begin, "an empty part of a fingerprint", hint));
            }
            if parts.len() == PARTS_MAX {
                let message = format!("more than {PARTS_MAX} parts of a fingerprint");
                return Err(self.problem(begin, message, "join texts that always come together"));
            }
            self.check_variables(&part, begin)?;
            parts.push(part);
            if self.rest().is_empty() {
                return Ok(parts);
            }
            self.at += 1;
        }
    }

    fn check_variables(&self, part: &str, at: usize) -> Result<(), Problem> {
        let mut rest = part;
        while let Some(open) = rest.find("{{") {
            let Some(length) = rest[open..].find("}}") else {
                return Err(self.problem(at, "a variable that is not closed", "end it with `}}`"));
            };
            let name = rest[open + 2..open + length].trim();
            if name != "default" && !super::super::custom::is_known(name) {
                let hint = "write default, type, message, function, module, transaction, level, logger, service, \
                            environment, release or tags.KEY";
                return Err(self.problem(at, format!("no variable `{}`", excerpt(name)), hint));
            }
            if name == "default" && part.trim().len() != length + 2 {
                let hint = "separate it from the text by a comma";
                return Err(self.problem(at, "`{{ default }}` within a text", hint));
            }
            rest = &rest[open + length + 2..];
        }
        Ok(())
    }
}

fn subject(key: &str) -> Option<Subject> {
    Some(match key {
        "type" => Subject::Type,
        "message" => Subject::Message,
        "function" => Subject::Function,
        "module" => Subject::Module,
        "path" => Subject::Path,
        "service" => Subject::Service,
        "level" => Subject::Level,
        "logger" => Subject::Logger,
        "environment" => Subject::Environment,
        "release" => Subject::Release,
        "transaction" => Subject::Transaction,
        _ => Subject::Tag(key.strip_prefix("tags.").filter(|tag| !tag.is_empty())?.to_owned()),
    })
}

fn excerpt(text: &str) -> &str {
    &text[..text.floor_char_boundary(40)]
}
