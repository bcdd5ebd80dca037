//! Logs at the level of errors: a text, then fields as `name=value`. They carry no stack.

macro_rules! error {
    ($text:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        let fields: &[String] = &[$(format!(" {}={}", stringify!($name), $value)),*];
        $crate::telemetry::write("", &(format!($text) + &fields.concat()), "");
    }};
}
