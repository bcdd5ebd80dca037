//! Which function a place of JavaScript or TypeScript is in.
//!
//! Invariants: linear in the source up to the place, and no more of it than a limit. The source is read as words
//! and brackets, not parsed: what stands before the brackets that are open at the place tells what they open. A
//! name is one that the source has for the function; a function without one is called nothing, as the place
//! outside all functions is.

use super::lexer::{self, Kind, Lexeme, Lexemes};
use super::limits;

/// Lexemes that are looked at for the types and generics between a function's parts.
const TYPE_LEXEMES: usize = 64;
/// Bytes behind the place in which the parameters end.
const HEAD_BYTES: usize = 1_000;
/// Bytes of a name.
const NAME_BYTES: usize = 256;

/// Files that are read: those of other languages have other functions.
const EXTENSIONS: &[&str] =
    &["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "es6"];

/// The function around a place, line and column from 0, the column in UTF-16: empty outside of all and for one
/// without a name, and none where the source cannot be read for it.
pub(super) fn enclosing(file: &str, source: &str, place: (u32, u32)) -> Option<String> {
    let extension = file.rsplit_once('.')?.1;
    if !EXTENSIONS.contains(&extension) {
        return None;
    }
    let offset = offset_of(source, place)?;
    if offset > limits::SCOPE_BYTES {
        return None;
    }
    // With the word at the place: it may begin a statement of its own.
    let end = offset + lexer::first_word_bytes(&source[offset..]).min(NAME_BYTES);
    let code = source.get(..end).unwrap_or(&source[..offset]);
    let scopes = Scopes(lexer::lex(code));
    let head = scopes.head(&source[code.len()..]);
    Some(head.unwrap_or_else(|| scopes.name()))
}

/// The byte at a place; none where the source does not have its line.
fn offset_of(source: &str, (line, column): (u32, u32)) -> Option<usize> {
    let mut start = 0;
    for _ in 0..line {
        start += source[start..].find('\n')? + 1;
    }
    let mut units = 0;
    for (at, char) in source[start..].char_indices() {
        if units >= column || char == '\n' {
            return Some(start + at);
        }
        units += if char.len_utf16() == 1 { 1 } else { 2 };
    }
    Some(source.len())
}

/// What brackets open.
#[derive(Debug, PartialEq, Eq)]
enum Scope {
    Function(String),
    /// A function that belongs to the class around it, where there is one.
    Member(String),
    Constructor,
    Class(String),
    Other,
}

struct Scopes<'a>(Lexemes<'a>);

impl Scopes<'_> {
    /// The name of the function whose parameters are at the place: bundlers say so of its first line too.
    fn head(&self, rest: &str) -> Option<String> {
        let open = *self.0.open.last()?;
        let scope = self.function(open);
        if self.text(Some(open)) != "(" || scope == Scope::Other {
            return None;
        }
        let end = (HEAD_BYTES..rest.len()).find(|end| rest.is_char_boundary(*end));
        let rest = lexer::lex(&rest[..end.unwrap_or(rest.len())]).all;
        // What closes a bracket that is not opened behind the place is a sign.
        let close =
            rest.iter().position(|lexeme| (lexeme.kind, lexeme.text) == (Kind::Sign, ")"))?;
        let has_body = matches!(rest.get(close + 1)?.text, "{" | ":");
        has_body.then(|| self.qualify(scope, self.0.open.len() - 1))
    }

    /// The name of the innermost function.
    fn name(&self) -> String {
        let open = &self.0.open;
        let mut end = self.0.all.len();
        for depth in (0..=open.len()).rev() {
            // Between this bracket and what is open within it may be an arrow whose body has no bracket.
            let begin = depth.checked_sub(1).map_or(0, |level| open[level] + 1);
            if let Some(arrow) = self.find_arrow(begin, end) {
                return self.qualify(self.arrow(arrow), depth);
            }
            let Some(level) = depth.checked_sub(1) else { break };
            end = open[level];
            match self.scope(end) {
                Scope::Class(_) | Scope::Other => {}
                function => return self.qualify(function, level),
            }
        }
        String::new()
    }

    /// The name of a function, with the class's where it is directly within the brackets of one. So many
    /// brackets are open around it.
    fn qualify(&self, function: Scope, depth: usize) -> String {
        let around = depth.checked_sub(1).map(|level| self.scope(self.0.open[level]));
        let class = match around {
            Some(Scope::Class(class)) => class,
            _ => String::new(),
        };
        let name = match function {
            Scope::Constructor if !class.is_empty() => format!("new {class}"),
            Scope::Member(name) if !class.is_empty() && !name.is_empty() => {
                format!("{class}.{name}")
            }
            Scope::Function(name) | Scope::Member(name) => name,
            Scope::Constructor | Scope::Class(_) | Scope::Other => String::new(),
        };
        name.chars().take(NAME_BYTES).collect()
    }

    fn at(&self, place: Option<usize>) -> Option<&Lexeme<'_>> {
        self.0.all.get(place?)
    }

    fn text(&self, place: Option<usize>) -> &str {
        self.at(place).map_or("", |lexeme| lexeme.text)
    }

    fn is_word(&self, place: Option<usize>) -> bool {
        self.at(place).is_some_and(|lexeme| lexeme.kind == Kind::Word)
    }

    /// The bracket that a closing one closes.
    fn partner(&self, place: usize) -> Option<usize> {
        let lexeme = self.0.all.get(place).filter(|lexeme| lexeme.kind == Kind::Close)?;
        usize::try_from(lexeme.partner?).ok()
    }

    /// An arrow between two places whose body has no bracket and reaches to the second.
    fn find_arrow(&self, begin: usize, end: usize) -> Option<usize> {
        let mut place = end;
        while place > begin {
            place -= 1;
            let lexeme = &self.0.all[place];
            match lexeme.kind {
                Kind::Arrow if self.text(Some(place + 1)) != "{" || place + 1 == end => {
                    // One just before an open brace has that for its body.
                    let is_braced = place + 1 == end && self.text(Some(end)) == "{";
                    return (!is_braced).then_some(place);
                }
                Kind::Sign if matches!(lexeme.text, ";" | ",") => return None,
                Kind::Word if STATEMENTS.contains(&lexeme.text) => return None,
                _ => {}
            }
            let first = self.partner(place).filter(|open| *open >= begin).unwrap_or(place);
            if self.begins_statement(first) {
                return None;
            }
            place = first;
        }
        None
    }

    /// Whether a line ends before a lexeme, and a statement with it.
    fn begins_statement(&self, place: usize) -> bool {
        let is_value = |place: Option<usize>| {
            self.at(place).is_some_and(|lexeme| match lexeme.kind {
                Kind::Word => !OPERATORS.contains(&lexeme.text),
                Kind::Value | Kind::Close => true,
                Kind::Open | Kind::Arrow | Kind::Sign => false,
            })
        };
        self.0.all[place].begins_line
            && self.0.all[place].kind != Kind::Close
            && is_value(Some(place))
            && is_value(place.checked_sub(1))
    }

    /// What an open bracket opens.
    fn scope(&self, open: usize) -> Scope {
        let Some(before) = open.checked_sub(1) else { return Scope::Other };
        if self.text(Some(open)) != "{" {
            return Scope::Other;
        }
        if self.0.all[before].kind == Kind::Arrow {
            return self.arrow(before);
        }
        if let Some(params) = self.partner(before).filter(|at| self.text(Some(*at)) == "(") {
            let scope = self.function(params);
            if scope != Scope::Other {
                return scope;
            }
        }
        self.scope_behind_types(before)
    }

    /// What a brace opens that has types or the bases of a class before it.
    fn scope_behind_types(&self, last: usize) -> Scope {
        if let Some(class) = self.back_over_types(last, |at| self.text(Some(at)) == "class") {
            return self.class(class);
        }
        self.params_before_type(last).map_or(Scope::Other, |params| self.function(params))
    }

    /// Goes back over what may be in types, to the first lexeme that is looked for.
    fn back_over_types(&self, last: usize, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let mut place = last;
        for _ in 0..TYPE_LEXEMES {
            if is_it(place) {
                return Some(place);
            }
            let lexeme = self.0.all.get(place)?;
            let is_of_type = match lexeme.kind {
                Kind::Word => !STATEMENTS.contains(&lexeme.text),
                Kind::Value | Kind::Close => true,
                Kind::Sign => matches!(lexeme.text, "." | "<" | ">" | "|" | "&" | ","),
                Kind::Arrow => self.text(place.checked_sub(1)) == ")",
                Kind::Open => false,
            };
            let first = self.partner(place).unwrap_or(place);
            if !is_of_type || (first != last && self.begins_statement(first)) {
                return None;
            }
            place = first.checked_sub(1)?;
        }
        None
    }

    /// The bracket of the parameters before the type of a function's result, which ends here.
    fn params_before_type(&self, last: usize) -> Option<usize> {
        let colon = self.back_over_types(last, |at| self.text(Some(at)) == ":")?;
        self.partner(colon.checked_sub(1)?).filter(|open| self.text(Some(*open)) == "(")
    }

    /// The name before its type, which ends here.
    fn name_before_type(&self, last: usize) -> Option<usize> {
        // A comma within generics is the type's; another is before something else.
        let is_end = |at: usize| match self.text(Some(at)) {
            ":" => true,
            "," => self.before_generics(last) == last,
            _ => false,
        };
        let colon = self.back_over_types(last, is_end)?;
        if self.text(Some(colon)) != ":" {
            return None;
        }
        let before = colon.checked_sub(1)?;
        let optional = usize::from(matches!(self.text(Some(before)), "?" | "!"));
        let name = before.checked_sub(optional).filter(|name| self.is_word(Some(*name)))?;
        self.may_begin(name).then_some(name)
    }

    fn class(&self, place: usize) -> Scope {
        let name = place + 1;
        let is_named =
            self.is_word(Some(name)) && !matches!(self.text(Some(name)), "extends" | "implements");
        if is_named {
            return Scope::Class(self.text(Some(name)).to_owned());
        }
        match place.checked_sub(1).map(|before| self.assigned(before)) {
            Some(Scope::Function(name) | Scope::Member(name)) => Scope::Class(name),
            _ => Scope::Class(String::new()),
        }
    }

    /// The function whose parameters a bracket opens, if they are a function's.
    fn function(&self, params: usize) -> Scope {
        let Some(head) = params.checked_sub(1).map(|at| self.before_generics(at)) else {
            return Scope::Other;
        };
        let text = self.text(Some(head));
        let star = usize::from(text == "*");
        if self.text(head.checked_sub(star)) == "function" {
            let start = self.before_async(head.saturating_sub(star).checked_sub(1));
            return start.map_or(Scope::Function(String::new()), |start| self.assigned(start));
        }
        let lexeme = &self.0.all[head];
        let before = head.checked_sub(1);
        match lexeme.kind {
            Kind::Word if self.is_declared(before) => Scope::Function(text.to_owned()),
            _ if !self.may_precede_member(before) && !self.begins_statement(head) => Scope::Other,
            Kind::Word if CONTROLS.contains(&text) => Scope::Other,
            Kind::Word if text == "constructor" => Scope::Constructor,
            Kind::Word => Scope::Member(text.to_owned()),
            Kind::Value => Scope::Member(unquote(text)),
            // A member whose name is computed.
            Kind::Close if text == "]" => Scope::Member(String::new()),
            _ => Scope::Other,
        }
    }

    /// Whether a name after this place is a function's that is declared by its keyword.
    fn is_declared(&self, before: Option<usize>) -> bool {
        match self.text(before) {
            "function" => true,
            "*" => self.text(before.and_then(|at| at.checked_sub(1))) == "function",
            _ => false,
        }
    }

    /// Whether what may stand before a member of a class or an object stands here.
    fn may_precede_member(&self, before: Option<usize>) -> bool {
        let Some(lexeme) = self.at(before) else { return false };
        matches!(lexeme.text, "{" | "}" | "," | ";" | "*") || MODIFIERS.contains(&lexeme.text)
    }

    /// The function of an arrow.
    fn arrow(&self, arrow: usize) -> Scope {
        let nameless = Scope::Function(String::new());
        let Some(last) = arrow.checked_sub(1) else { return nameless };
        let Some(params) = self.params_of_arrow(last) else { return nameless };
        let start = params.checked_sub(1).map(|at| self.before_generics(at));
        self.before_async(start).map_or(nameless, |start| self.assigned(start))
    }

    /// Where the parameters of an arrow begin.
    fn params_of_arrow(&self, last: usize) -> Option<usize> {
        let own = self.partner(last).filter(|open| self.text(Some(*open)) == "(");
        let params = own.or_else(|| self.params_before_type(last));
        params.or_else(|| self.is_word(Some(last)).then_some(last))
    }

    /// The place before `async`, where that is here.
    fn before_async(&self, place: Option<usize>) -> Option<usize> {
        if self.text(place) == "async" { place?.checked_sub(1) } else { place }
    }

    /// The place before generics that end here.
    fn before_generics(&self, last: usize) -> usize {
        if self.text(Some(last)) != ">" {
            return last;
        }
        let (mut place, mut depth) = (last, 0_usize);
        for _ in 0..TYPE_LEXEMES {
            match self.text(Some(place)) {
                ">" => depth += 1,
                "<" => depth = depth.saturating_sub(1),
                _ => {}
            }
            let Some(before) = place.checked_sub(1) else { break };
            place = before;
            if depth == 0 {
                return place;
            }
        }
        last
    }

    /// What a function is called that begins behind a place: by what it is assigned to, or its key.
    fn assigned(&self, last: usize) -> Scope {
        let before = last.checked_sub(1);
        match self.text(Some(last)) {
            "=" => self.assigned_to(before),
            ":" => {
                let is_key =
                    matches!(self.text(before.and_then(|at| at.checked_sub(1))), "{" | ",");
                match self.at(before) {
                    Some(key) if is_key && key.kind == Kind::Word => {
                        Scope::Member(key.text.to_owned())
                    }
                    Some(key) if is_key && key.kind == Kind::Value => {
                        Scope::Member(unquote(key.text))
                    }
                    _ => Scope::Function(String::new()),
                }
            }
            _ => Scope::Function(String::new()),
        }
    }

    /// Whether what is declared or assigned to may begin here: behind most signs it is a part of something else.
    fn may_begin(&self, place: usize) -> bool {
        self.at(place.checked_sub(1)).is_none_or(|before| match before.kind {
            Kind::Sign => matches!(before.text, ";" | ","),
            Kind::Arrow => false,
            Kind::Word | Kind::Value | Kind::Open | Kind::Close => true,
        })
    }

    /// The name of what is assigned to: `total`, `cart.total`; of `cart: Cart` it is `cart`.
    fn assigned_to(&self, last: Option<usize>) -> Scope {
        let nameless = Scope::Function(String::new());
        let Some(last) = last else { return nameless };
        if let Some(name) = self.name_before_type(last) {
            return Scope::Member(self.text(Some(name)).to_owned());
        }
        let mut first = last;
        while first > 1
            && self.is_word(Some(first))
            && self.text(first.checked_sub(1)) == "."
            && last - first < TYPE_LEXEMES
        {
            first -= 2;
        }
        let chain = &self.0.all[first..=last];
        if !self.may_begin(first) || chain.iter().step_by(2).any(|lexeme| lexeme.kind != Kind::Word)
        {
            return nameless;
        }
        let name: String = chain.iter().map(|lexeme| lexeme.text).collect();
        let name = name.replace(".prototype.", ".");
        let name = name.strip_prefix("this.").or(name.strip_prefix("exports.")).unwrap_or(&name);
        Scope::Member(name.to_owned())
    }
}

fn unquote(text: &str) -> String {
    text.trim_matches(['"', '\'', '`']).to_owned()
}

/// Words that begin a statement.
const STATEMENTS: &[&str] = &[
    "const", "let", "var", "function", "class", "return", "if", "else", "for", "while", "do",
    "switch", "case", "throw", "try", "catch", "finally", "import", "export", "break", "continue",
];

/// Words before brackets that are no function's parameters.
const CONTROLS: &[&str] =
    &["if", "for", "while", "switch", "catch", "with", "return", "super", "await", "function"];

/// Words before the name of a member.
const MODIFIERS: &[&str] = &[
    "async",
    "get",
    "set",
    "static",
    "public",
    "private",
    "protected",
    "readonly",
    "override",
    "abstract",
    "declare",
    "accessor",
];

/// Words between two values.
const OPERATORS: &[&str] = &[
    "in",
    "of",
    "instanceof",
    "as",
    "is",
    "satisfies",
    "typeof",
    "new",
    "await",
    "async",
    "yield",
    "void",
    "delete",
    "extends",
    "keyof",
];
