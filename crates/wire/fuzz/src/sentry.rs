//! What the fuzz target of Sentry's protocol shares with the tests.

#[path = "../../tests/sentry/captures.rs"]
pub(crate) mod captures;
#[path = "../../tests/sentry/outline.rs"]
mod outline;
#[path = "../../tests/sentry/reading.rs"]
mod reading;

/// Panics where a reader does, or gives JSON that is none.
pub fn read(body: &[u8]) {
    reading::read_all(body);
}
