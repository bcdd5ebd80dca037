//! What one request may ask for. Every limit bounds memory or time that an untrusted sender can
//! make us spend.

use super::fault::DecodeError;

/// Column offsets are 32 bits and JSON text is at most six times its source, so no body above
/// this is decoded whatever the configuration says.
pub(super) const BODY_BYTES_CAP: usize = 256 << 20;

/// Most memory that repetition may add, for the same reason.
pub(super) const EXPANSION_BYTES_CAP: usize = 512 << 20;

/// Bounds on one export request and its items. An item over one of them is rejected; a body over
/// `body_bytes_max` is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request, decompressed: 64 MiB. Never more than 256 MiB, whatever is set.
    pub body_bytes_max: usize,
    /// Attributes of one item, and of each of its events, links, exemplars, its scope and its
    /// resource, and entities of a resource: 1,024, eight times what SDKs allow by default.
    pub attributes_per_item_max: usize,
    /// Bytes of one text or attribute value, nested values as they are encoded: 1 MiB.
    pub value_bytes_max: usize,
    /// How deep arrays and maps may nest within one attribute value: 16. JSON requests can hold at
    /// most 29 levels, which is what 128 levels of JSON leave for them.
    pub nesting_max: usize,
    /// Rows repeat what a request says once (resource attributes, names of metrics) and have a
    /// fixed cost however short the item: together at most this many times the body, 32, …
    pub expansion_factor_max: usize,
    /// … or this many bytes, 8 MiB, whichever is more. Of 1,000 realistic spans it is a fiftieth.
    pub expansion_bytes_min: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 64 << 20,
            attributes_per_item_max: 1024,
            value_bytes_max: 1 << 20,
            nesting_max: 16,
            expansion_factor_max: 32,
            expansion_bytes_min: 8 << 20,
        }
    }
}

impl Limits {
    /// Refuses a body that is larger than any is decoded.
    pub(crate) fn check_body(
        &self,
        message: &'static str,
        bytes: usize,
    ) -> Result<(), DecodeError> {
        let most = self.body_bytes_max.min(BODY_BYTES_CAP);
        if bytes > most { Err(DecodeError::too_large(message, bytes, most)) } else { Ok(()) }
    }

    /// Bytes that the rows of a body of this size may add to it by repetition.
    pub(crate) fn expansion_bytes(&self, body_bytes: usize) -> usize {
        body_bytes
            .saturating_mul(self.expansion_factor_max)
            .max(self.expansion_bytes_min)
            .min(EXPANSION_BYTES_CAP)
    }
}
