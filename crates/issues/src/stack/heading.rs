//! The line that names an exception: `Type: message`.

/// Bytes of a type's name; a longer word is no name.
const KIND_BYTES_MAX: usize = 512;

/// Splits `Type: message`, or `Type` alone. None where the line begins with no name of a type.
pub(super) fn split(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_end();
    let (kind, message) = match line.split_once(": ") {
        Some((kind, message)) => (kind, message),
        None => (line.strip_suffix(':').unwrap_or(line), ""),
    };
    is_kind(kind).then_some((kind, message))
}

/// Whether a word could name a type in any of the languages: `shop.Cart$Empty`, `Shop::Empty`, `Acme\Empty`,
/// ``List`1[T]``.
pub(super) fn is_kind(word: &str) -> bool {
    word.len() <= KIND_BYTES_MAX
        && word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '\\' || c == '$')
        && word.chars().all(|c| c.is_alphanumeric() || "_.$:\\`+<>[]@-,*".contains(c))
}

/// Whether a name surely is an exception's, and not the first word of a log line: it is qualified, or ends
/// as such types do.
pub(super) fn is_sure(kind: &str) -> bool {
    kind.ends_with("Error")
        || kind.ends_with("Exception")
        || kind.ends_with("Throwable")
        || kind.contains(['.', '$', '\\'])
        || kind.contains("::")
}

/// The number that a text begins with, and what follows it.
pub(super) fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}
