//! Random secrets: how they are made, written, taken apart and hashed.
//!
//! A secret is `prefix id _ key`: a prefix that says what it is (`pls_` a token, `plss_` a session,
//! `plsc_` a sign-in code), a public id of 16 hex digits, and a key of 64 hex digits, 256 bits from
//! the operating system. Rows are found by the id, which is no secret, and then the SHA-256 of the
//! whole text is compared in constant time. A plain hash is enough because the key is random, not a
//! password.
//!
//! Invariants: a secret has no `Display`, and its `Debug` shows only the public id; hashes are
//! compared nowhere but in [`Hash::matches`].

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::StateError;

/// The longest text that is looked at as a secret of any kind, in bytes.
pub const SECRET_BYTES_MAX: usize = 512;

const ID_BYTES: usize = 8;
const KEY_BYTES: usize = 32;

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Session,
    Code,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "pls_",
            Self::Session => "plss_",
            Self::Code => "plsc_",
        }
    }
}

/// A secret in the clear, to be shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    text: String,
    kind: Kind,
}

impl Secret {
    /// A new secret from the operating system's randomness.
    pub(crate) fn generate(kind: Kind) -> Result<Self, StateError> {
        let mut random = [0_u8; ID_BYTES + KEY_BYTES];
        getrandom::fill(&mut random).map_err(StateError::Random)?;
        let (id, key) = random.split_at(ID_BYTES);
        let mut text = String::with_capacity(kind.prefix().len() + 2 * random.len() + 1);
        text.push_str(kind.prefix());
        push_hex(&mut text, id);
        text.push('_');
        push_hex(&mut text, key);
        Ok(Self { text, kind })
    }

    /// The secret itself. The only way to it, so that each use can be found.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The public id within it.
    pub(crate) fn id(&self) -> &str {
        let start = self.kind.prefix().len();
        &self.text[start..start + 2 * ID_BYTES]
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}_…", self.kind.prefix(), self.id())
    }
}

/// A new public id.
pub(crate) fn random_id() -> Result<String, StateError> {
    let mut random = [0_u8; ID_BYTES];
    getrandom::fill(&mut random).map_err(StateError::Random)?;
    let mut text = String::with_capacity(2 * ID_BYTES);
    push_hex(&mut text, &random);
    Ok(text)
}

/// The public id in a text that has the shape of a secret of this kind; `None` for any other text.
pub(crate) fn parse_id(kind: Kind, text: &str) -> Option<&str> {
    let (id, key) = text.strip_prefix(kind.prefix())?.split_once('_')?;
    (is_hex(id, ID_BYTES) && is_hex(key, KEY_BYTES)).then_some(id)
}

/// The SHA-256 of a secret.
#[derive(Clone, Copy)]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    pub(crate) fn to_hex(self) -> String {
        let mut text = String::with_capacity(2 * self.0.len());
        push_hex(&mut text, &self.0);
        text
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        if !is_hex(text, 32) {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| digit(byte).is_some())
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_generated_secret_has_its_shape_and_hides_its_key() {
        for kind in [Kind::Token, Kind::Session, Kind::Code] {
            let secret = Secret::generate(kind).unwrap();
            assert_eq!(parse_id(kind, secret.expose()), Some(secret.id()));
            let key = secret.expose().rsplit('_').next().unwrap();
            assert_eq!(key.len(), 64);
            assert!(!format!("{secret:?}").contains(&key[..8]), "{secret:?}");
            for other in [Kind::Token, Kind::Session, Kind::Code] {
                assert_eq!(parse_id(other, secret.expose()).is_some(), other == kind);
            }
        }
    }

    #[test]
    fn no_two_secrets_are_the_same() {
        let all: std::collections::HashSet<String> = (0..1_000)
            .map(|_| Secret::generate(Kind::Token).unwrap().expose().to_owned())
            .collect();
        assert_eq!(all.len(), 1_000);
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_without_panic(text in ".{0,200}") {
            for kind in [Kind::Token, Kind::Session, Kind::Code] {
                let _ = parse_id(kind, &text);
            }
            let _ = Hash::from_hex(&text);
        }

        #[test]
        fn exactly_the_shape_is_accepted(id in "[0-9a-f]{16}", key in "[0-9a-f]{64}") {
            let text = format!("pls_{id}_{key}");
            prop_assert_eq!(parse_id(Kind::Token, &text), Some(id.as_str()));
            prop_assert_eq!(parse_id(Kind::Session, &text), None);
            // Nothing longer, shorter, padded or in capitals is the same token.
            let padded = format!(" {text}");
            let longer = format!("{text}0");
            prop_assert_eq!(parse_id(Kind::Token, &padded), None);
            prop_assert_eq!(parse_id(Kind::Token, &longer), None);
            prop_assert_eq!(parse_id(Kind::Token, &text[..text.len() - 1]), None);
            let capitals = format!("pls_{}_{key}", id.to_uppercase());
            prop_assert_eq!(parse_id(Kind::Token, &capitals).is_some(), capitals == text);
        }

        #[test]
        fn a_changed_byte_changes_the_hash(
            key in "[0-9a-f]{64}", at in 0_usize..64, with in "[0-9a-f]"
        ) {
            let mut changed = key.clone();
            changed.replace_range(at..=at, &with);
            prop_assert_eq!(Hash::of(&key).matches(&Hash::of(&changed)), key == changed);
            let copy = Hash::from_hex(&Hash::of(&key).to_hex()).unwrap();
            prop_assert!(copy.matches(&Hash::of(&key)));
        }
    }
}
