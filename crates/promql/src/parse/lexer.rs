//! Splits a query into words, numbers, texts and symbols.
//!
//! Invariants: spans are bytes of the query and lie on the borders of characters; the last token is the
//! end of the query or the first thing that is no token.

use std::ops::Range;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(crate) kind: TokenKind<'a>,
    /// The bytes of the query that it takes.
    pub(crate) span: Range<usize>,
}

/// What a piece of a query is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A name or a keyword.
    Word(&'a str),
    /// A number, or a duration in seconds, and which of them.
    Number(f64, bool),
    /// A text, without its quotes and escapes.
    Text(String),
    /// A text whose escapes give bytes that are not UTF-8.
    Bytes,
    /// Punctuation.
    Symbol(&'static str),
    /// The end of the query.
    End,
    /// Nothing known: what is wrong.
    Bad(String),
}

/// Longer ones stand before those that they begin with.
const SYMBOLS: [&str; 28] = [
    "==", "=~", "!=", "!~", "<=", ">=", "</", ">/", "=", "<", ">", "+", "-", "*", "/", "%", "^",
    "@", ",", "(", ")", "{", "}", "[", "]", ":", ";", "!",
];

/// The units of durations, largest first, in milliseconds.
pub(super) const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// All tokens of a query.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut lexer = Lexer { text, at: 0, in_brackets: false };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next();
        let last = matches!(token.kind, TokenKind::End | TokenKind::Bytes | TokenKind::Bad(_));
        tokens.push(token);
        if last {
            return tokens;
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Between `[` and `]` a colon is no part of a name.
    in_brackets: bool,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Token<'a> {
        self.skip_blanks();
        let start = self.at;
        let kind = self.kind();
        Token { kind, span: start..self.at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest().trim_start_matches([' ', '\t', '\n', '\r']);
            self.at = self.text.len() - rest.len();
            if !rest.starts_with('#') {
                return;
            }
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
        }
    }

    fn kind(&mut self) -> TokenKind<'a> {
        let rest = self.rest();
        let mut characters = rest.chars();
        let Some(first) = characters.next() else { return TokenKind::End };
        let second = characters.next();
        if matches!(first, '"' | '\'' | '`') {
            return self.text_of(first);
        }
        if first.is_ascii_digit() || first == '.' && second.is_some_and(|c| c.is_ascii_digit()) {
            return self.number();
        }
        if is_name_start(first) || first == ':' && !self.in_brackets {
            let in_name =
                |c: char| is_name_start(c) || c.is_ascii_digit() || c == ':' && !self.in_brackets;
            let length = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            self.at += length;
            return TokenKind::Word(&rest[..length]);
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            self.at += symbol.len();
            match *symbol {
                "[" => self.in_brackets = true,
                "]" => self.in_brackets = false,
                _ => {}
            }
            return TokenKind::Symbol(symbol);
        }
        self.at += first.len_utf8();
        TokenKind::Bad(format!("unexpected character {first:?}"))
    }

    fn number(&mut self) -> TokenKind<'a> {
        let rest = self.rest();
        let word = &rest[..number_length(rest)];
        self.at += word.len();
        match (number(word), duration(word)) {
            (Some(value), _) => TokenKind::Number(value, false),
            (None, Some(seconds)) => TokenKind::Number(seconds, true),
            (None, None) => TokenKind::Bad(format!("`{word}` is neither a number nor a duration")),
        }
    }

    fn text_of(&mut self, quote: char) -> TokenKind<'a> {
        let start = self.at;
        self.at += 1;
        let problem = match self.text_until(quote) {
            Ok(bytes) => {
                return String::from_utf8(bytes).map_or(TokenKind::Bytes, TokenKind::Text);
            }
            Err(problem) => problem,
        };
        // Whoever reads the error sees the text from its quote on.
        self.at = self.at.max(start + 1);
        TokenKind::Bad(problem)
    }

    fn text_until(&mut self, quote: char) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        loop {
            let Some(next) = self.take() else {
                return Err(format!("a text is not closed, expected {quote}"));
            };
            match next {
                _ if next == quote => return Ok(bytes),
                '\n' if quote != '`' => {
                    return Err(format!("a text ends with its line, expected {quote}"));
                }
                char::REPLACEMENT_CHARACTER => return Err("a text is not valid UTF-8".into()),
                '\\' if quote != '`' => self.escape(quote, &mut bytes)?,
                _ => push(&mut bytes, next),
            }
        }
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// What follows a backslash.
    fn escape(&mut self, quote: char, bytes: &mut Vec<u8>) -> Result<(), String> {
        let Some(kind) = self.take() else { return Err("an escape is not finished".into()) };
        match kind {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            't' => bytes.push(9),
            'n' => bytes.push(10),
            'v' => bytes.push(11),
            'f' => bytes.push(12),
            'r' => bytes.push(13),
            '\\' => bytes.push(b'\\'),
            _ if kind == quote => push(bytes, quote),
            'x' => bytes.push(self.byte(2, 16)?),
            '0'..='7' => {
                self.at -= 1;
                bytes.push(self.byte(3, 8)?);
            }
            'u' => push(bytes, self.character(4)?),
            'U' => push(bytes, self.character(8)?),
            _ => return Err(format!("there is no escape \\{kind}")),
        }
        Ok(())
    }

    fn byte(&mut self, digits: usize, radix: u32) -> Result<u8, String> {
        let code = self.code(digits, radix)?;
        u8::try_from(code).map_err(|_| format!("an escape gives {code}, which is more than a byte"))
    }

    fn character(&mut self, digits: usize) -> Result<char, String> {
        let code = self.code(digits, 16)?;
        char::from_u32(code)
            .ok_or_else(|| format!("an escape gives {code:#x}, which is no character"))
    }

    fn code(&mut self, digits: usize, radix: u32) -> Result<u32, String> {
        let mut code = 0u32;
        for _ in 0..digits {
            let Some(next) = self.take() else { return Err("an escape is not finished".into()) };
            let Some(digit) = next.to_digit(radix) else {
                return Err(format!("{next:?} is no digit of an escape"));
            };
            code = code.wrapping_mul(radix) | digit;
        }
        Ok(code)
    }
}

fn push(bytes: &mut Vec<u8>, character: char) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn is_name_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

/// How far what begins with a digit goes: letters, digits, `_` and `.`, and an exponent's sign.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut plain = true;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'e' | b'E' if plain => {
                let signed = matches!(bytes.get(at + 1), Some(b'+' | b'-'));
                at += usize::from(signed && bytes.get(at + 2).is_some_and(u8::is_ascii_digit));
                plain = false;
            }
            b'0'..=b'9' | b'.' | b'_' => {}
            b'a'..=b'z' | b'A'..=b'Z' => plain = false,
            _ => break,
        }
        at += 1;
    }
    at
}

/// A number as Go writes it: decimal, `0x1f`, or octal with a leading 0.
fn number(word: &str) -> Option<f64> {
    let lower = word.to_ascii_lowercase();
    let hexadecimal = lower.strip_prefix("0x");
    if !has_good_underscores(hexadecimal.map_or(&*lower, |digits| digits.trim_start_matches('_'))) {
        return None;
    }
    if let Some(digits) = hexadecimal {
        let doubled = digits.starts_with("__");
        let digits = digits.replace('_', "");
        return i64::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| !doubled)
            .map(|value| value as f64);
    }
    let plain = lower.replace('_', "");
    let octal = plain.strip_prefix('0').and_then(|digits| i64::from_str_radix(digits, 8).ok());
    if let Some(value) = octal {
        return Some(value as f64);
    }
    if !plain.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-')) {
        return None;
    }
    plain.parse().ok().filter(|value: &f64| value.is_finite())
}

/// Underscores stand between digits.
fn has_good_underscores(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let digit_at =
        |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_hexdigit);
    (0..bytes.len())
        .all(|at| bytes[at] != b'_' || digit_at(at.checked_sub(1)) && digit_at(Some(at + 1)))
}

/// Seconds of `1h30m`: units in falling order, each once.
fn duration(word: &str) -> Option<f64> {
    let mut rest = word;
    let mut total = 0i64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..digits].parse().ok()?;
        let length =
            rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let unit = &rest[digits..digits + length];
        let (_, size) = units.find(|(name, _)| *name == unit)?;
        total = total.checked_add(count.checked_mul(*size)?)?;
        rest = &rest[digits + length..];
    }
    total.checked_mul(1_000_000)?;
    // Whole seconds and their rest apart, as Go divides them.
    Some((total / 1000) as f64 + (total % 1000 * 1_000_000) as f64 / 1e9)
}
