//! Durations and sizes as Prometheus' settings write them: `1m30s`, `16MB`.

use std::time::Duration;

/// Units of a duration from long to short, with their milliseconds and whether one is only written
/// where nothing shorter is left.
const UNITS: &[(&str, u64, bool)] = &[
    ("y", 365 * 24 * 3_600_000, true),
    ("w", 7 * 24 * 3_600_000, true),
    ("d", 24 * 3_600_000, true),
    ("h", 3_600_000, false),
    ("m", 60_000, false),
    ("s", 1000, false),
    ("ms", 1, false),
];

/// Reads a duration such as `1m30s`; units come from long to short, each once.
///
/// # Errors
///
/// What was expected.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration, expected one such as 15s or 1m30s");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut milliseconds = 0u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let count: u64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = &rest[digits..digits + letters];
        let (_, size, _) = units.find(|(name, ..)| *name == unit).ok_or_else(wrong)?;
        milliseconds = count
            .checked_mul(*size)
            .and_then(|more| milliseconds.checked_add(more))
            .filter(|sum| i64::try_from(*sum).is_ok_and(|sum| sum <= i64::MAX / 1_000_000))
            .ok_or_else(|| format!("`{text}` is longer than durations can be"))?;
        rest = &rest[digits + letters..];
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_millis(milliseconds)) }
}

/// Writes a duration, to the millisecond.
#[must_use]
pub(crate) fn format_duration(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, size, exact) in UNITS {
        let count = left / size;
        if count > 0 && (!exact || left.is_multiple_of(*size)) {
            text += &format!("{count}{unit}");
            left -= count * size;
        }
    }
    text
}

/// Reads a size such as `512KB` or `16MiB`; all units are powers of 1,024, as in Prometheus.
///
/// # Errors
///
/// What was expected.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is no size, expected one such as 512KB or 16MB");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: usize = text[..digits].parse().map_err(|_| wrong())?;
    let shift = match &text[digits..] {
        "" | "B" => 0,
        "KB" | "KiB" => 10,
        "MB" | "MiB" => 20,
        "GB" | "GiB" => 30,
        "TB" | "TiB" => 40,
        _ => return Err(wrong()),
    };
    let bytes = count.checked_mul(1usize << shift);
    bytes.ok_or_else(|| format!("`{text}` is larger than sizes can be"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, milliseconds: u64, written: &str) {
        let duration = parse_duration(text).unwrap();
        assert_eq!(duration, Duration::from_millis(milliseconds), "{text}");
        assert_eq!(format_duration(duration), written, "{text}");
    }

    #[test]
    fn durations() {
        check("0", 0, "0s");
        check("0s", 0, "0s");
        check("15s", 15_000, "15s");
        check("1m", 60_000, "1m");
        check("60s", 60_000, "1m");
        check("1m30s", 90_000, "1m30s");
        check("324ms", 324, "324ms");
        check("1h1m1s1ms", 3_661_001, "1h1m1s1ms");
        check("1d", 86_400_000, "1d");
        check("25h", 90_000_000, "25h");
        check("3w", 1_814_400_000, "3w");
        check("10y", 315_360_000_000, "10y");
    }

    #[test]
    fn what_is_no_duration() {
        for text in ["", "1", "s", "-1s", "1.5s", "1s1m", "1s1s", "1 s", "1ns", "ü", "1sü"] {
            assert!(parse_duration(text).unwrap_err().contains("no duration"), "{text}");
        }
        assert!(parse_duration("999999999y").unwrap_err().contains("longer"));
        assert!(parse_duration("99999999999999999999s").is_err());
    }

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("0", 0), ("12", 12), ("3B", 3), ("2KB", 2048), ("16MiB", 16 << 20), ("1GB", 1 << 30)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MB", "-1", "1.5MB", "1 MB", "1mb", "99999999999999TB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
