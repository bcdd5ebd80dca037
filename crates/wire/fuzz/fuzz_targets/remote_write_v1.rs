//! Any bytes as a remote write 1.0 request: decoded by the reference and by us, and compared.

#![no_main]

use plimsoll_wire::prometheus::RemoteWrite;

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::prometheus::compare(
    RemoteWrite::V1,
    body
));
