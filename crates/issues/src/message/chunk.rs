//! What is recognised as a whole: addresses of the net, of mail and of files, and dates with their
//! time.
//!
//! Invariants: a chunk is looked at once, from where it begins; each recogniser passes over it
//! once.

use super::{Variable, atom};

/// How many bytes stand before the next white space, bracket, quote, comma or equals sign.
pub(super) fn length(rest: &str) -> usize {
    rest.find(ends_chunk).unwrap_or(rest.len())
}

fn ends_chunk(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | ',' | ';' | '=' | '|'
        )
        || matches!(character, '"' | '\'' | '`' | '«' | '»')
        || matches!(character, '\u{2018}'..='\u{201f}')
}

/// What a text begins with, and how long it is.
pub(super) fn recognize(rest: &str) -> Option<(Variable, usize)> {
    if let Some(length) = url(rest) {
        return Some((Variable::Url, length));
    }
    if let Some(length) = bracketed_ip(rest) {
        return Some((Variable::Ip, length));
    }
    let end = length(rest);
    let chunk = trimmed(&rest[..end]);
    // Before a placeholder stands what the first walk already saw together with what it replaced.
    if chunk.is_empty() || rest[end..].starts_with('<') {
        return None;
    }
    let kind = if is_email(chunk) {
        Variable::Email
    } else if is_date(chunk) {
        Variable::Date
    } else if is_ip(chunk) {
        Variable::Ip
    } else if is_path(chunk) {
        Variable::Path
    } else {
        return None;
    };
    Some((kind, chunk.len()))
}

/// A chunk without the sentence's punctuation after it.
fn trimmed(chunk: &str) -> &str {
    chunk.trim_end_matches(['.', ':', '!', '?', '…'])
}

fn url(rest: &str) -> Option<usize> {
    let scheme = rest.bytes().take(16).take_while(|byte| is_scheme(*byte)).count();
    if scheme < 2 || !rest.as_bytes()[0].is_ascii_alphabetic() || !rest[scheme..].starts_with("://")
    {
        return None;
    }
    let ends = |character: char| {
        character.is_whitespace()
            || matches!(character, '"' | '\'' | '`' | '<' | '>' | ')' | ']' | '}' | '|' | '«' | '»')
            || matches!(character, '\u{2018}'..='\u{201f}')
    };
    let length = rest.find(ends).unwrap_or(rest.len());
    let length = rest[..length].trim_end_matches(['.', ':', '!', '?', ',', ';', '…']).len();
    (length > scheme + 3).then_some(length)
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

fn is_email(chunk: &str) -> bool {
    let Some((local, domain)) = chunk.split_once('@') else { return false };
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+');
    !local.is_empty()
        && local.bytes().all(plain)
        && domain.bytes().all(plain)
        && domain.rsplit_once('.').is_some_and(|(host, top)| {
            !host.is_empty() && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
}

/// `2026-02-14`, `14.02.2026`, `2/14/2026`, `09:30:00.5`, and the two together.
fn is_date(chunk: &str) -> bool {
    match chunk.find(['T', '_']) {
        Some(at) => is_day(&chunk[..at]) && is_time(&chunk[at + 1..]),
        None => is_day(chunk) || is_time(chunk),
    }
}

fn is_day(text: &str) -> bool {
    ['-', '/', '.'].iter().any(|separator| {
        let mut lengths = [0; 3];
        let mut parts = 0;
        for part in text.split(*separator) {
            if parts == 3 || part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return false;
            }
            lengths[parts] = part.len();
            parts += 1;
        }
        parts == 3 && matches!(lengths, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4])
    })
}

/// `09:30`, `09:30:00`, with a fraction and a zone.
fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let zone = text.rfind(['+', '-']);
    let (text, zone) = zone.map_or((text, ""), |at| (&text[..at], &text[at + 1..]));
    if !zone.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        return false;
    }
    let mut parts = text.split(':');
    let two = |part: Option<&str>| {
        part.is_some_and(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if !two(parts.next()) || !two(parts.next()) {
        return false;
    }
    let seconds = parts.next().unwrap_or("00");
    let whole = seconds.find(['.', ',']).map_or(seconds, |at| &seconds[..at]);
    let mut fraction = seconds[whole.len()..].bytes().skip(1);
    two(Some(whole)) && fraction.all(|byte| byte.is_ascii_digit()) && parts.next().is_none()
}

/// An IPv6 address as it stands before a port: `[2001:db8::7]:443`.
fn bracketed_ip(rest: &str) -> Option<usize> {
    const ADDRESS_BYTES_MAX: usize = 46;
    let inside = rest.strip_prefix('[')?;
    let close = inside.bytes().take(ADDRESS_BYTES_MAX).position(|byte| byte == b']')?;
    inside[..close].parse::<std::net::Ipv6Addr>().ok()?;
    let behind = &inside[close + 1..];
    let port = behind.strip_prefix(':').unwrap_or_default();
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    Some(close + 2 + if digits > 0 { digits + 1 } else { 0 })
}

/// An address, then at most a port or the length of a prefix.
fn is_ip(chunk: &str) -> bool {
    let all =
        |text: &str, digit: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(digit);
    let host = chunk
        .rsplit_once('/')
        .map_or(chunk, |(host, prefix)| if all(prefix, u8::is_ascii_digit) { host } else { chunk });
    let named = host.split_once('/').map_or(host, |(_, address)| address);
    let v4 = named
        .split_once(':')
        .map_or(named, |(host, port)| if all(port, u8::is_ascii_digit) { host } else { named });
    v4.parse::<std::net::Ipv4Addr>().is_ok()
        || (host.len() > 2 && host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_ok())
}

/// A file or a route: from the root, from here, from a drive, or with an extension at its end.
fn is_path(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    let rooted = match bytes {
        [b'/', next, ..] => {
            next.is_ascii_alphanumeric() || matches!(next, b'_' | b'.' | b'@' | b':')
        }
        [b'.', b'/', _, ..] | [b'~', b'/', _, ..] | [b'.', b'.', b'/', _, ..] => true,
        [drive, b':', b'\\' | b'/', _, ..] => drive.is_ascii_alphabetic(),
        [b'\\', b'\\', _, ..] => true,
        _ => false,
    };
    if rooted {
        return true;
    }
    let last = chunk.rfind(['/', '\\']).map(|at| &chunk[at + 1..]);
    let Some(last) = last else { return false };
    let last = last.split_once(':').map_or(last, |(name, _)| name);
    last.rsplit_once('.').is_some_and(|(stem, extension)| {
        atom::has_letter(stem)
            && (1..=5).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && atom::has_letter(extension)
    })
}
