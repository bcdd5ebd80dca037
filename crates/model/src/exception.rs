//! An exception as every source tells it: what was raised, what caused it, and the stack of each.
//!
//! Invariants: the first exception of a chain is the one that was reported, each further one the cause of
//! the one before; the first frame of a stack is where it was raised, each further one its caller. An empty
//! text and a zero stand for what the source did not say.

use serde::{Deserialize, Serialize};

/// One exception of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exception {
    /// Its type: `ValueError`, `java.lang.IllegalStateException`, `TypeError`.
    #[serde(rename = "type", skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// What it says.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The module or package of the type, where it is told apart from the type.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// Whether the program caught it; none where the source does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// What caught it: `excepthook`, `onunhandledrejection`, `flask`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mechanism: String,
    /// Its stack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Frames that were left out of the middle of a stack too deep to keep.
    #[serde(skip_serializing_if = "is_zero")]
    pub frames_omitted: u32,
    /// The part of its stack that could not be read as frames, as it was written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// One frame of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frame {
    /// The function, as the language spells it: `place_order`, `Cart.total`, `core::option::unwrap_failed`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub function: String,
    /// The module, package or class: `shop.cart`, `com.example.Cart`, `shop::cart`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// The file as it is shown, relative where the source knows its root: `shop/cart.py`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// The absolute path or the URL of the file.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub line: u32,
    /// The column, from 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub column: u32,
    /// Whether it is code of the service itself, and not of a library; none until that is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
    /// The source around the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Box<SourceLines>>,
    /// Local variables: name and value as text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<(String, String)>,
}

/// The source around a frame's line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceLines {
    /// Lines before, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// The line itself.
    pub line: String,
    /// Lines after, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
