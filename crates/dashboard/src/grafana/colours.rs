//! Grafana's names for colours, as those of a document: its own where the page has one of that
//! name, so that they follow the theme, and digits for their shades.

use crate::palette::{COLOURS, is_colour};

/// The shades that Grafana names, `super-light-`, `light-`, `semi-dark-`, `dark-`.
const SHADES: [(&str, [&str; 4]); 6] = [
    ("green", ["#c8f2c2", "#96d98d", "#56a64b", "#37872d"]),
    ("yellow", ["#fff899", "#ffee52", "#f2cc0c", "#e0b400"]),
    ("orange", ["#ffcb7d", "#ffb357", "#ff780a", "#fa6400"]),
    ("red", ["#ffa6b0", "#ff7383", "#e02f44", "#c4162a"]),
    ("blue", ["#c0d8ff", "#8ab8ff", "#3274d9", "#1f60c4"]),
    ("purple", ["#deb6f2", "#ca95e5", "#a352cc", "#8f3bb8"]),
];

/// A colour of a document; none where Grafana's text is none that is known.
pub(super) fn colour(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    if COLOURS.contains(&text.as_str()) || is_colour(&text) {
        return Some(text);
    }
    let own = match text.as_str() {
        "white" => "#ffffff",
        "black" => "#000000",
        _ => "",
    };
    if !own.is_empty() {
        return Some(own.into());
    }
    for (name, shades) in SHADES {
        if let Some(shade) = text.strip_suffix(name) {
            let prefixes = ["super-light-", "light-", "semi-dark-", "dark-"];
            let at = prefixes.iter().position(|prefix| *prefix == shade)?;
            return Some(shades[at].into());
        }
    }
    components(&text)
}

/// `rgb(245, 54, 54)` and `rgba(245, 54, 54, 0.9)`.
fn components(text: &str) -> Option<String> {
    let inner = text.strip_prefix("rgba(").or_else(|| text.strip_prefix("rgb("))?;
    let parts: Vec<&str> = inner.strip_suffix(')')?.split(',').map(str::trim).collect();
    let byte = |at: usize| parts.get(at)?.parse::<u8>().ok();
    let mut hex = format!("#{:02x}{:02x}{:02x}", byte(0)?, byte(1)?, byte(2)?);
    match parts.len() {
        3 => {}
        4 => {
            let alpha = parts[3].parse::<f64>().ok().filter(|alpha| (0.0..=1.0).contains(alpha))?;
            if alpha < 1.0 {
                hex.push_str(&format!("{:02x}", (alpha * 255.0).round() as u8));
            }
        }
        _ => return None,
    }
    Some(hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        for (text, expected) in [
            ("green", Some("green")),
            ("dark-red", Some("#c4162a")),
            ("super-light-blue", Some("#c0d8ff")),
            ("#EAB839", Some("#eab839")),
            ("rgba(245, 54, 54, 0.9)", Some("#f53636e6")),
            ("rgb(1,2,3)", Some("#010203")),
            ("rgba(1, 2, 3, 1)", Some("#010203")),
            ("rgba(1, 2, 300, 1)", None),
            ("rgba(1, 2)", None),
            ("rgba(1, 2, 3, 4, 5)", None),
            ("very-dark-red", None),
            ("url(x)", None),
            ("", None),
        ] {
            assert_eq!(colour(text).as_deref(), expected, "{text}");
            assert!(colour(text).is_none_or(|colour| is_colour(&colour)), "{text}");
        }
    }
}
