//! Any bytes as rows of the log, and the rows of any request there and back.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::prometheus::columns(body));
