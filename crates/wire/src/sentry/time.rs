//! Points in time as SDKs write them: RFC 3339, with a zone or without, and seconds since 1970.
//!
//! Invariant: a time is exact to the nanosecond where it was written so, whatever the clock says;
//! what does not fit 64 bits of nanoseconds (1677 to 2262) is no time.

use plimsoll_model::UnixNano;

const SECOND_NANO: i128 = 1_000_000_000;

/// Nanoseconds since 1970 of a time in any of the forms, `None` where it is none of them. Without a
/// zone it is UTC.
#[must_use]
pub fn unix_nano(text: &str) -> Option<UnixNano> {
    let text = text.trim();
    let nano = match text.as_bytes().get(4) {
        Some(b'-') => date_time(text)?,
        _ => seconds(text)?,
    };
    i64::try_from(nano).ok()
}

/// Seconds, exactly where they are written without an exponent.
fn seconds(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !plain(whole) || !plain(fraction) {
        let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.abs() < 1e10)?;
        return Some((seconds * 1e9) as i128);
    }
    let nano = whole.parse::<i128>().ok()? * SECOND_NANO + fraction_nano(fraction);
    Some(if negative { -nano } else { nano })
}

/// The first nine digits after the point.
fn fraction_nano(digits: &str) -> i128 {
    let mut nano = 0;
    for at in 0..9 {
        let digit = digits.as_bytes().get(at).map_or(0, |byte| byte.wrapping_sub(b'0'));
        nano = nano * 10 + i128::from(digit);
    }
    nano
}

/// `2026-11-24T12:28:08.881746Z` and what is near to it.
fn date_time(text: &str) -> Option<i128> {
    let (date, time) = text.split_at_checked(10)?;
    let mut date = date.split('-');
    let (year, month, day) = (date.next()?, date.next()?, date.next()?);
    let days = days_since_1970(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?)?;
    let midnight = days * 86_400 * SECOND_NANO;
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else {
        return time.is_empty().then_some(midnight);
    };
    let zone_at = time.find(['Z', 'z', '+', '-', ' ']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let (clock, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = clock_seconds(clock)? - zone_seconds(zone.trim())?;
    Some(midnight + seconds * SECOND_NANO + fraction_nano(fraction))
}

fn digits(text: &str, most: usize) -> Option<i128> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    (plain && !text.is_empty() && text.len() <= most).then(|| text.parse().ok())?
}

fn clock_seconds(text: &str) -> Option<i128> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |text| digits(text, 2))?;
    // A leap second is the first of the next minute.
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    valid.then_some(hour * 3600 + minute * 60 + second)
}

fn zone_seconds(text: &str) -> Option<i128> {
    let (sign, offset) = match text.as_bytes().first() {
        None | Some(b'Z' | b'z') => return (text.len() < 2).then_some(0),
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ => return (text == "UTC").then_some(0),
    };
    let (hour, minute) = match offset.split_once(':') {
        Some(parts) => parts,
        None => offset.split_at_checked(2)?,
    };
    let minute = if minute.is_empty() { 0 } else { digits(minute, 2)? };
    let hour = digits(hour, 2)?;
    (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
}

/// Days of the proleptic Gregorian calendar, from a year that begins in March so that the leap day
/// is its last.
fn days_since_1970(year: i128, month: i128, day: i128) -> Option<i128> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > days_in_month {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(days + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(unix_nano(text), expected, "{text}");
    }

    #[test]
    fn dates() {
        let noon = 1_795_523_288_881_746_000;
        check("2026-11-24T12:28:08.881746Z", Some(noon));
        check("2026-11-24T12:28:08.881746", Some(noon));
        check("2026-11-24 12:28:08.881746", Some(noon));
        check("2026-11-24T12:28:08.881746+00:00", Some(noon));
        check("2026-11-24T14:28:08.881746+0200", Some(noon));
        check("2026-11-24T06:58:08.881746-05:30", Some(noon));
        check("2026-11-24 12:28:08.881746 UTC", Some(noon));
        check("2026-11-24T12:28:08.8817461239Z", Some(noon + 123));
        check("2026-11-24T12:28:08Z", Some(noon - 881_746_000));
        check("2026-11-24T12:28Z", Some(noon - 8_881_746_000));
        check("2026-11-24", Some(1_795_478_400_000_000_000));
        check("1970-01-01T00:00:00Z", Some(0));
        check("1969-12-31T23:59:59.5Z", Some(-500_000_000));
        check("2000-02-29T00:00:00Z", Some(951_782_400_000_000_000));
        check("2016-12-31T23:59:60Z", Some(1_483_228_800_000_000_000));
        check("1999-12-31T23:59:59.999999999Z", Some(946_684_799_999_999_999));
    }

    #[test]
    fn seconds() {
        check("1795523314.4097106", Some(1_795_523_314_409_710_600));
        check("1795523314", Some(1_795_523_314_000_000_000));
        check("-1.5", Some(-1_500_000_000));
        check("1.795523314e9", Some(1_795_523_314_000_000_000));
        check("0", Some(0));
        check("99999999999", None);
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "now",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T12:60:00Z",
            "2026-11-24T12:28:08+2x",
            "2026-11-24Tx",
            "2026-11-24T12:28:08.x",
            "2026-11-2éT12",
            "9999-01-01T00:00:00Z",
            "NaN",
            "inf",
            "1e400",
            "12:28:08",
            "+5-",
            "2026-",
            "2026-11-24T12:28:08+é",
            "2026-11-24T12:28:08é",
        ] {
            check(text, None);
        }
    }
}
