//! An event without what only people read: enough to group and to count it, at a fraction of the work.
//!
//! Invariant: what is read of an outline is what is read of the whole event, but for source lines,
//! variables, the request and the document.

use crate::json::{Cleaned, JsonError, Limits};
use crate::scrub::Scrubber;

/// The outline of an event: valid, bounded and scrubbed as the whole would be.
///
/// # Errors
///
/// The payload is not JSON.
pub fn outline(scrubber: &Scrubber, payload: &[u8], limits: &Limits) -> Result<Cleaned, JsonError> {
    let mut has_stacks = false;
    scrubber.json_without(payload, limits, |key, depth| {
        if depth > 1 {
            return has_stacks
                && matches!(key, "vars" | "pre_context" | "context_line" | "post_context");
        }
        has_stacks = matches!(
            key,
            "exception"
                | "sentry.interfaces.Exception"
                | "stacktrace"
                | "sentry.interfaces.Stacktrace"
                | "threads"
        );
        matches!(
            key,
            "_meta"
                | "breadcrumbs"
                | "sentry.interfaces.Breadcrumbs"
                | "extra"
                | "modules"
                | "request"
                | "sentry.interfaces.Http"
        )
    })
}
