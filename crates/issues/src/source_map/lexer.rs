//! JavaScript and TypeScript as words and brackets, as far as finding functions needs.
//!
//! Invariants: one pass, without recursion; what is no code (strings, comments, regular expressions, text of
//! templates) yields no word and no bracket. Text of JSX is read like code: an apostrophe within a word begins no
//! string there, and a string ends with its line, so that what is misread stays in its line.

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A number, a string, a template's text or a regular expression.
    Value,
    /// A bracket that opens or closes.
    Open,
    /// One that closes.
    Close,
    /// `=>`.
    Arrow,
    /// Any other character, or an operator that ends with `=`.
    Sign,
}

/// A word of the code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// Whether it is the first in its line.
    pub(super) begins_line: bool,
    /// The lexeme of the other bracket, where there is one.
    pub(super) partner: Option<u32>,
}

/// Code in pieces, and the brackets that are open at its end, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Lexemes<'a> {
    pub(super) all: Vec<Lexeme<'a>>,
    pub(super) open: Vec<usize>,
}

/// Reads code.
pub(super) fn lex(code: &str) -> Lexemes<'_> {
    let found = Lexemes::default();
    let mut lexer = Lexer { code, at: 0, begins_line: true, has_regexes: true, found };
    while let Some(first) = lexer.rest().chars().next() {
        lexer.step(first);
    }
    lexer.found
}

struct Lexer<'a> {
    code: &'a str,
    at: usize,
    begins_line: bool,
    /// Whether this line may have regular expressions: not once one of it had no end, so that the line is not
    /// searched again for each slash.
    has_regexes: bool,
    found: Lexemes<'a>,
}

/// Keywords after which a value begins, so that a slash begins a regular expression.
const BEFORE_VALUE: &[&str] = &[
    "return",
    "typeof",
    "case",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "of",
    "void",
    "delete",
    "throw",
    "await",
    "yield",
    "default",
    "from",
    "import",
];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.code[self.at..]
    }

    /// Reads what begins with a character.
    fn step(&mut self, first: char) {
        let rest = self.rest();
        match first {
            '\n' => {
                (self.begins_line, self.has_regexes) = (true, true);
                self.at += 1;
            }
            _ if first.is_whitespace() => self.at += first.len_utf8(),
            '/' if rest.starts_with("//") => self.at += rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => self.skip_comment(),
            '/' if self.has_regexes && self.is_before_value() => match regex_bytes(rest) {
                Some(bytes) => self.push(Kind::Value, bytes),
                None => self.has_regexes = false,
            },
            '\'' | '"' if self.is_in_word() => self.at += 1,
            '\'' | '"' => self.push(Kind::Value, string_bytes(rest)),
            '`' => self.read_template(1),
            '{' | '(' | '[' => self.open(first),
            '}' | ')' | ']' => self.close(first),
            '=' if rest.starts_with("=>") => self.push(Kind::Arrow, 2),
            '=' | '!' | '<' | '>' if rest[1..].starts_with('=') => {
                let signs = rest[1..].bytes().take_while(|byte| *byte == b'=').count();
                self.push(Kind::Sign, 1 + signs);
            }
            _ if first.is_ascii_digit() => self.push(Kind::Value, word_bytes(rest)),
            _ if is_of_word(first) => self.push(Kind::Word, word_bytes(rest)),
            _ => self.push(Kind::Sign, first.len_utf8()),
        }
    }

    fn push(&mut self, kind: Kind, bytes: usize) {
        let text = &self.rest()[..bytes];
        let begins_line = std::mem::take(&mut self.begins_line);
        self.found.all.push(Lexeme { kind, text, begins_line, partner: None });
        self.at += bytes;
    }

    fn skip_comment(&mut self) {
        let rest = self.rest();
        let end = rest[2..].find("*/").map_or(rest.len(), |end| end + 4);
        self.begins_line |= rest[..end].contains('\n');
        self.at += end;
    }

    fn is_before_value(&self) -> bool {
        self.found.all.last().is_none_or(|last| match last.kind {
            Kind::Word => BEFORE_VALUE.contains(&last.text),
            Kind::Value | Kind::Close => false,
            Kind::Open | Kind::Arrow | Kind::Sign => true,
        })
    }

    /// Whether the character before is a word's, other than a keyword's that a value follows.
    fn is_in_word(&self) -> bool {
        let is_near = self.code[..self.at].chars().next_back().is_some_and(is_of_word);
        is_near && !self.is_before_value()
    }

    fn open(&mut self, bracket: char) {
        self.found.open.push(self.found.all.len());
        self.push(Kind::Open, bracket.len_utf8());
    }

    /// Closes the innermost bracket of its kind; those within it were misread, or forgotten.
    fn close(&mut self, bracket: char) {
        let opening = match bracket {
            '}' => ["{", "${"],
            ')' => ["(", "("],
            _ => ["[", "["],
        };
        let all = &self.found.all;
        let is_opening = |open: &&usize| opening.contains(&all[**open].text);
        // One that nothing opened is text. Looking for what opened it is bounded, so that the whole is linear.
        let found =
            self.found.open.iter().rev().take(DEPTH_SEARCHED).position(|open| is_opening(&open));
        let Some(place) = found else { return self.push(Kind::Sign, 1) };
        self.found.open.truncate(self.found.open.len() - place);
        let Some(open) = self.found.open.pop() else { return };
        let close = self.found.all.len();
        self.push(Kind::Close, 1);
        self.found.all[open].partner = u32::try_from(close).ok();
        self.found.all[close].partner = u32::try_from(open).ok();
        if self.found.all[open].text == "${" {
            self.read_template(0);
        }
    }

    /// Reads the text of a template up to its end, or to code in it.
    fn read_template(&mut self, from: usize) {
        let bytes = self.rest().as_bytes();
        let mut end = from;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'\\' => end += 1,
                b'`' => return self.push(Kind::Value, end + 1),
                b'$' if bytes.get(end + 1) == Some(&b'{') => {
                    self.push(Kind::Value, end);
                    self.found.open.push(self.found.all.len());
                    return self.push(Kind::Open, 2);
                }
                _ => {}
            }
            end += 1;
        }
        self.push(Kind::Value, bytes.len());
    }
}

/// Brackets within a closed one that are taken to be misread.
const DEPTH_SEARCHED: usize = 64;

/// The bytes of a string, which ends with its line at the latest.
fn string_bytes(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut end = 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 1,
            b'\n' => return end,
            byte if *byte == bytes[0] => return end + 1,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

/// The bytes of a regular expression; none where it does not end in its line.
fn regex_bytes(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let (mut end, mut is_class) = (1, false);
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\n' => return None,
            b'\\' => end += 1,
            b'[' => is_class = true,
            b']' => is_class = false,
            b'/' if !is_class => return Some(end + 1),
            _ => {}
        }
        end += 1;
    }
    None
}

fn word_bytes(rest: &str) -> usize {
    rest.char_indices().find(|(_, char)| !is_of_word(*char)).map_or(rest.len(), |(end, _)| end)
}

/// Whether a character is a name's. Those of other scripts all are taken to be.
fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric()
        || matches!(char, '_' | '$' | '#' | '\u{200c}' | '\u{200d}')
        || (!char.is_ascii() && char.is_alphanumeric())
}

/// The bytes of the word at the begin of a text, none where there is none.
pub(super) fn first_word_bytes(text: &str) -> usize {
    word_bytes(text)
}
