//! A container that is open, and what is known of its members.
//!
//! Two shapes of members name a secret by a value instead of a key: the pair
//! `["Authorization", "…"]` in a list of pairs, and `{"name": "password", "value": "…"}`.

use std::ops::Range;

/// Names are compared with secret ones up to this length.
pub(super) const NAME_BYTES_MAX: usize = 128;

/// What a member is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Its value names what another member holds.
    Name,
    /// It holds what another member names.
    Value,
    Other,
}

impl Role {
    #[inline]
    pub(super) fn of_key(key: &str) -> Self {
        // Most keys are longer.
        if key.len() > 6 {
            return Self::Other;
        }
        match key {
            "name" | "key" | "header" | "field" | "Name" | "Key" => Self::Name,
            "value" | "val" | "values" | "Value" => Self::Value,
            _ => Self::Other,
        }
    }
}

/// A container that is open. Positions are those in the output.
pub(super) struct Frame {
    pub(super) is_object: bool,
    /// Whether it is itself an element of an array.
    pub(super) is_in_array: bool,
    pub(super) members: usize,
    pub(super) role: Role,
    /// The key of the member that is read, without quotes.
    pub(super) key: Range<usize>,
    /// Where the value of the member that is read begins.
    pub(super) value_start: usize,
    /// Whether a member named a secret.
    pub(super) names_secret: bool,
    /// The value that a member would name.
    pub(super) named: Option<Range<usize>>,
}

impl Frame {
    #[inline]
    pub(super) fn new(is_object: bool, is_in_array: bool) -> Self {
        Self {
            is_object,
            is_in_array,
            members: 0,
            role: Role::Other,
            key: 0..0,
            value_start: 0,
            names_secret: false,
            named: None,
        }
    }

    /// Begins the next element of an array.
    #[inline]
    pub(super) fn begin_element(&mut self, start: usize) {
        self.value_start = start;
        self.role = match (self.is_in_array, self.members) {
            (true, 1) => Role::Name,
            (true, 2) => Role::Value,
            _ => Role::Other,
        };
    }

    /// The value that is hidden because another member names it.
    #[inline]
    pub(super) fn hidden(&self) -> Option<Range<usize>> {
        if !self.names_secret || !(self.is_object || self.members == 2) {
            return None;
        }
        self.named.clone()
    }
}
