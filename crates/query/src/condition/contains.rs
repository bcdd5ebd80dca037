//! Finds a piece of text whatever its case. ASCII text is searched byte by byte from the places where
//! the first byte occurs; other text is lower-cased first.

/// What is looked for, in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    lower: String,
    ascii: bool,
}

impl Needle {
    pub(crate) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        Self { ascii: lower.is_ascii(), lower }
    }

    /// Whether a text contains it.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        if !self.ascii {
            return text.to_lowercase().contains(&self.lower);
        }
        let needle = self.lower.as_bytes();
        let Some(&first) = needle.first() else { return true };
        let text = text.as_bytes();
        let Some(last) = text.len().checked_sub(needle.len()) else { return false };
        let upper = first.to_ascii_uppercase();
        let mut from = 0;
        while let Some(at) = memchr::memchr2(first, upper, &text[from..=last]) {
            let at = from + at;
            if text[at..at + needle.len()].eq_ignore_ascii_case(needle) {
                return true;
            }
            from = at + 1;
            if from > last {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_does_not_matter() {
        for (needle, text, found) in [
            ("time", "Connection TIMEOUT", true),
            ("", "", true),
            ("", "x", true),
            ("x", "", false),
            ("out", "Timeou", false),
            ("ÄPFEL", "grüne äpfel", true),
            ("aab", "aAaB", true),
        ] {
            assert_eq!(Needle::new(needle).is_in(text), found, "{needle} in {text}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(needle in "[abAB]{0,4}", text in "[abAB ]{0,20}") {
            let expected = text.to_lowercase().contains(&needle.to_lowercase());
            prop_assert_eq!(Needle::new(&needle).is_in(&text), expected);
        }
    }
}
