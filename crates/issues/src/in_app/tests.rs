//! What rules and defaults decide.
