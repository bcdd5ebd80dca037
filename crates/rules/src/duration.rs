//! Durations as Prometheus writes them.

/// Longest first, in milliseconds.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// The longest one: what a signed 64-bit count of nanoseconds holds, about 292 years.
const MS_MAX: i64 = i64::MAX / 1_000_000;

/// A duration in milliseconds: `1h30m`, each unit once and in order, or `0`.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    if text == "0" {
        return Ok(0);
    }
    let wrong = || {
        format!(
            "{text:?} is no duration; expected whole numbers with units, the longest first, of \
             y, w, d, h, m, s, ms, as in 1h30m"
        )
    };
    let too_long = || format!("the duration {text:?} is longer than 292 years");
    if text.is_empty() {
        return Err(wrong());
    }
    let mut rest = text;
    let mut total: i64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, after) = rest.split_at(digits);
        let unit = after.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default();
        let (_, unit_ms) = units.find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        if number.is_empty() {
            return Err(wrong());
        }
        let number: i64 = number.parse().map_err(|_| too_long())?;
        let part = number.checked_mul(*unit_ms);
        let sum = part.and_then(|part| total.checked_add(part));
        total = sum.filter(|sum| *sum <= MS_MAX).ok_or_else(too_long)?;
        rest = &after[unit.len()..];
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        let cases = [
            ("0", 0),
            ("0s", 0),
            ("1ms", 1),
            ("15s", 15_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("1d", 86_400_000),
            ("2w", 1_209_600_000),
            ("1y", 31_536_000_000),
            ("1y2w3d4h5m6s7ms", 31_536_000_000 + 1_209_600_000 + 273_906_007),
            ("90m", 5_400_000),
            ("292y", 292 * 31_536_000_000),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn other_texts_are_told_apart() {
        for text in ["", "5", "m", "5x", "1m1h", "1s1s", "1.5h", "-5m", "5 m", "1h ", "ms5", "٣m"]
        {
            let error = parse(text).expect_err(text);
            assert!(error.contains("is no duration"), "{text}: {error}");
        }
        for text in ["293y", "99999999999999999999s", "9223372036854775807w"] {
            let error = parse(text).expect_err(text);
            assert!(error.contains("longer than 292 years"), "{text}: {error}");
        }
    }
}
