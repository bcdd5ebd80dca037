//! What an issue is known by.
//!
//! Invariants: 63 bits, so that it fits a signed column; written as 16 hexadecimal digits. A digest
//! tells `a` + `bc` from `ab` + `c`: every part goes in with its label and its length.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::XxHash3_64;

/// The fingerprint of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(i64);

impl Fingerprint {
    /// Of a number as it is kept; its sign is not part of it.
    pub const fn from_i64(number: i64) -> Self {
        Self(number & i64::MAX)
    }

    /// The number that is kept, never negative.
    pub const fn to_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:016x}", self.0)
    }
}

/// A text that is no fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a fingerprint is 16 hexadecimal digits, the first at most 7")]
pub struct FingerprintError;

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(FingerprintError);
        }
        i64::from_str_radix(text, 16).map(Self).map_err(|_| FingerprintError)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a fingerprint is made of, as it comes.
#[derive(Default)]
pub(super) struct Digest {
    bytes: Vec<u8>,
}

impl Digest {
    pub(super) fn add(&mut self, label: &str, value: &str) {
        for text in [label, value] {
            // A text that is longer than four gigabytes is cut long before this.
            self.bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
            self.bytes.extend_from_slice(text.as_bytes());
        }
    }

    pub(super) fn finish(&self) -> Fingerprint {
        Fingerprint::from_i64(XxHash3_64::oneshot(&self.bytes).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_and_read() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, i64::MAX] {
            let text = Fingerprint::from_i64(number).to_string();
            assert_eq!(text.len(), 16);
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_i64(), number);
            let json = serde_json::to_string(&Fingerprint::from_i64(number)).unwrap();
            assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap().to_i64(), number);
        }
        for text in ["", "12", "8000000000000000", "+123456789abcdef", "zzzzzzzzzzzzzzzz"] {
            assert_eq!(text.parse::<Fingerprint>(), Err(FingerprintError), "of {text:?}");
        }
        assert!(Fingerprint::from_i64(-1).to_i64() >= 0);
    }

    #[test]
    fn where_a_part_ends_counts() {
        let of = |parts: &[(&str, &str)]| {
            let mut digest = Digest::default();
            parts.iter().for_each(|(label, value)| digest.add(label, value));
            digest.finish()
        };
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
        assert_ne!(of(&[("a", "b"), ("a", "")]), of(&[("a", ""), ("a", "b")]));
    }
}
