//! Any bytes as what an SDK of Sentry sends: every reader ends, and valid JSON stays valid.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::sentry::read(body));
