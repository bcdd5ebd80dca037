//! Times and durations as documents write them.

/// Whether a text is a time of the page: `now`, `-6h` or an RFC 3339 time.
pub(crate) fn is_time(text: &str) -> bool {
    if let Some(ago) = text.strip_prefix('-') {
        let digits = ago.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let is_number =
            (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        return is_number && matches!(&ago[digits.len()..], "s" | "m" | "h" | "d" | "w");
    }
    text == "now" || is_rfc_3339(text)
}

/// Whether a text is a duration of PromQL: `5m`, `1h30m`, `500ms`.
pub(crate) fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let units = rest[digits..].bytes().take_while(u8::is_ascii_lowercase).count();
        let unit = &rest[digits..digits + units];
        if digits == 0 || digits > 9 || !["ms", "s", "m", "h", "d", "w", "y"].contains(&unit) {
            return false;
        }
        rest = &rest[digits + units..];
    }
    !text.is_empty()
}

fn is_rfc_3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || bytes.len() > 40 || !text.is_ascii() {
        return false;
    }
    let number = |at: usize, length: usize| {
        let digits = &text[at..at + length];
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u32>().unwrap_or(99))
    };
    let within = |at, low, high| number(at, 2).is_some_and(|n| (low..=high).contains(&n));
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let date_and_time = number(0, 4).is_some()
        && within(5, 1, 12)
        && within(8, 1, 31)
        && matches!(bytes[10], b'T' | b't' | b' ')
        && within(11, 0, 23)
        && within(14, 0, 59)
        && within(17, 0, 60)
        && marks.iter().all(|(at, mark)| bytes[*at] == *mark);
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return false;
        }
    }
    let zone = match rest.as_bytes() {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', _, _, b':', _, _] => {
            let at = text.len() - 5;
            within(at, 0, 23) && within(at + 3, 0, 59)
        }
        _ => false,
    };
    date_and_time && zone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for text in [
            "now",
            "-1h",
            "-30m",
            "-999999999s",
            "2026-11-24T05:35:30Z",
            "2026-11-24T05:35:30.123456789+05:30",
            "2026-11-24 05:35:30Z",
        ] {
            assert!(is_time(text), "{text}");
        }
        for text in [
            "",
            "-",
            "-h",
            "-1",
            "-1y",
            "-1.5h",
            "1h",
            "now-1h",
            "2026-11-24",
            "-9999999999s",
            "2026-13-24T05:35:30Z",
            "2026-11-24T05:35:30",
            "2026-11-24T05:35:30.Z",
            "2026-11-24T05:35:30+24:00",
            "2026-11-24T25:35:30Z",
            "20x6-11-24T05:35:30Z",
            "2026-11-24T05:35:3é",
            "--1h",
            "-1é",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }

    #[test]
    fn durations() {
        for text in ["1m", "1h30m", "500ms", "1y"] {
            assert!(is_duration(text), "{text}");
        }
        for text in ["", "m", "1", "1M", "1.5h", "1h30", "-1m", "1é"] {
            assert!(!is_duration(text), "{text}");
        }
    }
}
