//! The names that a document may use: units and colours.

/// The units that the page formats. Their names are those that Grafana's users know; any other unit
/// is a text that stands after each value.
pub const UNITS: &[&str] = &[
    // Numbers.
    "none",
    "short",
    "percent",
    "percentunit",
    "sishort",
    "locale",
    "bool",
    "bool_yes_no",
    "bool_on_off",
    // Time.
    "s",
    "ms",
    "µs",
    "ns",
    "m",
    "h",
    "d",
    "dtdurations",
    "dtdurationms",
    "dateTimeAsIso",
    "dateTimeFromNow",
    "unix_s",
    // Data.
    "bytes",
    "decbytes",
    "bits",
    "bit",
    "decbits",
    "kbytes",
    "mbytes",
    "gbytes",
    "deckbytes",
    "decmbytes",
    "decgbytes",
    // Rates.
    "reqps",
    "ops",
    "rps",
    "wps",
    "iops",
    "cps",
    "pps",
    "eps",
    "mps",
    "reqpm",
    "opm",
    "rpm",
    "wpm",
    "cpm",
    "Bps",
    "binBps",
    "bps",
    "binbps",
    "bit",
    "hertz",
    "rotrpm",
    // Other.
    "celsius",
    "fahrenheit",
    "kelvin",
    "watt",
    "watth",
    "volt",
    "amp",
    "joule",
    "humidity",
    "currencyUSD",
    "currencyEUR",
    "currencyGBP",
];

/// The colours that follow the page's theme.
pub const COLOURS: &[&str] = &[
    "green",
    "yellow",
    "orange",
    "red",
    "blue",
    "purple",
    "pink",
    "teal",
    "cyan",
    "gray",
    "grey",
    "text",
    "transparent",
];

/// Whether a text names a colour: one of [`COLOURS`], or `#` and 3, 4, 6 or 8 hex digits.
pub(crate) fn is_colour(text: &str) -> bool {
    let is_hex = |digits: &str| {
        matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    COLOURS.contains(&text) || text.strip_prefix('#').is_some_and(is_hex)
}
