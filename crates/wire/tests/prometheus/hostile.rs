//! Bodies made to cost more than they weigh: as many of the smallest thing as fit. None takes more
//! memory than the documented multiple of its size.

use plimsoll_wire::otlp::Limits;
use plimsoll_wire::prometheus::{RemoteWrite, decode_remote_write};

use super::agree::{Fresh, Verdict, WINDOW, agree};

const MILLIS: u64 = 1_763_800_000_000;

fn field(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number) << 3 | 2, &mut bytes);
    prost::encoding::encode_varint(payload.len() as u64, &mut bytes);
    bytes.extend_from_slice(payload);
    bytes
}

fn repeat(unit: &[u8], bytes: usize) -> Vec<u8> {
    unit.repeat(bytes / unit.len())
}

fn check(version: RemoteWrite, shape: &dyn Fn(usize) -> Vec<u8>) {
    // The least room, so that the factor alone counts.
    let limits = Limits { expansion_bytes_min: 0, ..Limits::default() };
    let body = shape(1 << 20);
    let built = decode_remote_write(version, &body, &Fresh, &WINDOW, &limits).expect("framed well");
    let noted = built.noted.capacity() * size_of_val(&built.noted[..1.min(built.noted.len())]);
    let (held, most) =
        (built.batch.bytes() + noted, body.len() * (limits.expansion_factor_max + 8));
    assert!(held < most, "{held} bytes from {}", body.len());
    assert!(built.message.len() < 10_000);
    assert_eq!(agree(version, &shape(20_000)), Verdict::Same);
}

/// `tag` and a varint.
fn number(tag: u8, value: u64) -> Vec<u8> {
    let mut bytes = vec![tag];
    prost::encoding::encode_varint(value, &mut bytes);
    bytes
}

#[test]
fn version_1() {
    let check = |shape: &dyn Fn(usize) -> Vec<u8>| check(RemoteWrite::V1, shape);
    let label = |name: &[u8], value: &[u8]| field(1, &[field(1, name), field(2, value)].concat());
    let name = label(b"__name__", b"m");
    let time = number(0x10, MILLIS);
    check(&|size| repeat(&[0x0a, 0], size));
    check(&|size| repeat(&[0x1a, 0], size));
    // Labels, samples, exemplars and histograms of two bytes each.
    for tag in [0x0a, 0x12, 0x1a, 0x22] {
        check(&|size| field(1, &repeat(&[tag, 0], size)));
        check(&|size| field(1, &[name.clone(), repeat(&[tag, 0], size)].concat()));
    }
    // The same series again and again, and the same sample.
    check(&|size| repeat(&field(1, &[name.clone(), field(2, &time)].concat()), size));
    check(&|size| field(1, &[name.clone(), repeat(&field(2, &time), size)].concat()));
    // A series each, with a sample or an exemplar; of all days that the window has.
    for point in [2, 3] {
        check(&|size| {
            let series = |at: usize| {
                let time = number(
                    if point == 2 { 0x10 } else { 0x18 },
                    MILLIS + at as u64 % 50 * 86_400_000,
                );
                let labels = [name.clone(), label(b"a", &at.to_le_bytes()[..3])].concat();
                field(1, &[labels, field(point, &time)].concat())
            };
            (0..size / 40).flat_map(series).collect()
        });
    }
    // One histogram of many buckets, of many spans, of many bounds; many histograms of a wide gap.
    let histogram = |parts: &[u8]| field(4, &[number(0x78, MILLIS), parts.to_vec()].concat());
    for part in [8, 9, 10, 11, 12, 13, 16] {
        check(&|size| {
            let unit: &[u8] = if part == 8 || part == 11 { &[] } else { &[0; 8] };
            let parts = repeat(&field(part, unit), size);
            field(1, &[name.clone(), histogram(&parts)].concat())
        });
    }
    check(&|size| {
        let span = |offset| field(11, &[number(0x08, offset), number(0x10, 1)].concat());
        let wide = [span(0), span(2 * 16_000), field(12, &[0, 0])].concat();
        let many = (0..size / 30).map(|at| {
            let time = number(0x78, MILLIS + at as u64);
            field(4, &[time, wide.clone()].concat())
        });
        field(1, &[name.clone(), many.flatten().collect()].concat())
    });
    // What metrics are.
    check(&|size| {
        (0..size / 12).flat_map(|at| field(3, &field(2, format!("m{at}").as_bytes()))).collect()
    });
}

#[test]
fn version_2() {
    let check = |shape: &dyn Fn(usize) -> Vec<u8>| check(RemoteWrite::V2, shape);
    let time = number(0x10, MILLIS);
    let symbols: Vec<u8> =
        [&b""[..], b"__name__", b"m", b"a"].iter().flat_map(|s| field(4, s)).collect();
    check(&|size| repeat(&[0x22, 0], size));
    check(&|size| repeat(&[0x2a, 0], size));
    check(&|size| [symbols.clone(), field(5, &field(1, &repeat(&[0], size)))].concat());
    check(&|size| [symbols.clone(), field(5, &field(1, &repeat(&[1, 2], size)))].concat());
    check(&|size| [symbols.clone(), field(5, &repeat(&[0x08, 9], size))].concat());
    // A long text that many series share.
    check(&|size| {
        let long = vec![b'x'; 16_000];
        let series = |at: usize| {
            let labels =
                [1, 2, 3, 4, 4, 5].into_iter().chain(number(0, 6 + at as u64).into_iter().skip(1));
            let labels: Vec<u8> = labels.collect();
            field(5, &[field(1, &labels), field(2, &time)].concat())
        };
        let count = size / 30;
        let names = field(4, b"b")
            .into_iter()
            .chain((0..count).flat_map(|at| field(4, &at.to_le_bytes()[..3])));
        let texts: Vec<u8> =
            [symbols.clone(), field(4, &long)].concat().into_iter().chain(names).collect();
        // Symbols 4 and 5 are the long text and the name of the label that tells series apart.
        let all = (0..count).flat_map(series);
        texts.into_iter().chain(all).collect()
    });
    // A metadata each, of one series.
    check(&|size| {
        let series = |at: usize| {
            let said = field(
                5,
                &[number(0x08, 1), number(0x18, at as u64 % 5), number(0x20, at as u64)].concat(),
            );
            field(5, &[field(1, &[1, 2]), said].concat())
        };
        let texts = repeat(&field(4, b"t"), size / 4);
        [symbols.clone(), texts, (0..size / 20).flat_map(series).collect()].concat()
    });
}
