//! The names that a document may use: units and colours.

/// The units that the page formats. Their names are those that Grafana's users know; any other unit is
/// a text that stands after each value.
pub const UNITS: &[&str] = &[
    // Numbers.
    "none",
    "short",
    "sci",
    "locale",
    "hex",
    "percent",
    "percentunit",
    "bool",
    "bool_on_off",
    "bool_yes_no", // Times, and moments in milliseconds since 1970.
    "ns",
    "µs",
    "ms",
    "s",
    "m",
    "h",
    "d",
    "dtdurationms",
    "dtdurations",
    "dateTimeAsIso",
    "dateTimeFromNow",
    "dateTimeAsLocal", // Data: powers of 1,024, then of 1,000.
    "bits",
    "bytes",
    "kbytes",
    "mbytes",
    "gbytes",
    "decbits",
    "decbytes",
    "deckbytes",
    "decmbytes",
    "decgbytes", // Data rates: in bits, in bytes; `binBps` in powers of 1,024.
    "bps",
    "Bps",
    "binbps",
    "binBps",
    "KBs",
    "MBs",
    "GBs",
    "Kbits",
    "Mbits",
    "Gbits",
    // Other rates.
    "pps",
    "cps",
    "eps",
    "ops",
    "reqps",
    "rps",
    "wps",
    "iops",
    "mps",
    "msgps",
    "reqpm",
    "opm",
    "hertz",
    "rotrpm", // Hardware.
    "celsius",
    "fahrenheit",
    "volt",
    "amp",
    "watt",
    "kwatt",
    "joule",
    "watth",
    "kwatth",
];

/// The colours that follow the page's theme.
pub const COLOURS: &[&str] =
    &["green", "yellow", "orange", "red", "blue", "purple", "gray", "text", "transparent"];

/// Whether a text names a colour: one of [`COLOURS`], or `#` and 3, 6 or 8 hex digits.
pub(crate) fn is_colour(text: &str) -> bool {
    let is_hex = |digits: &str| {
        matches!(digits.len(), 3 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    COLOURS.contains(&text) || text.strip_prefix('#').is_some_and(is_hex)
}
