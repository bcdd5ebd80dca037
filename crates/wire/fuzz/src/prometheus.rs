//! What the fuzz targets of remote write and of the log's rows share with the tests.

#[path = "../../tests/prometheus/agree.rs"]
mod agree;
#[path = "../../tests/prometheus/arbitrary.rs"]
pub(crate) mod arbitrary;
#[path = "../../tests/prometheus/expected.rs"]
mod expected;
#[path = "../../tests/prometheus/messages.rs"]
mod messages;
#[path = "../../tests/prometheus/rows.rs"]
mod rows;

use plimsoll_wire::columns::{decode, encode};
use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{RemoteWrite, decode_remote_write};

/// Panics where our rows are not those expected of what prost finds in these bytes.
pub fn compare(version: RemoteWrite, body: &[u8]) {
    agree::agree(version, body);
}

/// Panics where the rows of a request, or bytes that pass for rows, do not come back as they were.
pub fn columns(body: &[u8]) {
    if let Ok(batch) = decode(body) {
        assert!(!encode(&batch).expect("they came of bytes").is_empty());
    }
    let limits = Limits::default();
    for version in [RemoteWrite::V1, RemoteWrite::V2] {
        let built = decode_remote_write(version, body, &agree::Fresh, &agree::WINDOW, &limits);
        let Ok(built) = built else { continue };
        let bytes = encode(&built.batch).expect("rows have bytes");
        let back = decode(&bytes).expect("bytes are rows");
        assert_eq!(rows::lines(&back), rows::lines(&built.batch));
    }
}
