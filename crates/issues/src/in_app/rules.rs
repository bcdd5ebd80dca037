//! Rules that say which frames are a service's own, one a line: `path:**/generated/** -app`.
//!
//! Invariants: a line names one or more of `path`, `module` and `function`, all of which must match, and
//! then `+app` or `-app`; `#` begins a comment. What is read is within [`limits`].

use plimsoll_model::Frame;
use thiserror::Error;

use super::glob::{Glob, TOKENS_MAX};

/// What rules may have.
pub mod limits {
    /// Rules of a text: each is tried on each frame.
    pub const RULES_MAX: usize = 256;
    /// Places of a pattern: its characters, a run of stars being one.
    pub const PATTERN_MAX: usize = super::TOKENS_MAX;
    /// Bytes of a name that a pattern is tried on, counted from its end; few paths have a quarter.
    pub const NAME_BYTES_MAX: usize = 1024;
}

/// What is wrong with a line of rules.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {text}")]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what was expected.
    pub text: String,
}

/// Rules in their order; the last that matches decides.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    matchers: Vec<Matcher>,
    in_app: bool,
}

#[derive(Clone, Debug)]
struct Matcher {
    subject: Subject,
    glob: Glob,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    Path,
    Module,
    Function,
}

impl Rules {
    /// Reads rules. The first line that is wrong is the problem.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut rules = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let problem = |text| Problem { line: number + 1, text };
            if rules.len() == limits::RULES_MAX {
                let text = format!("more than {} rules; join some by wider patterns", rules.len());
                return Err(problem(text));
            }
            rules.push(Rule::parse(line).map_err(problem)?);
        }
        Ok(Self { rules })
    }

    /// What the rules say of a frame; none where none matches.
    pub fn decide(&self, frame: &Frame) -> Option<bool> {
        self.rules.iter().rev().find(|rule| rule.matches(frame)).map(|rule| rule.in_app)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Self, String> {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let in_app = match words.pop() {
            Some("+app") => true,
            Some("-app") => false,
            last => {
                let last = short(last.unwrap_or_default());
                return Err(format!("`{last}` at the end, where +app or -app is expected"));
            }
        };
        if words.is_empty() {
            return Err(
                "no pattern before +app or -app; expected path:, module: or function:".into()
            );
        }
        let matchers = words.into_iter().map(Matcher::parse).collect::<Result<_, _>>()?;
        Ok(Self { matchers, in_app })
    }

    fn matches(&self, frame: &Frame) -> bool {
        self.matchers.iter().all(|matcher| matcher.matches(frame))
    }
}

impl Matcher {
    fn parse(word: &str) -> Result<Self, String> {
        let (name, pattern) = word.split_once(':').unwrap_or((word, ""));
        let (subject, separators): (_, &'static [u8]) = match name {
            "path" => (Subject::Path, b"/"),
            "module" => (Subject::Module, b"./:"),
            "function" => (Subject::Function, b""),
            _ => {
                return Err(format!("`{}`: expected path:, module: or function:", short(word)));
            }
        };
        if pattern.is_empty() {
            return Err(format!("`{name}:` has no pattern; `{name}:**` matches all"));
        }
        let glob = Glob::new(pattern, separators).ok_or_else(|| {
            format!("`{}` has more than {} characters", short(pattern), limits::PATTERN_MAX)
        })?;
        Ok(Self { subject, glob })
    }

    fn matches(&self, frame: &Frame) -> bool {
        let name = match self.subject {
            Subject::Path if frame.path.is_empty() => &frame.file,
            Subject::Path => &frame.path,
            Subject::Module => &frame.module,
            Subject::Function => &frame.function,
        };
        let from = name.ceil_char_boundary(name.len().saturating_sub(limits::NAME_BYTES_MAX));
        self.glob.matches(&name[from..])
    }
}

fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}
