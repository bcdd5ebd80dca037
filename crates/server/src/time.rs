//! Times as people write and read them, for the commands that ask a server.

pub use crate::api::parse_time;
pub use plimsoll_query::rfc3339;
