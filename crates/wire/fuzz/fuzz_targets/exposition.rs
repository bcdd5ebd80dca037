//! Any bytes as what a service exposes: they end, and what is taken is taken again as it was understood.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::check_exposition(body));
