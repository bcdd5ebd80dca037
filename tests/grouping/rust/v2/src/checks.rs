//! Checks used by every service: one place panics for all of them.
//!
//! `fail` is for what a branch has found out already, `ensure` for the rest.

/// Unlike `ensure`, says where it was called.
#[track_caller]
pub fn must<T>(value: Option<T>, what: &str) -> T {
    match value {
        Some(value) => value,
        None => panic!("{what} must be known"),
    }
}

pub fn fail(message: String) -> ! {
    panic!("rule violated: {message}")
}

pub fn ensure(condition: bool, message: impl FnOnce() -> String) {
    if condition {
        return;
    }
    fail(message());
}
