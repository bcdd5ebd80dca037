//! The small parts of a script's text: numbers, durations, quoted strings.
//!
//! Invariants: numbers are read as Prometheus reads them, so a leading zero makes an integer octal.

/// Reads a whole text as a number.
pub(crate) fn number(text: &str) -> Option<f64> {
    integer(text).or_else(|| text.parse().ok())
}

/// Reads an integer with its base in front.
#[expect(clippy::cast_precision_loss, reason = "as the reference rounds")]
fn integer(text: &str) -> Option<f64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let bases = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)];
    let prefixed = bases.iter().find_map(|(prefix, base)| {
        let rest = lower.strip_prefix(prefix)?;
        (!rest.is_empty()).then_some((rest, *base))
    });
    let (digits, base) = prefixed.unwrap_or((&lower, 10));
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let value = i64::from_str_radix(digits, base).ok()?;
    Some(if negative { -(value as f64) } else { value as f64 })
}

/// Reads the longest number a text begins with, and what follows. No hexadecimals: there, `x` repeats.
pub(crate) fn number_prefix(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = text.len() - unsigned.len();
    let length = word_length(unsigned).or_else(|| digits_length(unsigned))?;
    let (found, rest) = text.split_at(sign + length);
    Some((number(found)?, rest))
}

/// The length of an infinity or of no number.
fn word_length(text: &str) -> Option<usize> {
    let start = text.get(..3)?;
    (start.eq_ignore_ascii_case("inf") || start.eq_ignore_ascii_case("nan")).then_some(3)
}

/// The length of a decimal number.
fn digits_length(text: &str) -> Option<usize> {
    let digits =
        |from: usize| text[from..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'_').count();
    let mut length = digits(0);
    let mut count = length;
    if text[length..].starts_with('.') {
        let fraction = digits(length + 1);
        length += 1 + fraction;
        count += fraction;
    }
    if count == 0 {
        return None;
    }
    if text[length..].starts_with(['e', 'E']) {
        let sign = usize::from(text[length + 1..].starts_with(['+', '-']));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    Some(length)
}

/// Reads a duration such as `1h30m` into milliseconds.
pub(crate) fn duration_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("not a duration: {text:?}");
    if text == "0" {
        return Ok(0);
    }
    let mut total = 0_i64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = unit_ms(&rest[..letters]).ok_or_else(wrong)?;
        rest = &rest[letters..];
        total = count.checked_mul(unit).and_then(|ms| total.checked_add(ms)).ok_or_else(wrong)?;
    }
    if text.is_empty() { Err(wrong()) } else { Ok(total) }
}

/// Milliseconds of a unit.
fn unit_ms(unit: &str) -> Option<i64> {
    const DAY: i64 = 24 * 3_600_000;
    Some(match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => DAY,
        "w" => 7 * DAY,
        "y" => 365 * DAY,
        _ => return None,
    })
}

/// Reads a quoted string a text begins with, and what follows.
pub(crate) fn quoted(text: &str) -> Result<(String, &str), String> {
    let wrong = || format!("not a quoted string: {text}");
    let mut characters = text.chars();
    let quote = characters.next().ok_or_else(wrong)?;
    if quote == '`' {
        let (raw, rest) = text[1..].split_once('`').ok_or_else(wrong)?;
        return Ok((raw.to_owned(), rest));
    }
    if quote != '"' && quote != '\'' {
        return Err(wrong());
    }
    let mut bytes = Vec::new();
    loop {
        match characters.next().ok_or_else(wrong)? {
            '\\' => escaped(&mut characters, &mut bytes).ok_or_else(wrong)?,
            end if end == quote => break,
            other => push(other, &mut bytes),
        }
    }
    let string = String::from_utf8(bytes).map_err(|_| wrong())?;
    Ok((string, characters.as_str()))
}

/// Reads what follows a backslash.
fn escaped(characters: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let letter = characters.next()?;
    match letter {
        'a' => bytes.push(7),
        'b' => bytes.push(8),
        'f' => bytes.push(12),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(11),
        '\\' | '\'' | '"' => push(letter, bytes),
        'x' => bytes.push(u8::try_from(code(characters, 2, 16)?).ok()?),
        'u' => push(char::from_u32(code(characters, 4, 16)?)?, bytes),
        'U' => push(char::from_u32(code(characters, 8, 16)?)?, bytes),
        '0'..='7' => {
            let high = letter.to_digit(8)? * 64;
            bytes.push(u8::try_from(high + code(characters, 2, 8)?).ok()?);
        }
        _ => return None,
    }
    Some(())
}

/// Reads so many digits.
fn code(characters: &mut std::str::Chars<'_>, count: usize, base: u32) -> Option<u32> {
    (0..count)
        .try_fold(0_u32, |sum, _| Some(sum.checked_mul(base)? + characters.next()?.to_digit(base)?))
}

/// Adds a character's bytes.
fn push(character: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
