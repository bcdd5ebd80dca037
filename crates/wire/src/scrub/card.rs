//! Numbers of payment cards.
//!
//! Invariant: what is found has the length and the first digits of a network, a right check digit
//! (Luhn), and its digits together or in the groups that are printed on cards. So ids, times and
//! the groups of a UUID are found about as often as one in forty of those that look like a card.

use std::ops::Range;

const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// The longest card with its separators, and a digit that would make it none.
const WINDOW_BYTES: usize = 24;

/// Whether these digits, without separators, are a card's.
pub(super) fn is_card(digits: &[u8]) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && has_network(digits) && has_check(digits)
}

/// First digits and lengths as ISO/IEC 7812 gives them to networks.
fn has_network(digits: &[u8]) -> bool {
    let start = digits[..4].iter().fold(0, |start, digit| start * 10 + u32::from(digit - b'0'));
    match (start, digits.len()) {
        (4000..=4999, 13 | 16 | 19) => true,                   // Visa
        (5100..=5599 | 2221..=2720, 16) => true,               // Mastercard
        (3400..=3499 | 3700..=3799, 15) => true,               // American Express
        (3000..=3059 | 3600..=3699 | 3800..=3999, 14) => true, // Diners Club
        (3528..=3589, 16..=19) => true,                        // JCB
        (6011 | 6440..=6599, 16..=19) => true,                 // Discover
        (6200..=6299 | 8100..=8199, 16..=19) => true,          // UnionPay
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, 13..=19) => true, // Maestro
        (2200..=2204, 16..=19) => true,                        // Mir
        _ => false,
    }
}

fn has_check(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b' ' || byte == b'-'
}

/// The first card in the digits around `at`, not before `from`, or where those digits end.
pub(super) fn find(text: &[u8], at: usize, from: usize) -> Result<Range<usize>, usize> {
    let back = text[from.min(at)..at].iter().rposition(|&byte| !is_part(byte));
    let start = back.map_or(from.min(at), |back| from.min(at) + back + 1);
    let mut group = start;
    while text.get(group).is_some_and(|&byte| is_part(byte)) {
        let digits = text[group..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        // A card begins where digits do.
        if digits > 0 && begins_number(text, group) {
            let window = &text[group..text.len().min(group + WINDOW_BYTES)];
            let card = card_at(window).map(|length| group..group + length);
            if let Some(card) = card.filter(|card| ends_number(text, card.end)) {
                return Ok(card);
            }
        }
        group += digits.max(1);
    }
    Err(group.max(at + 1))
}

/// Neither within a word or number, nor the fraction of one.
fn begins_number(text: &[u8], at: usize) -> bool {
    match text[..at] {
        [.., before, b'.'] if before.is_ascii_digit() => false,
        [.., before] => !before.is_ascii_alphanumeric() && before < 0x80,
        [] => true,
    }
}

fn ends_number(text: &[u8], at: usize) -> bool {
    match text[at..] {
        [b'.', after, ..] if after.is_ascii_digit() => text[at + 1..].starts_with(b"0"),
        [after, ..] => !after.is_ascii_alphanumeric() && after < 0x80,
        [] => true,
    }
}

/// The length of the card that text of digits, spaces and dashes begins with.
fn card_at(text: &[u8]) -> Option<usize> {
    let together = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if together >= DIGITS_MIN {
        return is_card(&text[..together]).then_some(together);
    }
    // Groups of four, the last one shorter; or four, six, and four or five.
    let separator = *text.get(together).filter(|_| together == 4)?;
    let (mut digits, mut count, mut at) = ([0; DIGITS_MAX], 0, 0);
    let mut found = None;
    for group in 0..5 {
        let length = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_long = group == 1 && length == 6 || group == 2 && count == 10 && length <= 5;
        if length == 0 || length > 4 && !is_long || count + length > DIGITS_MAX {
            break;
        }
        digits[count..count + length].copy_from_slice(&text[at..at + length]);
        count += length;
        at += length;
        if is_card(&digits[..count]) {
            found = Some(at);
        }
        if length < 4 || text.get(at) != Some(&separator) {
            break;
        }
        at += 1;
    }
    found
}
