//! Any bytes as OTLP/JSON: what is taken becomes protobuf that the reference and we agree on.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::compare_json(body));
