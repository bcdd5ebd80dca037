//! Any bytes as JSON and as text: what comes out is valid, bounded, and scrubbed once and for all.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::scrub::check(body));
