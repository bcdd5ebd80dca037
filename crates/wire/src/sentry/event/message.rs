//! The message of an event: a text, or a template with parameters.
//!
//! Invariant: a message whose parameters cannot be put in place is its template.

use super::super::reader::{Kind, Reader};
use super::bounds;

/// A message as it was sent.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// With places for parameters, or without.
    template: String,
    /// With the parameters in place.
    formatted: String,
    /// Parameters by place, or by name.
    parameters: Vec<(String, String)>,
}

impl Message {
    pub(super) fn read(reader: &mut Reader<'_>, omitted: &mut u32) -> Self {
        let mut message = Self::default();
        match reader.kind() {
            Kind::Object => reader.object(|key, reader| match key {
                "message" => message.template = reader.string(),
                "formatted" => message.formatted = reader.string(),
                "params" => message.parameters = parameters(reader, omitted),
                _ => {}
            }),
            Kind::Array => message.template = reader.texts(bounds::PARAMETERS, omitted).join(" "),
            _ => message.template = reader.string(),
        }
        message
    }

    /// This message, or the other where this says nothing.
    pub(super) fn or(self, other: Self) -> Self {
        if self.template.is_empty() && self.formatted.is_empty() { other } else { self }
    }

    /// The text to read, and the template where it is another.
    pub(super) fn into_texts(self) -> (String, String) {
        let text = if !self.formatted.is_empty() {
            self.formatted
        } else if self.parameters.is_empty() {
            return (self.template, String::new());
        } else {
            fill(&self.template, &self.parameters)
        };
        let template = if text == self.template { String::new() } else { self.template };
        (text, template)
    }
}

fn parameters(reader: &mut Reader<'_>, omitted: &mut u32) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut push = |name: &str, reader: &mut Reader<'_>| {
        if parameters.len() == bounds::PARAMETERS {
            *omitted = omitted.saturating_add(1);
            return;
        }
        let value =
            reader.text_or_json().map_or_else(|| "null".to_owned(), |text| text.into_owned());
        parameters.push((name.to_owned(), value));
    };
    match reader.kind() {
        Kind::Array => reader.array(|reader| push("", reader)),
        _ => reader.object(|key, reader| push(key, reader)),
    }
    parameters
}

/// Puts parameters in the places of a template: `%s`, `%-5.2f`, `%(name)s`, `{}`, `{0}` and
/// `{name}`. A place without a parameter stays.
fn fill(template: &str, parameters: &[(String, String)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    let mut next = 0;
    while let Some(at) = rest.find(['%', '{']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((name, length)) = percent_place(rest).or_else(|| brace_place(rest)) else {
            let literal = if rest.starts_with("%%") { 2 } else { 1 };
            text.push_str(&rest[..1]);
            rest = &rest[literal..];
            continue;
        };
        let by_number = || name.parse::<usize>().ok().and_then(|at| parameters.get(at));
        let value = if name.is_empty() {
            next += 1;
            parameters.get(next - 1)
        } else {
            parameters.iter().find(|(known, _)| known == name).or_else(by_number)
        };
        match value {
            // A long value in each of many places would make much of little.
            Some((_, value)) if text.len() + value.len() <= FILLED_BYTES_MAX => {
                text.push_str(value)
            }
            _ => text.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}

/// Bytes of a message with its parameters in place.
const FILLED_BYTES_MAX: usize = 64 << 10;

/// Bytes of a parameter's name.
const NAME_BYTES_MAX: usize = 64;

/// Name and length of a place like `%s` or `%(name)s`.
fn percent_place(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix('%')?;
    let (name, after) = match after.strip_prefix('(') {
        Some(inner) => {
            let end = inner.bytes().take(NAME_BYTES_MAX).position(|byte| byte == b')')?;
            (&inner[..end], &inner[end + 1..])
        }
        None => ("", after),
    };
    let letter = after.trim_start_matches(|c: char| c.is_ascii_digit() || "#+-.*l".contains(c));
    let conversion = letter.chars().next().filter(|c| "sdifgeGrxXouc@".contains(*c))?;
    Some((name, text.len() - letter.len() + conversion.len_utf8()))
}

/// Name and length of a place like `{}`, `{0}` or `{name}`.
fn brace_place(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix('{')?;
    let end = inner.bytes().take(NAME_BYTES_MAX).position(|byte| byte == b'}')?;
    let name = inner[..end].split([':', '!', '.', '[']).next().unwrap_or_default();
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    plain.then_some((name, end + 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(json: &str, message: &str, template: &str) {
        let read = Message::read(&mut Reader::new(json), &mut 0).into_texts();
        assert_eq!(read, (message.to_owned(), template.to_owned()), "{json}");
    }

    #[test]
    fn messages_come_in_many_shapes() {
        check(r#""plain""#, "plain", "");
        check(r#"["a",1]"#, "a 1", "");
        check("7", "7", "");
        check("null", "", "");
        check(r#"{"message":"a %s","formatted":"a b","params":["b"]}"#, "a b", "a %s");
        check(r#"{"formatted":"a b"}"#, "a b", "");
        check(r#"{"message":"a b","formatted":"a b"}"#, "a b", "");
        check(r#"{"message":"100% of {}"}"#, "100% of {}", "");
    }

    #[test]
    fn parameters_are_put_in_place() {
        let check = |template: &str, parameters: &str, text: &str| {
            let json = format!("{{\"message\":{template:?},\"params\":{parameters}}}");
            let template = if template == text { "" } else { template };
            check(&json, text, template);
        };
        check(
            "cannot reach %s after %d tries",
            r#"["stock",3]"#,
            "cannot reach stock after 3 tries",
        );
        check("%(who)s of %(what)s", r#"{"what":"b","who":"a"}"#, "a of b");
        check("100%% of %5.2f", "[1.5]", "100% of 1.5");
        check("{} and {}", r#"["a",[1]]"#, "a and [1]");
        check("{1}{0}", r#"["a","b"]"#, "ba");
        check("{user.name} {x!r}", r#"{"user":"u","x":null}"#, "u null");
        check("%s %s", r#"["only"]"#, "only %s");
        check("no place", r#"["a"]"#, "no place");
        check("{\"json\": 1} %", r#"["a"]"#, "{\"json\": 1} %");
    }

    #[test]
    fn many_places_of_a_long_value_are_bounded() {
        let value = "v".repeat(10_000);
        let json = format!(r#"{{"message":"{}","params":["{value}"]}}"#, "{0}".repeat(10_000));
        let (text, _) = Message::read(&mut Reader::new(&json), &mut 0).into_texts();
        assert!(text.len() < 100_000);
    }

    proptest! {
        #[test]
        fn any_template_is_filled(
            template in "[%{}()a0sé:. ]{0,30}",
            parameters: Vec<(String, String)>,
        ) {
            fill(&template, &parameters);
        }
    }
}
