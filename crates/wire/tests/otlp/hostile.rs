//! Bodies made to cost more than they weigh: as many of the smallest thing as fit. None takes more
//! memory than the documented multiple of its size, and the reference agrees on all of them.

use plimsoll_model::TimeWindow;
use plimsoll_model::batch::RecordKind;
use plimsoll_wire::otlp::{Limits, decode};

use super::agree::{Verdict, agree_within};

const TIME: i64 = 1_763_800_000_000_000_000;

fn field(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

fn repeat(unit: &[u8], bytes: usize) -> Vec<u8> {
    unit.repeat(bytes / unit.len())
}

fn items(items: &[u8]) -> Vec<u8> {
    field(1, &field(2, items))
}

fn check(kind: RecordKind, shape: impl Fn(usize) -> Vec<u8>) {
    let window = TimeWindow::unbounded(TIME);
    // The least room, so that the factor alone counts.
    let limits = Limits { expansion_bytes_min: 0, ..Limits::default() };
    let body = shape(1 << 20);
    let decoded = decode(kind, &body, &window, &limits).expect("the framing is fine");
    let (held, most) = (decoded.batch.bytes(), body.len() * (limits.expansion_factor_max + 8));
    assert!(held < most, "{held} bytes from {}", body.len());
    let verdict = agree_within(kind, &shape(20_000), &window, &Limits::default());
    assert_eq!(verdict, Verdict::Same);
}

fn ids() -> Vec<u8> {
    [field(1, &[7; 16]), field(2, &[7; 8])].concat()
}

#[test]
fn traces() {
    let traces = |shape: &dyn Fn(usize) -> Vec<u8>| check(RecordKind::OtlpTraces, shape);
    traces(&|size| items(&repeat(&[0x12, 0], size)));
    traces(&|size| items(&repeat(&field(2, &ids()), size)));
    traces(&|size| repeat(&[0x0a, 0], size));
    traces(&|size| field(1, &repeat(&[0x12, 0], size)));
    traces(&|size| field(1, &repeat(&field(2, &field(2, &ids())), size)));
    traces(&|size| repeat(&items(&field(2, &ids())), size));
    // Events, links, attributes, statuses: two bytes each.
    for tag in [0x5a, 0x6a, 0x4a, 0x7a] {
        traces(&|size| items(&field(2, &[ids(), repeat(&[tag, 0], size)].concat())));
    }
}

#[test]
fn logs() {
    let logs = |shape: &dyn Fn(usize) -> Vec<u8>| check(RecordKind::OtlpLogs, shape);
    logs(&|size| items(&repeat(&[0x12, 0], size)));
    logs(&|size| repeat(&items(&[0x12, 0]), size));
    // A body of many short texts of control characters, and of many empty values.
    let control = field(1, &field(1, &[1]));
    logs(&|size| items(&field(2, &field(5, &field(5, &repeat(&control, size))))));
    logs(&|size| items(&field(2, &field(5, &field(5, &repeat(&[0x0a, 0], size))))));
    logs(&|size| items(&field(2, &field(5, &field(6, &repeat(&[0x0a, 0], size))))));
    // Entities of a resource, and keys of one entity.
    logs(&|size| field(1, &[field(1, &repeat(&[0x1a, 0], size)), field(2, &[0x12, 0])].concat()));
    let keys = |size| field(3, &repeat(&[0x1a, 0], size));
    logs(&|size| field(1, &[field(1, &keys(size)), field(2, &[0x12, 0])].concat()));
}

#[test]
fn metrics() {
    let metrics = |shape: &dyn Fn(usize) -> Vec<u8>| check(RecordKind::OtlpMetrics, shape);
    let time = [&[0x19][..], &TIME.to_le_bytes()].concat();
    let number = [&time[..], &[0x21], &1_f64.to_le_bytes()].concat();
    let metric =
        |kind: u8, points: &[u8]| field(2, &[field(1, b"m"), field(kind, points)].concat());
    metrics(&|size| items(&repeat(&[0x12, 0], size)));
    metrics(&|size| items(&repeat(&metric(5, &[]), size)));
    metrics(&|size| items(&repeat(&metric(5, &field(1, &number)), size)));
    metrics(&|size| items(&metric(5, &repeat(&[0x0a, 0], size))));
    metrics(&|size| items(&metric(5, &repeat(&field(1, &number), size))));
    // A series each, by an attribute that differs.
    metrics(&|size| {
        let point = |n: usize| {
            let pair = field(
                7,
                &[field(1, b"k"), field(2, &[&[0x21][..], &n.to_le_bytes()].concat())].concat(),
            );
            field(1, &[&number[..], &pair].concat())
        };
        items(&metric(5, &(0..size / 40).flat_map(point).collect::<Vec<u8>>()))
    });
    // One histogram of many buckets, many histograms of none, many quantiles, many exemplars.
    metrics(&|size| {
        let buckets = field(8, &field(2, &repeat(&[1], size)));
        items(&metric(10, &field(1, &[&time[..], &buckets].concat())))
    });
    metrics(&|size| items(&metric(10, &repeat(&field(1, &time), size))));
    metrics(&|size| {
        let point = [&time[..], &repeat(&[0x32, 0], size)].concat();
        items(&metric(11, &field(1, &point)))
    });
    metrics(&|size| {
        let exemplar = field(5, &[&[0x11][..], &TIME.to_le_bytes(), &[0x19; 9]].concat());
        items(&metric(5, &field(1, &[&number[..], &repeat(&exemplar, size)].concat())))
    });
}
