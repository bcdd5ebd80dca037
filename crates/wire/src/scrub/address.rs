//! Addresses of people and machines: e-mail, IPv4, IPv6.

use std::net::Ipv6Addr;
use std::ops::Range;

const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 255;
const IPV6_BYTES_MAX: usize = 45;

/// The e-mail address whose sign takes the bytes of `sign`.
pub(super) fn email(text: &[u8], sign: Range<usize>) -> Option<Range<usize>> {
    let is_local =
        |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-'".contains(&byte) || byte >= 0x80;
    let local = text[..sign.start].iter().rev().take(LOCAL_BYTES_MAX + 1);
    let length = local.take_while(|&&byte| is_local(byte)).count();
    if length > LOCAL_BYTES_MAX {
        return None;
    }
    let mut start = sign.start - length;
    while start < sign.start && b"._%+-'".contains(&text[start]) {
        start += 1;
    }
    let is_domain =
        |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte) || byte >= 0x80;
    let domain = text[sign.end..].iter().take(DOMAIN_BYTES_MAX);
    let length = domain.take_while(|&&byte| is_domain(byte)).count();
    let domain = &text[sign.end..sign.end + length];
    // What follows the last label of letters is the sentence's.
    let end = domain.iter().rposition(u8::is_ascii_alphabetic)? + 1;
    let domain = &domain[..end];
    let last = domain.iter().rposition(|&byte| byte == b'.')?;
    let is_named = last > 0 && domain[0] != b'.' && domain.len() > last + 2;
    let top = &domain[last + 1..];
    let is_top = top.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-');
    (start < sign.start && is_named && is_top).then_some(start..sign.end + end)
}

/// The address of which a digit after a point is at `at`.
pub(super) fn ipv4(text: &[u8], at: usize) -> Option<Range<usize>> {
    let point = at.checked_sub(1)?;
    let first = text[..point].iter().rev().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let start = point - first;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    if text[..start].last().is_some_and(is_part) {
        return None;
    }
    let mut end = start;
    for part in 0..4 {
        if part > 0 {
            if text.get(end) != Some(&b'.') {
                return None;
            }
            end += 1;
        }
        let digits = text[end..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let octet = std::str::from_utf8(&text[end..end + digits]).ok()?;
        octet.parse::<u8>().ok()?;
        end += digits;
    }
    let follows = match text[end..] {
        [b'.', after, ..] => after.is_ascii_digit(),
        [after, ..] => after.is_ascii_alphanumeric() || after == b'_',
        [] => false,
    };
    (!follows).then_some(start..end)
}

/// The address of which a colon is at `at`.
pub(super) fn ipv6(text: &[u8], at: usize) -> Option<Range<usize>> {
    let is_part = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b':' || **byte == b'.';
    let back = text[..at].iter().rev().take(IPV6_BYTES_MAX).take_while(is_part).count();
    let start = at - back;
    let length = text[start..].iter().take(IPV6_BYTES_MAX + 1).take_while(is_part).count();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_bordered = !text[..start].last().is_some_and(is_word)
        && !text.get(start + length).is_some_and(is_word);
    let address = std::str::from_utf8(&text[start..start + length]).ok()?;
    // `::` and `ab::cd` are more often code than addresses.
    if !is_bordered || !address.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let address = address.trim_end_matches('.');
    let whole = [address, address.strip_suffix(':').unwrap_or(address)];
    let found = whole.into_iter().find(|address| address.parse::<Ipv6Addr>().is_ok())?;
    Some(start..start + found.len())
}
