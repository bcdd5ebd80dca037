//! The header that tells SDKs what not to send for a while.

use std::fmt::Write;
use std::time::Duration;

use super::item::Category;

/// The value of `X-Sentry-Rate-Limits`: `60:error;transaction:key, 5:span:key`. No categories are
/// all of them. Empty where nothing is limited; then the header is not to be sent.
#[must_use]
pub fn rate_limits(limits: &[(Duration, &[Category])]) -> String {
    let mut value = String::new();
    for (time, categories) in limits {
        if !value.is_empty() {
            value.push_str(", ");
        }
        // A limit that is over before it is read would be none.
        let seconds = time.as_nanos().div_ceil(1_000_000_000).max(1);
        let names: Vec<_> = categories.iter().map(|category| category.name()).collect();
        // Writing to a string cannot fail.
        let _ = write!(value, "{seconds}:{}:key", names.join(";"));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_whole_seconds_and_names() {
        let check = |limits: &[(Duration, &[Category])], expected: &str| {
            assert_eq!(rate_limits(limits), expected);
        };
        let minute = Duration::from_secs(60);
        check(&[(minute, &[Category::Error, Category::Transaction])], "60:error;transaction:key");
        check(
            &[(Duration::from_millis(1_500), &[Category::Span]), (minute, &[])],
            "2:span:key, 60::key",
        );
        check(&[(Duration::ZERO, &[Category::LogItem])], "1:log_item:key");
        check(&[], "");
    }
}
