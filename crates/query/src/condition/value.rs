//! Compares one attribute's value with what is asked: by text for strings and JSON, by number for
//! numbers. `!=` is the opposite of `=` for a value that is there.

use super::{AttributeFilter, Comparison, Needle};
use crate::attributes::Typed;

/// Tests single values.
#[derive(Debug)]
pub(super) struct ValueTest {
    comparison: Comparison,
    text: String,
    needle: Needle,
    int: Option<i64>,
    double: Option<f64>,
}

impl ValueTest {
    pub(super) fn new(filter: &AttributeFilter) -> Self {
        Self {
            comparison: filter.comparison,
            text: filter.value.clone(),
            needle: Needle::new(&filter.value),
            int: filter.value.parse().ok(),
            double: filter.value.parse().ok(),
        }
    }

    /// The text to equal; `None` where another comparison is asked for.
    pub(super) fn equals_text(&self) -> Option<&str> {
        (self.comparison == Comparison::Equal).then_some(self.text.as_str())
    }

    /// The integer to equal, where the text is one.
    pub(super) fn equals_int(&self) -> Option<i64> {
        self.int.filter(|_| self.comparison == Comparison::Equal)
    }

    /// Whether some number may be equal.
    pub(super) fn equals_number(&self) -> bool {
        self.comparison == Comparison::Equal && (self.int.is_some() || self.double.is_some())
    }

    fn decide(&self, equal: bool, text: impl FnOnce() -> String) -> bool {
        match self.comparison {
            Comparison::Equal => equal,
            Comparison::NotEqual => !equal,
            Comparison::Contains => self.needle.is_in(&text()),
            Comparison::Exists => true,
        }
    }

    pub(super) fn text(&self, value: &str) -> bool {
        match self.comparison {
            Comparison::Contains => self.needle.is_in(value),
            _ => self.decide(value == self.text, String::new),
        }
    }

    pub(super) fn int(&self, value: i64) -> bool {
        let equal = match self.int {
            Some(int) => int == value,
            None => self.double == Some(value as f64),
        };
        self.decide(equal, || value.to_string())
    }

    pub(super) fn double(&self, value: f64) -> bool {
        let equal =
            self.double.is_some_and(|double| double == value || double.is_nan() && value.is_nan());
        self.decide(equal, || value.to_string())
    }

    pub(super) fn bool(&self, value: bool) -> bool {
        let text = if value { "true" } else { "false" };
        self.text(text)
    }

    pub(super) fn typed(&self, value: &Typed) -> bool {
        match value {
            Typed::String(text) => self.text(text),
            Typed::Int(int) => self.int(*int),
            Typed::Double(double) => self.double(*double),
            Typed::Bool(bool) => self.bool(*bool),
            other => self.text(&other.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_compare_by_their_type() {
        let test = |filter: &str| ValueTest::new(&AttributeFilter::parse(filter).unwrap());
        assert!(test("k=42").int(42) && test("k=42.0").int(42) && test("k=42").double(42.0));
        assert!(!test("k=42").int(43) && test("k!=42").int(43) && test("k~=4").int(43));
        assert!(test("k=42").text("42") && !test("k=42").text("42.0"));
        assert!(test("k=true").bool(true) && test("k!=true").bool(false));
        assert!(test("k=NaN").double(f64::NAN) && !test("k=x").int(0));
        let large = i64::MAX - 1;
        assert!(
            test(&format!("k={large}")).int(large) && !test(&format!("k={large}")).int(i64::MAX)
        );
    }
}
