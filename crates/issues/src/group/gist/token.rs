//! The words of a message whose values were replaced, each with what its spelling and the lists
//! say.
//!
//! Invariants: one pass; a token is a slice of the text; what stands in brackets is a value, what
//! stands in parentheses an aside and left out.

use super::lexicon::{Part, is_past, part};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A placeholder, a name, a list, anything that only data spells.
    Value,
    /// A name that code spells: `order_total`, `cart.total`, `readLine`.
    Code,
    /// A sign that stands alone.
    Sign,
    Word(Part),
}

/// What ends after a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Nothing,
    /// A part of an enumeration, or a phrase: a comma.
    Phrase,
    /// A clause: what follows explains it.
    Clause,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) class: Class,
    pub(super) ends: Ends,
}

/// Longest word that is looked up.
pub(super) const WORD_BYTES_MAX: usize = 24;

/// The tokens of a text of [`parameterize`](crate::message::parameterize).
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let titled = is_titled(text);
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(24);
    let mut listed = Depth::new(text, &[('[', ']'), ('{', '}')]);
    let mut aside = Depth::new(text, &[('(', ')')]);
    let mut begins = true;
    for word in text.split(' ') {
        let was_listed = listed.enter(word);
        let was_aside = aside.enter(word);
        if word.is_empty() {
            continue;
        }
        let ends = ends(word);
        let opens = aside.kinds.iter().any(|kind| word.starts_with(kind.0));
        if was_aside || (opens && !tokens.is_empty()) {
            // What ends an aside may end the clause around it.
            if let Some(last) = tokens.last_mut().filter(|_| aside.open == 0) {
                last.ends = if ends == Ends::Nothing { last.ends } else { ends };
            }
        } else if was_listed {
            // The value stands for it already.
        } else {
            let class = classify(word, begins, titled);
            tokens.push(Token { text: core(word), class, ends });
        }
        begins = ends == Ends::Clause || word.ends_with(']') || matches!(word, "-" | "–" | "—");
    }
    join_names(&mut tokens);
    join_pairs(&mut tokens);
    find_verbs(&mut tokens);
    find_actual(&mut tokens);
    tokens
}

/// `Bank of Norway`: what stands between two parts of a name belongs to it.
fn join_names(tokens: &mut [Token<'_>]) {
    let is_name = |token: &Token<'_>| {
        token.class == Class::Value && token.text.starts_with(|first: char| first.is_uppercase())
    };
    for at in 1..tokens.len().saturating_sub(1) {
        let joins = matches!(tokens[at].text, "of" | "the" | "and" | "de" | "la" | "van" | "von");
        let inside = [at - 1, at].iter().all(|at| tokens[*at].ends == Ends::Nothing);
        if joins && inside && is_name(&tokens[at - 1]) && is_name(&tokens[at + 1]) {
            tokens[at].class = Class::Value;
        }
    }
}

/// `route=night north by=2h`: what stands between two pairs belongs to the value of the first.
fn join_pairs(tokens: &mut [Token<'_>]) {
    let is_pair = |token: &Token<'_>| token.class == Class::Value && token.text.contains('=');
    let pairs: Vec<usize> = (0..tokens.len()).filter(|at| is_pair(&tokens[*at])).collect();
    for pair in pairs.windows(2) {
        let between = pair[0]..pair[1];
        if between.clone().all(|at| tokens[at].ends != Ends::Clause) {
            between.for_each(|at| tokens[at].class = Class::Value);
        }
    }
}

/// `job is done, expected queued` and `expected queued, got done`: code spells what it expects, and
/// what it found instead is data.
fn find_actual(tokens: &mut [Token<'_>]) {
    let Some(at) = tokens.iter().position(|token| token.text.eq_ignore_ascii_case("expected"))
    else {
        return;
    };
    let clause = |token: &Token<'_>| token.ends == Ends::Clause;
    if at > 0 && tokens[at - 1].ends == Ends::Phrase {
        let told = tokens[..at].iter().rposition(|token| {
            token.class == Class::Word(Part::Auxiliary) || clause(token) || is_found(token.text)
        });
        if let Some(told) = told.filter(|told| !clause(&tokens[*told])) {
            tokens[told + 1..at].iter_mut().for_each(|token| token.class = Class::Value);
        }
        return;
    }
    let end = tokens[at..].iter().position(clause).map_or(tokens.len(), |end| at + end + 1);
    let told = tokens[at..end].windows(2).position(|pair| {
        (pair[0].ends == Ends::Phrase || pair[0].text == "but") && is_told(&pair[1])
    });
    if let Some(told) = told {
        tokens[at + told + 2..end].iter_mut().for_each(|token| token.class = Class::Value);
    }
}

fn is_told(token: &Token<'_>) -> bool {
    is_found(token.text) || matches!(token.text, "is" | "was" | "are" | "were" | "has" | "had")
}

fn is_found(word: &str) -> bool {
    matches!(word, "got" | "found" | "received" | "saw" | "instead" | "actual" | "given")
}

/// A word of no list with an `s` after whoever does it, and something else than a verb after it.
fn find_verbs(tokens: &mut [Token<'_>]) {
    const FREE: Class = Class::Word(Part::Free);
    for at in 1..tokens.len() {
        let (before, token, after) = (tokens[at - 1], tokens[at], tokens.get(at + 1));
        let word = token.text;
        let inflected = word.ends_with('s') && !word.ends_with("ss") && !word.ends_with("us");
        let subject = matches!(
            before.class,
            Class::Value | Class::Code | Class::Word(Part::Free | Part::Noun | Part::Namer)
        );
        let verb_follows = after.is_none_or(|after| {
            matches!(after.class, Class::Word(Part::Auxiliary) | Class::Sign)
                || (after.class == Class::Word(Part::State) && is_past(after.text))
        });
        let inside = before.ends == Ends::Nothing && token.ends == Ends::Nothing;
        if token.class == FREE && inflected && inside && subject && !verb_follows {
            tokens[at].class = Class::Word(Part::Verb);
        }
    }
}

/// How many brackets of some kinds are open; none ever is where they do not close.
struct Depth {
    kinds: &'static [(char, char)],
    open: usize,
}

impl Depth {
    fn new(text: &str, kinds: &'static [(char, char)]) -> Self {
        let mut depth = Self { kinds, open: 0 };
        depth.enter(text);
        let kinds = if depth.open == 0 { kinds } else { &[] };
        Self { kinds, open: 0 }
    }

    /// Reads a word; whether it began inside.
    fn enter(&mut self, word: &str) -> bool {
        let was = self.open > 0;
        for sign in word.chars() {
            if self.kinds.iter().any(|kind| kind.0 == sign) {
                self.open += 1;
            } else if self.kinds.iter().any(|kind| kind.1 == sign) {
                self.open = self.open.saturating_sub(1);
            }
        }
        was
    }
}

/// A word without the punctuation around it.
fn core(word: &str) -> &str {
    let core = word.trim_matches(|c: char| {
        matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | '(' | ')' | '"' | '\'' | '…' | '*')
    });
    if core.is_empty() { word } else { core }
}

fn ends(word: &str) -> Ends {
    let word = word.trim_end_matches([')', '"', '\'', ']', '}']);
    match word.chars().next_back() {
        Some(':' | ';' | '.' | '!' | '?' | '…') => Ends::Clause,
        Some(',') => Ends::Phrase,
        _ => Ends::Nothing,
    }
}

fn classify(word: &str, begins: bool, titled: bool) -> Class {
    let core = core(word);
    if core.contains(['<', '[', '{', '=']) && core.len() > 1 || core == "[" || core == "{" {
        return Class::Value;
    }
    let Some(first) = core.chars().next() else { return Class::Value };
    if !core.contains(char::is_alphanumeric) {
        return if core == "&" { Class::Word(Part::Conjunction) } else { Class::Sign };
    }
    let mut lower = [0u8; WORD_BYTES_MAX];
    let known = match lower_case(core, &mut lower) {
        Some(word) => part(word),
        None => Part::Free,
    };
    // Within a sentence a capital makes a name of any word but an abbreviation: `New York`, `JSON`.
    let capital = first.is_uppercase() && !begins && !titled;
    let abbreviation = known == Part::Noun && !core.contains(char::is_lowercase);
    if known != Part::Free && (!capital || abbreviation) {
        return Class::Word(known);
    }
    if is_data(core) {
        return Class::Value;
    }
    if is_code(core) {
        // Code numbers what is of a kind: `block_9`.
        let numbered = core.bytes().any(|byte| byte.is_ascii_digit());
        return if numbered { Class::Value } else { Class::Code };
    }
    if capital {
        return Class::Value;
    }
    Class::Word(Part::Free)
}

/// A word in lower case; none where it is longer than any that is known, or not of ASCII.
pub(super) fn lower_case<'a>(word: &str, into: &'a mut [u8; WORD_BYTES_MAX]) -> Option<&'a str> {
    let into = into.get_mut(..word.len())?;
    into.copy_from_slice(word.as_bytes());
    into.make_ascii_lowercase();
    std::str::from_utf8(into).ok()
}

/// Whether only data spells a word: digits first or after capitals, signs, hyphens between words of
/// no list, a host, a file that somebody made.
fn is_data(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes[0].is_ascii_digit()
        || word.contains(['@', '/', '\\', '#', '%', '$', '+', '*', '~', '|'])
    {
        return true;
    }
    if bytes[0].is_ascii_uppercase()
        && bytes.iter().any(u8::is_ascii_digit)
        && !bytes.iter().any(u8::is_ascii_lowercase)
    {
        return true;
    }
    let mut lower = [0u8; WORD_BYTES_MAX];
    let is_free = |piece: &str, lower: &mut [u8; WORD_BYTES_MAX]| {
        lower_case(piece, lower).is_none_or(|piece| part(piece) == Part::Free)
    };
    (word.contains('-') && word.split('-').all(|piece| is_free(piece, &mut lower)))
        || is_host(word)
        || is_document(word)
}

/// Whether a word is the name of a file that programs are given, and not one that they are made of.
fn is_document(word: &str) -> bool {
    #[rustfmt::skip]
    const EXTENSIONS: &[&str] = &[
        "avi", "avro", "bak", "bmp", "csv", "doc", "docx", "eml", "gif", "gz", "heic", "htm",
        "html", "jpeg", "jpg", "json", "jsonl", "m4a", "mov", "mp3", "mp4", "ndjson", "ods",
        "parquet", "pdf", "png", "ppt", "pptx", "rtf", "svg", "tar", "tgz", "tif", "tiff", "tmp",
        "tsv", "txt", "wav", "webm", "webp", "xls", "xlsx", "xml", "zip",
    ];
    let stem = word.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    stem.is_some_and(|(_, extension)| EXTENSIONS.binary_search(&extension).is_ok())
}

fn is_host(word: &str) -> bool {
    const TOPS: &[&str] = &[
        "ai",
        "app",
        "biz",
        "cloud",
        "cluster",
        "co",
        "com",
        "corp",
        "de",
        "dev",
        "edu",
        "eu",
        "example",
        "gov",
        "home",
        "info",
        "int",
        "internal",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "mil",
        "net",
        "org",
        "svc",
        "test",
        "uk",
        "us",
    ];
    let host = word.split_once(':').map_or(word, |(host, _)| host);
    host.rsplit_once('.').is_some_and(|(_, top)| TOPS.contains(&top))
}

/// Whether code spells a word: parts joined by `_`, dots or colons, capitals within, or a type.
fn is_code(word: &str) -> bool {
    let bytes = word.as_bytes();
    let humped =
        bytes.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    humped || word.contains(['_', '.', ':'])
}

/// Whether words begin with capitals as in a title, so that a capital makes no name.
fn is_titled(text: &str) -> bool {
    let (mut capitals, mut small) = (0usize, 0usize);
    for word in text.split(' ') {
        match word.chars().next() {
            Some(first) if first.is_uppercase() => capitals += 1,
            Some(first) if first.is_lowercase() => small += 1,
            _ => {}
        }
    }
    capitals > small + 1
}
