//! A sentence written again without its values, by the parts that its words have in it.
//!
//! Invariants: tokens are walked once, and each looks ahead only over the phrase that it is in.

use super::lexicon::{Part, is_generic, is_past, is_unit, means_to};
use super::token::{Class, Ends, Token, WORD_BYTES_MAX, lower_case};

/// What stands for a value, or for several that follow each other.
const VALUE: &str = "*";
/// Words that are looked at ahead.
const AHEAD_MAX: usize = 8;

/// How much of a message is its gist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    /// Up to the end of the first clause that says what happened.
    Statement,
}

/// Where in a phrase the next word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A clause begins: who or what does something.
    Subject,
    /// After the first noun of the subject.
    SubjectNoun,
    /// After an auxiliary: what it does, or how it is.
    Verb,
    /// After what it does: to whom or what.
    Object,
    /// After the first noun of the object.
    ObjectNoun,
    /// After a preposition: what it is about.
    About,
    /// The same where a word before says that a kind follows, and no name.
    AboutKind,
    /// After a noun there.
    AboutNoun,
    /// After a noun that a name follows.
    Named,
    /// After a value that is a word.
    Name,
    /// After a value that its spelling shows.
    Value,
}

/// Writes the gist of tokens.
pub(super) fn write(tokens: &[Token<'_>], extent: Extent) -> String {
    let mut writer = Writer { tokens, out: String::new(), place: Place::Subject };
    let mut begin = 0;
    while begin < tokens.len() {
        let end = clause_end(tokens, begin);
        writer.clause(begin, end);
        if extent == Extent::Statement && is_statement(&tokens[begin..end]) {
            break;
        }
        begin = end;
    }
    writer.out
}

/// Where the clause that begins at a token ends.
fn clause_end(tokens: &[Token<'_>], begin: usize) -> usize {
    for at in begin..tokens.len() {
        if tokens[at].ends == Ends::Clause {
            return at + 1;
        }
        if at > begin && at + 1 < tokens.len() && explains(&tokens[at + 1..]) {
            return at + 1;
        }
    }
    tokens.len()
}

/// Whether a reason begins: after a dash, or `because`, or `due to`.
fn explains(tokens: &[Token<'_>]) -> bool {
    match tokens {
        [first, ..] if matches!(first.text, "-" | "–" | "—" | "->" | "|" | "because") => true,
        [first, second, ..] => first.text == "due" && second.text == "to",
        _ => false,
    }
}

/// Whether a clause says what happened to what: it has a verb, and a word that is not of errors in
/// general.
fn is_statement(clause: &[Token<'_>]) -> bool {
    let mut lower = [0; WORD_BYTES_MAX];
    let (mut verb, mut subject) = (false, false);
    for (at, token) in clause.iter().enumerate() {
        match token.class {
            // What was to be done: `open the file: permission denied`.
            Class::Word(Part::State) if at == 0 && is_ordered(token.text) => {}
            Class::Word(Part::Auxiliary | Part::State | Part::Verb) => verb = true,
            Class::Value | Class::Code => subject = true,
            _ => {}
        }
        let Class::Word(part) = token.class else { continue };
        let content = matches!(part, Part::Noun | Part::Namer | Part::Free | Part::State);
        subject |= content && !lower_case(token.text, &mut lower).is_some_and(is_generic);
    }
    verb && subject && clause.len() > 1
}

fn is_ordered(word: &str) -> bool {
    matches!(word, "open" | "read" | "set" | "shut" | "free" | "complete" | "correct" | "hit")
}

struct Writer<'a> {
    tokens: &'a [Token<'a>],
    out: String,
    place: Place,
}

impl Writer<'_> {
    fn clause(&mut self, begin: usize, end: usize) {
        self.place = Place::Subject;
        // One word that explains a clause is a value: `unknown currency: xyz`.
        let alone = begin > 1 && end == begin + 1 && end == self.tokens.len();
        if begin > 0 && self.tokens[begin - 1].ends == Ends::Clause && !self.out.is_empty() {
            self.out.push(':');
        }
        if alone || is_enumeration(&self.tokens[begin..end]) {
            return self.value();
        }
        for at in begin..end {
            self.token(at, end);
        }
    }

    fn token(&mut self, at: usize, end: usize) {
        let token = self.tokens[at];
        match token.class {
            Class::Value => {
                self.value();
                self.place = Place::Value;
            }
            Class::Sign => self.word(token.text),
            Class::Code if self.place == Place::Named => self.value(),
            Class::Code => self.noun(token.text),
            Class::Word(part) => self.part(part, at, end),
        }
        if token.ends == Ends::Phrase && !self.tokens.get(at + 1).is_some_and(is_value) {
            self.place = Place::Subject;
        }
    }

    fn part(&mut self, part: Part, at: usize, end: usize) {
        let text = self.tokens[at].text;
        if self.place == Place::Value && self.is_unit(at) {
            return;
        }
        match part {
            Part::Preposition if text == "to" && self.is_meant(at) => {
                self.word(text);
                self.place = Place::Verb;
            }
            Part::Preposition => {
                self.word(text);
                self.place = Place::About;
            }
            Part::Auxiliary if self.place == Place::About => self.value(),
            Part::Determiner if self.place == Place::Named => self.value(),
            Part::Auxiliary => {
                self.word(same_number(text));
                self.place = Place::Verb;
            }
            Part::Determiner => {
                self.word(text);
                if self.place == Place::About {
                    self.place = Place::AboutKind;
                }
            }
            Part::Adverb => self.word(text),
            Part::Conjunction => self.conjunction(at, end),
            Part::State => self.state(at, end),
            Part::Verb => {
                self.word(text);
                self.place = Place::Object;
            }
            Part::Noun => self.noun(text),
            Part::Namer => {
                self.word(text);
                self.place = Place::Named;
            }
            Part::Free => self.free(at, end),
        }
    }

    /// A word of no list: a word of the business, a verb, or a value.
    fn free(&mut self, at: usize, end: usize) {
        let text = self.tokens[at].text;
        let next_is_value = self.tokens[at + 1..end].first().is_some_and(is_value);
        let told = at.checked_sub(1).map(|before| self.tokens[before].class);
        let (is_value, place) = match self.place {
            // `too heavy`: how something is.
            _ if told == Some(Class::Word(Part::Adverb)) => (false, Place::Object),
            Place::Subject => (false, Place::SubjectNoun),
            Place::SubjectNoun => (self.is_before_verb(at, end), Place::SubjectNoun),
            Place::Verb => (false, Place::Object),
            Place::Object => (false, Place::ObjectNoun),
            Place::ObjectNoun => (true, Place::ObjectNoun),
            Place::About if next_is_value => (false, Place::AboutNoun),
            Place::About | Place::Name => (true, Place::Name),
            Place::AboutKind => (false, Place::AboutNoun),
            Place::AboutNoun => (true, Place::AboutNoun),
            Place::Named => (true, Place::Named),
            Place::Value => (false, Place::Object),
        };
        if is_value {
            self.value()
        } else {
            self.word(text)
        }
        self.place = place;
    }

    fn noun(&mut self, text: &str) {
        self.word(text);
        self.place = match self.place {
            Place::Subject | Place::SubjectNoun => Place::SubjectNoun,
            Place::About | Place::AboutKind | Place::AboutNoun => Place::AboutNoun,
            Place::Verb => Place::Object,
            _ => Place::ObjectNoun,
        };
    }

    /// `an order in state refunded cannot …`: before an auxiliary stands what it is said of.
    fn state(&mut self, at: usize, end: usize) {
        let named = matches!(self.place, Place::Named | Place::AboutNoun | Place::Name);
        let next = self.tokens[at + 1..end].first().map(|token| token.class);
        if named && next == Some(Class::Word(Part::Auxiliary)) {
            return self.value();
        }
        self.word(self.tokens[at].text);
        self.place = match self.place {
            Place::About | Place::AboutKind => Place::AboutKind,
            Place::Subject => Place::Subject,
            _ => Place::Object,
        };
    }

    /// Values that are joined are one.
    fn conjunction(&mut self, at: usize, end: usize) {
        let next = self.tokens[at + 1..end].first();
        let joins = self.out.ends_with(VALUE)
            && next.is_some_and(|next| {
                is_value(next)
                    || (self.place == Place::Name && next.class == Class::Word(Part::Free))
            });
        if joins {
            return;
        }
        self.word(self.tokens[at].text);
        if !matches!(self.place, Place::About | Place::Name | Place::AboutNoun | Place::AboutKind) {
            self.place = Place::Subject;
        }
    }

    /// Whether the phrase goes on to say what became of it.
    fn is_before_verb(&self, at: usize, end: usize) -> bool {
        let ahead = self.tokens[at + 1..end].iter().take(AHEAD_MAX);
        let mut rest = ahead.skip_while(|token| {
            matches!(token.class, Class::Value | Class::Word(Part::Free | Part::Conjunction))
        });
        rest.next().is_some_and(|token| match token.class {
            Class::Word(Part::Auxiliary | Part::Verb) => true,
            Class::Word(Part::State) => is_past(token.text),
            _ => false,
        })
    }

    fn is_unit(&self, at: usize) -> bool {
        let mut lower = [0; WORD_BYTES_MAX];
        lower_case(self.tokens[at].text, &mut lower).is_some_and(is_unit)
    }

    fn is_meant(&self, at: usize) -> bool {
        let mut lower = [0; WORD_BYTES_MAX];
        let before = at.checked_sub(1).map(|before| self.tokens[before].text);
        before.and_then(|word| lower_case(word, &mut lower)).is_some_and(means_to)
    }

    fn word(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    fn value(&mut self) {
        if !self.out.ends_with(VALUE) {
            self.word(VALUE);
        }
    }
}

fn is_value(token: &Token<'_>) -> bool {
    token.class == Class::Value
}

/// One order was lost, or several.
fn same_number(auxiliary: &str) -> &str {
    match auxiliary {
        "are" => "is",
        "were" => "was",
        "have" => "has",
        "do" => "does",
        other => other,
    }
}

/// Whether a clause is single words with commas between.
fn is_enumeration(clause: &[Token<'_>]) -> bool {
    let Some((_, but_last)) = clause.split_last() else { return false };
    !but_last.is_empty() && but_last.iter().all(|token| token.ends == Ends::Phrase)
}
