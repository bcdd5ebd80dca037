//! Sizes (`512MiB`) and durations (`30s`, `7d`) as people write them.

use std::time::Duration;

const SIZES: &[(&str, u64)] = &[
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("K", 1 << 10),
    ("M", 1 << 20),
    ("G", 1 << 30),
    ("T", 1 << 40),
    ("B", 1),
];

const DURATIONS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
    ("w", 604_800_000),
];

/// What [`parse_size`] expects, for errors.
pub(super) const SIZE_EXPECTED: &str = "a size like 512MiB or 4GiB";

/// What [`parse_duration`] expects, for errors.
pub(super) const DURATION_EXPECTED: &str = "a duration like 30s, 15m or 7d";

/// Bytes of `512MiB`, `1.5GiB`, `100MB` or `4096`.
#[must_use]
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(bytes) = text.parse() {
        return Some(bytes);
    }
    SIZES.iter().find_map(|(unit, factor)| {
        let count = strip_suffix_ignoring_case(text, unit)?.trim_end();
        scaled(count, *factor)
    })
}

/// `500ms`, `30s`, `15m`, `2h`, `7d`, `4w`.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    DURATIONS.iter().find_map(|(unit, factor)| {
        let count = text.strip_suffix(unit)?.trim_end();
        scaled(count, *factor).map(Duration::from_millis)
    })
}

/// A count with at most one decimal point, times a unit, without overflow.
fn scaled(count: &str, factor: u64) -> Option<u64> {
    if let Ok(whole) = count.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    if !count.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let product = count.parse::<f64>().ok()? * factor as f64;
    // Exact far beyond any size or time that exists: 2^53 bytes are 8 PiB.
    (product < 9e15).then_some(product as u64)
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
}

/// The shortest exact text of a size: `256MiB`, `1536KiB`, `1000B`.
#[must_use]
pub fn format_size(bytes: u64) -> String {
    let units = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    for (unit, factor) in units {
        if bytes >= factor && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    format!("{bytes}B")
}

/// The shortest exact text of a duration: `7d`, `90s`, `1500ms`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
    for (unit, factor) in units {
        if millis >= factor && millis.is_multiple_of(factor) {
            return format!("{}{unit}", millis / factor);
        }
    }
    format!("{millis}ms")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("512MiB", Some(512 << 20)),
            ("4 GiB", Some(4 << 30)),
            ("1.5gib", Some(3 << 29)),
            ("100MB", Some(100_000_000)),
            ("4096", Some(4096)),
            ("512M", Some(512 << 20)),
            ("", None),
            ("MiB", None),
            ("-1MiB", None),
            ("99999999999TiB", None),
            ("1e9MiB", None),
            ("12 parsecs", None),
            ("€", None),
        ] {
            assert_eq!(parse_size(text), expected, "{text}");
        }
        assert_eq!(format_size(256 << 20), "256MiB");
        assert_eq!(format_size(1_000), "1000B");
    }

    #[test]
    fn durations() {
        for (text, expected) in [
            ("30s", Some(30_000)),
            ("500ms", Some(500)),
            ("7d", Some(604_800_000)),
            ("1.5h", Some(5_400_000)),
            ("30", None),
            ("s", None),
            ("-3s", None),
        ] {
            assert_eq!(parse_duration(text), expected.map(Duration::from_millis), "{text}");
        }
        assert_eq!(format_duration(Duration::from_secs(604_800)), "7d");
    }
}
