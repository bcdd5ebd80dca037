//! Checks used by every service: one place panics for all of them.

pub fn ensure(condition: bool, message: impl FnOnce() -> String) {
    if !condition {
        fail(message());
    }
}

pub fn fail(message: String) -> ! {
    panic!("rule violated: {message}")
}

/// Unlike `ensure`, says where it was called.
#[track_caller]
pub fn must<T>(value: Option<T>, what: &str) -> T {
    match value {
        Some(value) => value,
        None => panic!("{what} must be known"),
    }
}
