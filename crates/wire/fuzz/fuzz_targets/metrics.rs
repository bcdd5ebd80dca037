//! Any bytes as a metrics request: decoded by the reference and by us, and compared.

#![no_main]

use plimsoll_model::batch::RecordKind;

libfuzzer_sys::fuzz_target!(|body: &[u8]| plimsoll_wire_fuzz::compare(
    RecordKind::OtlpMetrics,
    body
));
