//! What is hidden and what is not, from outside: keys, text, JSON, rows, and what holds for all.

mod json;
mod keys;
mod properties;
mod rows;
mod text;

use plimsoll_wire::scrub::{Privacy, Scrubber};

fn scrubber() -> Scrubber {
    Scrubber::new(&Privacy::default())
}

/// With addresses as well.
fn strict() -> Scrubber {
    Scrubber::new(&Privacy { emails: true, ip_addresses: true, ..Privacy::default() })
}
