//! Regular expressions as Go writes them, compiled here.
//!
//! Invariants: a pattern matches whole values, its dot also the end of a line; `\d`, `\w`, `\s` and `\b` are
//! about ASCII only, and `[` in a class is a character.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// Compiles a pattern, written as for Go, that must match a whole value.
///
/// # Errors
///
/// It is no regular expression, with the reason.
pub fn anchored(pattern: &str) -> Result<Regex, String> {
    let translated = Translation::of(pattern)?;
    Regex::new(&format!("^(?s:{translated})$"))
        .map_err(|error| format!("`{pattern}` is no regular expression: {}", last_line(&error)))
}

fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// A pattern on its way.
struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    output: String,
}

impl Translation<'_> {
    fn of(pattern: &str) -> Result<String, String> {
        let mut this = Translation {
            rest: pattern.chars().peekable(),
            output: String::with_capacity(pattern.len()),
        };
        let mut open = 0usize;
        while let Some(next) = this.rest.next() {
            match next {
                '\\' => this.escape(),
                '[' => this.class(),
                '{' if !this.is_repetition() => this.output.push_str(r"\{"),
                '(' => {
                    open += 1;
                    this.output.push(next);
                }
                ')' => {
                    open = open.checked_sub(1).ok_or_else(|| {
                        format!("`{pattern}` is no regular expression: `)` closes nothing")
                    })?;
                    this.output.push(next);
                }
                _ => this.output.push(next),
            }
        }
        Ok(this.output)
    }

    /// Whether `2}`, `2,}` or `2,3}` follows.
    fn is_repetition(&self) -> bool {
        let text: String = self.rest.clone().take_while(|c| *c != '}').take(12).collect();
        let closed = self.rest.clone().nth(text.chars().count()) == Some('}');
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (from, to) = text.split_once(',').unwrap_or((&text, ""));
        closed && !from.is_empty() && digits(from) && digits(to)
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) {
        let Some(next) = self.rest.next() else {
            self.output.push('\\');
            return;
        };
        match next {
            'd' | 'w' | 's' => self.output.push_str(&format!("[{}]", members(next))),
            'D' | 'W' | 'S' => self.output.push_str(&format!("[^{}]", members(next))),
            'b' => self.output.push_str(r"(?-u:\b)"),
            'Q' => self.literal(),
            _ => self.common_escape(next),
        }
    }

    /// Up to `\E` all are characters.
    fn literal(&mut self) {
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            self.output.push_str(&regex::escape(next.encode_utf8(&mut [0; 4])));
        }
    }

    fn common_escape(&mut self, next: char) {
        match next {
            '<' | '>' => self.output.push(next),
            '0' => self.octal(0),
            '1'..='7' if self.rest.peek().is_some_and(|c| c.is_digit(8)) => {
                self.octal(next.to_digit(8).unwrap_or_default());
            }
            _ => self.output.extend(['\\', next]),
        }
    }

    /// Up to two more octal digits.
    fn octal(&mut self, first: u32) {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.rest.next();
        }
        self.output.push_str(&format!(r"\x{{{code:x}}}"));
    }

    fn class(&mut self) {
        self.output.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.output.push('^');
        }
        if self.rest.next_if_eq(&']').is_some() {
            self.output.push_str(r"\]");
        }
        let mut after_dash = false;
        while let Some(next) = self.rest.next() {
            match next {
                ']' => {
                    self.output.push(']');
                    return;
                }
                '[' => self.bracket_in_class(),
                '\\' => self.escape_in_class(),
                '&' | '~' => self.output.extend(['\\', next]),
                '-' if after_dash => self.output.push_str(r"\-"),
                _ => self.output.push(next),
            }
            after_dash = next == '-' && !after_dash;
        }
    }

    /// `[:alpha:]` is a class in a class, any other bracket a character.
    fn bracket_in_class(&mut self) {
        let ahead: String = self.rest.clone().take_while(|c| *c != ']').take(12).collect();
        if ahead.len() > 1 && ahead.starts_with(':') && ahead.ends_with(':') {
            self.output.push_str(&format!("[{ahead}]"));
            self.rest.nth(ahead.chars().count());
        } else {
            self.output.push_str(r"\[");
        }
    }

    fn escape_in_class(&mut self) {
        let Some(next) = self.rest.next() else {
            self.output.push('\\');
            return;
        };
        match next {
            'd' | 'w' | 's' => self.output.push_str(members(next)),
            'D' | 'W' | 'S' => self.output.push_str(&format!("[^{}]", members(next))),
            _ => self.common_escape(next),
        }
    }
}

/// What a class of one letter holds.
fn members(letter: char) -> &'static str {
    match letter {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        _ => r"\t\n\f\r ",
    }
}
