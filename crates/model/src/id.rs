//! Trace and span ids: fixed bytes inside, lower-case hex at every edge.

use std::fmt;
use std::str::FromStr;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hex digits, found {found:?}")]
pub struct IdError {
    expected: usize,
    found: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = || IdError {
                    expected: $bytes * 2,
                    found: text.chars().take(64).collect(),
                };
                if text.len() != $bytes * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(error());
                }
                let mut id = [0; $bytes];
                for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let pair = std::str::from_utf8(pair).map_err(|_| error())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| error())?;
                }
                Ok(Self(id))
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = std::array::TryFromSliceError;

            fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
                bytes.try_into().map(Self)
            }
        }
    };
}

id!(
    /// The 16 bytes that all spans of one trace share.
    TraceId,
    16
);
id!(
    /// The 8 bytes that name a span within its trace.
    SpanId,
    8
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_in_either_case() {
        let id: TraceId = "5F1C92ab7d0e4c6b5f1c92ab7d0e4c6b".parse().unwrap();
        assert_eq!(id.to_string(), "5f1c92ab7d0e4c6b5f1c92ab7d0e4c6b");
        assert_eq!(TraceId::try_from(&id.0[..]).unwrap(), id);
    }

    #[test]
    fn wrong_texts_are_named() {
        for text in ["", "5f1c", "zz1c92ab7d0e4c6b", "+f1c92ab7d0e4c6b", "5f1c92ab7d0e4c6"] {
            let error = text.parse::<SpanId>().unwrap_err().to_string();
            assert_eq!(error, format!("expected 16 hex digits, found {text:?}"));
        }
    }
}
