//! The parts of a name between its separators, in the spelling of whichever language wrote it.
//!
//! Invariants: parts are slices of the text that was read; at most [`SEGMENTS_MAX`] are kept, the
//! last one always. A bracket that never closes ends the reading, so that nothing is read twice.

/// Parts that are kept of one name.
const SEGMENTS_MAX: usize = 16;
/// How deep a Rust path may lie in another.
const DEPTH_MAX: usize = 4;

/// The parts of one name.
#[derive(Clone, Copy)]
pub(super) struct Segments<'a> {
    parts: [&'a str; SEGMENTS_MAX],
    count: usize,
    /// Whether the name ends with a function that has none.
    anonymous: bool,
    /// Whether a number stood for a class without a name.
    numbered_class: bool,
    /// Whether a compiler or a framework made the class.
    pub(super) generated: bool,
    /// Whether C# made the name; the method of its machinery follows.
    machinery: bool,
}

impl<'a> Segments<'a> {
    fn new() -> Self {
        Self {
            parts: [""; SEGMENTS_MAX],
            count: 0,
            anonymous: false,
            numbered_class: false,
            generated: false,
            machinery: false,
        }
    }

    pub(super) fn of_function(text: &'a str) -> Self {
        let mut segments = Self::new();
        if is_word(text.as_bytes()) {
            segments.add(text);
            return segments;
        }
        let text =
            text.strip_prefix("{closure:").and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        if !text.contains(' ') {
            segments.read(text, 0);
            segments.drop_receiver();
            return segments;
        }
        let text = text.find(" [as ").map_or(text, |at| &text[..at]);
        let text = text.strip_suffix(" const").unwrap_or(text);
        let message = text.strip_prefix("-[").or_else(|| text.strip_prefix("+["));
        match message.and_then(|rest| rest.strip_suffix(']')) {
            Some(objective_c) => objective_c.split(' ').for_each(|part| segments.add(part)),
            None => segments.read(text, 0),
        }
        segments.drop_receiver();
        segments
    }

    pub(super) fn of_module(text: &'a str) -> Self {
        let mut segments = Self::new();
        segments.read(text, 0);
        segments
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn as_slice(&self) -> &[&'a str] {
        &self.parts[..self.count]
    }

    /// The function itself, empty where it has no name, and what stands before it.
    pub(super) fn name(&self) -> (&'a str, &[&'a str]) {
        match self.as_slice() {
            [receivers @ .., name] if !self.anonymous => (name, receivers),
            all => ("", all),
        }
    }

    /// Adds a part as it is.
    pub(super) fn add_plain(&mut self, part: &'a str) {
        if part.is_empty() {
            return;
        }
        if self.count == SEGMENTS_MAX {
            self.count -= 1;
        }
        self.parts[self.count] = part;
        self.count += 1;
    }

    fn read(&mut self, text: &'a str, depth: usize) {
        let bytes = text.as_bytes();
        let (mut at, mut start) = (0, 0);
        while at < bytes.len() {
            let next = match bytes[at] {
                b'.' | b':' | b'#' | b'/' | b'\\' | b'+' | b')' | b'&' | b'*' | b',' => {
                    Some(at + 1)
                }
                b'(' if bytes.get(at + 1) == Some(&b'*') => Some(at + 2),
                b'`' => skip_digits(bytes, at + 1),
                b' ' if at > 0 => {
                    self.count = 0;
                    (self.anonymous, start) = (false, at);
                    Some(at + 1)
                }
                b'(' => closing(bytes, at, b'(', b')'),
                b'[' => closing(bytes, at, b'[', b']'),
                b'{' => self.braces(text, at),
                b'<' if at == start => self.angles(text, at, depth),
                b'<' => closing(bytes, at, b'<', b'>'),
                _ => {
                    at += 1;
                    continue;
                }
            };
            self.add(&text[start..at]);
            let Some(next) = next else { return };
            (at, start) = (next, next);
        }
        self.add(&text[start..]);
    }

    /// `{{closure}}` of Rust belongs to the function before it, `{closure}` of PHP to nobody.
    fn braces(&mut self, text: &'a str, at: usize) -> Option<usize> {
        let end = closing(text.as_bytes(), at, b'{', b'}')?;
        self.anonymous |= &text[at..end] == "{closure}";
        Some(end)
    }

    /// What begins with an angle bracket: a name that is none, one of C#, a path of Rust.
    fn angles(&mut self, text: &'a str, at: usize, depth: usize) -> Option<usize> {
        let end = closing(text.as_bytes(), at, b'<', b'>')?;
        let inner = &text[at + 1..end - 1];
        let rest = &text[end..];
        if is_machinery(rest) {
            let inner = inner.trim_start_matches('<');
            self.add(inner.find('>').map_or(inner, |close| &inner[..close]));
            self.machinery = true;
            return Some(end + rest.find(['.', '+', '(']).unwrap_or(rest.len()));
        }
        match inner {
            "anonymous" | "unknown" | "anonymous function" | "closure" | "fn" => {
                self.count = 0;
                self.anonymous = true;
            }
            "lambda" | "genexpr" | "listcomp" | "dictcomp" | "setcomp" => {
                self.anonymous = self.count == 0;
            }
            "init" | "clinit" | "module" | "main" | "top (required)" | "global" | "script" => {
                self.add_plain(&text[at..end]);
            }
            _ if at == 0 && rest.starts_with("::") && depth < DEPTH_MAX => {
                let implementing =
                    inner.strip_prefix("impl ").and_then(|all| all.split_once(" for "));
                let path = implementing.map_or(inner, |(_, kind)| kind);
                let path = top_level(path, " as ");
                self.read(path.trim_start_matches(['&', '*']), depth + 1);
            }
            _ => {}
        }
        Some(end)
    }

    fn add(&mut self, part: &'a str) {
        if part.is_empty() {
            return;
        }
        let bytes = part.as_bytes();
        if !self.machinery && is_word(bytes) && !is_looked_at(bytes) {
            return self.add_plain(part);
        }
        let part = part.trim_matches('-').trim_end_matches("-fm").trim();
        let plain = part.starts_with(|first: char| {
            first.is_alphabetic() || matches!(first, '_' | '$' | '@' | '~')
        }) && part.bytes().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
        if !plain || is_symbol_hash(part) || is_numbered(part) {
            return;
        }
        if std::mem::take(&mut self.machinery) && matches!(part, "MoveNext" | "Invoke") {
            return;
        }
        if part == "anonymous" {
            self.anonymous = self.count == 0;
        } else if part.contains('$') {
            self.add_dollars(part);
        } else {
            self.add_plain(part);
        }
    }

    /// What the compilers and frameworks of the JVM make of names.
    fn add_dollars(&mut self, part: &'a str) {
        if part
            .strip_prefix("$Proxy")
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
        {
            self.generated = true;
            return;
        }
        if let Some(rest) = part.strip_prefix("lambda$").or_else(|| part.strip_prefix("$anonfun$"))
        {
            let name = rest.split('$').next().filter(|name| starts_name(name));
            self.anonymous = name.is_none();
            self.add_plain(name.unwrap_or_default());
            return;
        }
        let (class, suffix) = part.split_once("$$").unwrap_or((part, ""));
        for piece in class.split('$') {
            self.add_class(piece);
        }
        if let Some(function) = suffix.strip_prefix("anonfun$") {
            function.split('$').for_each(|piece| self.add_class(piece));
        }
        self.generated |= suffix.starts_with("Lambda") || suffix.starts_with("FastClass");
    }

    fn add_class(&mut self, piece: &'a str) {
        if starts_name(piece) {
            self.add_plain(piece);
        } else {
            self.numbered_class |= !piece.is_empty();
        }
    }

    /// The class of a Kotlin or Scala closure is named after the function it is in.
    pub(super) fn name_after_class(&mut self, module: &mut Self) {
        let method = self.as_slice().last().copied().unwrap_or_default();
        let machinery = module.machinery && matches!(method, "MoveNext" | "Invoke");
        let closure = module.numbered_class
            && matches!(
                method,
                "invoke" | "invokeSuspend" | "apply" | "call" | "run" | "emit" | "accept"
            )
            && module
                .as_slice()
                .last()
                .is_some_and(|name| name.starts_with(|c: char| c.is_lowercase()));
        if !machinery && !closure {
            return;
        }
        self.count = 0;
        if let Some(name) = module.as_slice().last().copied() {
            module.count -= 1;
            self.add_plain(name);
        }
    }

    /// Drops what the function says once more of its module.
    pub(super) fn drop_repeated(&mut self, module: &Self) {
        let (said, all) = (module.as_slice(), self.as_slice());
        let most = said.len().min(all.len().saturating_sub(usize::from(!self.anonymous)));
        let repeated = (1..=most).rev().find(|count| said.ends_with(&all[..*count]));
        if let Some(count) = repeated {
            self.parts.copy_within(count..self.count, 0);
            self.count -= count;
        }
    }

    /// Drops a receiver that says the name of the file once more, `Cart.total` in `cart.js`:
    /// whether an engine names it hangs on how the function was called.
    pub(super) fn drop_namesake(&mut self, file: &Self) {
        let (Some(stem), Some(receiver)) = (file.as_slice().last(), self.as_slice().first()) else {
            return;
        };
        if self.count > usize::from(!self.anonymous) && is_namesake(receiver, stem) {
            self.parts.copy_within(1..self.count, 0);
            self.count -= 1;
        }
    }

    /// Drops receivers that a minifier named.
    pub(super) fn drop_short_receivers(&mut self) {
        let short = self.as_slice().iter().take_while(|part| part.len() <= 2).count();
        let short = short.min(self.count.saturating_sub(1));
        self.parts.copy_within(short..self.count, 0);
        self.count -= short;
    }

    /// Drops what JavaScript puts before a function that belongs to nothing.
    fn drop_receiver(&mut self) {
        let receiver = matches!(
            self.parts[0],
            "Object"
                | "Module"
                | "module"
                | "exports"
                | "Function"
                | "global"
                | "window"
                | "self"
                | "this"
        );
        if receiver && self.count > 1 {
            self.parts.copy_within(1..self.count, 0);
            self.count -= 1;
        }
    }
}

/// Where reading goes on after a bracket; none where it does not close.
fn closing(bytes: &[u8], at: usize, open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    for (offset, byte) in bytes[at..].iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close && !(close == b'>' && offset > 0 && bytes[at + offset - 1] == b'-')
        {
            depth -= 1;
            if depth == 0 {
                return Some(at + offset + 1);
            }
        }
    }
    None
}

/// The text before a separator that stands within no angle bracket.
fn top_level<'a>(text: &'a str, separator: &str) -> &'a str {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            b' ' if depth == 0 && text[at..].starts_with(separator) => return &text[..at],
            _ => {}
        }
    }
    text
}

/// Whether two names have the same letters, but for the `s` of a plural.
fn is_namesake(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        let name = name.strip_suffix('s').unwrap_or(name);
        name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
    }
    letters(one).next().is_some() && letters(one).eq(letters(other))
}

fn skip_digits(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count())
}

/// What follows the name in a class or method that C# makes: `d__12`, `b__0`, `c__DisplayClass`,
/// `c`.
fn is_machinery(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    let kind = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    kind && matches!(
        (bytes.next(), bytes.next()),
        (Some(b'_'), Some(b'_')) | (None | Some(b'.'), _)
    )
}

/// `h0123456789abcdef`, which rustc adds to symbols.
fn is_symbol_hash(part: &str) -> bool {
    part.len() == 17
        && part
            .strip_prefix('h')
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `func1` and its like, which Go adds for functions without a name.
fn is_numbered(part: &str) -> bool {
    ["func", "gowrap", "deferwrap"].iter().any(|word| {
        part.strip_prefix(word)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// Whether a word may be one that a compiler made: `anonymous`, `func1`, `gowrap1`, `deferwrap1`, a
/// hash.
fn is_looked_at(word: &[u8]) -> bool {
    let [first, .., last] = word else { return false };
    word == b"anonymous"
        || (matches!(first, b'd' | b'f' | b'g') && last.is_ascii_digit())
        || (*first == b'h' && word.len() == 17)
}

/// Whether something is letters, digits and `_`, a letter among them, and no digit first.
fn is_word(bytes: &[u8]) -> bool {
    let plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    plain && bytes.iter().find(|byte| **byte != b'_').is_some_and(u8::is_ascii_alphabetic)
}

fn starts_name(piece: &str) -> bool {
    piece.starts_with(|first: char| first.is_alphabetic() || first == '_')
}
