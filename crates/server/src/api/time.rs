//! Times as requests write them: RFC 3339, Unix seconds, or relative to now.

use plimsoll_model::UnixNano;

use crate::config::parse_duration;

/// For errors.
pub(crate) const TIME_EXPECTED: &str =
    "RFC 3339 like 2026-11-22T14:51:07Z, Unix seconds, or relative to now like -1h";

const SECOND_NANO: i128 = 1_000_000_000;

/// A time, or `None` where the text is none or lies outside 1677 to 2262.
pub fn parse_time(text: &str, now: UnixNano) -> Option<UnixNano> {
    let text = text.trim();
    let relative = text.strip_prefix("now").unwrap_or(text);
    if relative.is_empty() {
        return (text == "now").then_some(now);
    }
    if let Some(time) = parse_relative(relative, now) {
        return Some(time);
    }
    parse_unix(text).or_else(|| parse_rfc3339(text))
}

/// `-1h`, `+5m`.
fn parse_relative(text: &str, now: UnixNano) -> Option<UnixNano> {
    let (sign, distance) = match text.split_at_checked(1)? {
        ("-", distance) => (-1, distance),
        ("+", distance) => (1, distance),
        _ => return None,
    };
    let nano = i128::try_from(parse_duration(distance)?.as_nanos()).ok()?;
    i64::try_from(i128::from(now) + sign * nano).ok()
}

/// Seconds with up to nine decimals, exactly.
fn parse_unix(text: &str) -> Option<UnixNano> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let nano = whole.parse::<i128>().ok()? * SECOND_NANO + fraction_nano(fraction)?;
    i64::try_from(if negative { -nano } else { nano }).ok()
}

/// Nanoseconds of the digits after the point; further digits are cut off.
fn fraction_nano(digits: &str) -> Option<i128> {
    let digits = digits.get(..9).unwrap_or(digits);
    if digits.is_empty() {
        return Some(0);
    }
    let scale = 10_i128.pow(9 - u32::try_from(digits.len()).ok()?);
    Some(digits.parse::<i128>().ok()? * scale)
}

/// `2026-11-22T14:51:07.304123456Z`, with any offset. A `+` that a URL turned into a space counts.
fn parse_rfc3339(text: &str) -> Option<UnixNano> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let at = |index: usize| text.as_bytes().get(index).copied();
    if (at(4), at(7), at(13), at(16)) != (Some(b'-'), Some(b'-'), Some(b':'), Some(b':'))
        || !matches!(at(10), Some(b'T' | b't' | b' '))
    {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let valid = (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60;
    if !valid {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    if rest.starts_with('.') && fraction.is_empty() {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    let seconds = i128::from(seconds - offset_seconds(zone)?);
    i64::try_from(seconds * SECOND_NANO + fraction_nano(fraction)?).ok()
}

/// Seconds east of UTC of `Z`, `+02:00`, `-0730`.
fn offset_seconds(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+" | " ", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let digits: String = zone.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01. After Howard Hinnant, "chrono-compatible low-level date algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixNano = 1_795_359_067_304_123_456;

    fn check(text: &str, expected: Option<UnixNano>) {
        assert_eq!(parse_time(text, NOW), expected, "{text}");
    }

    #[test]
    fn every_form_is_exact() {
        check("2026-11-22T14:51:07.304123456Z", Some(NOW));
        check("2026-11-22T16:51:07.304123456+02:00", Some(NOW));
        check("2026-11-22 07:21:07.304123456-0730", Some(NOW));
        check("2026-11-22T16:51:07.304123456 02:00", Some(NOW));
        check("1795359067.304123456", Some(NOW));
        check("1795359067.3041234569", Some(NOW));
        check("1795359067", Some(1_795_359_067_000_000_000));
        check("-1.5", Some(-1_500_000_000));
        check("0", Some(0));
        check("now", Some(NOW));
        check("-1h", Some(NOW - 3_600_000_000_000));
        check("now-15m", Some(NOW - 900_000_000_000));
        check("now+1s", Some(NOW + 1_000_000_000));
        check("1969-12-31T23:59:59Z", Some(-1_000_000_000));
        check("2000-02-29T00:00:00Z", Some(951_782_400_000_000_000));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "soon",
            "nowish",
            "1h",
            "2026-11-22",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T14:51:07",
            "2026-11-22T14:51:07.Z",
            "1e9",
            "0x10",
            "9999-01-01T00:00:00Z",
            "999999999999",
            "2026-11-22T14:51:07+99:00",
            "--1h",
            "€€€€-€€",
        ] {
            check(text, None);
        }
    }
}
