//! Decompression of complete bodies under a limit of bytes and of ratio.
//!
//! Invariants: output is charged before it is written and stops at the limit, so that a bomb costs
//! at most one step beyond it; a window over 8 MiB (what RFC 8878 asks decoders to accept) is
//! refused before it is allocated.

use std::io::Read;

use plimsoll_model::ErrorCode;

use super::admission::Charge;
use crate::config::format_size;
use crate::problem::Problem;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
    Brotli,
}

/// Telemetry stays far below this: every span carries 24 random bytes. What does not is a bomb.
const RATIO_MAX: usize = 256;

/// Small bodies may have any ratio; they cost nothing.
const RATIO_FREE_BYTES: usize = 1 << 20;

const STEP_BYTES: usize = 64 << 10;
const STEP_BYTES_MAX: usize = 1 << 20;

/// 8 MiB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

impl Encoding {
    /// The encoding of a `Content-Encoding` or `grpc-encoding` header.
    pub(crate) fn parse(header: Option<&[u8]>) -> Result<Self, Problem> {
        let Some(name) = header else { return Ok(Self::Identity) };
        match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Ok(Self::Identity),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip),
            b"deflate" => Ok(Self::Deflate),
            b"zstd" => Ok(Self::Zstd),
            b"br" => Ok(Self::Brotli),
            other => Err(Problem::new(
                ErrorCode::UnsupportedMediaType,
                format!(
                    "body encoding {:?} is not known here, expected gzip, zstd, br, deflate or identity",
                    String::from_utf8_lossy(&other[..other.len().min(40)])
                ),
            )
            .hint("set OTEL_EXPORTER_OTLP_COMPRESSION=gzip or none")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
            Self::Brotli => "brotli",
        }
    }

    /// A guess of the decompressed size, from what the formats themselves say; never trusted.
    pub(crate) fn expected_bytes(self, body: &[u8]) -> usize {
        let said = match self {
            Self::Identity => Some(body.len()),
            Self::Gzip => body.last_chunk::<4>().map(|size| u32::from_le_bytes(*size) as usize),
            Self::Deflate => None,
            Self::Zstd => zstd::zstd_safe::get_frame_content_size(body)
                .ok()
                .flatten()
                .and_then(|size| usize::try_from(size).ok()),
            Self::Brotli => None,
        };
        said.unwrap_or(body.len().saturating_mul(4)).min(body.len().saturating_mul(RATIO_MAX))
    }
}

/// Decompresses a whole body of at most `bytes_max`. `charge` holds `per_byte` for every byte of
/// the result.
pub(crate) fn inflate(
    encoding: Encoding,
    body: &[u8],
    bytes_max: usize,
    charge: &mut Charge,
    per_byte: usize,
) -> Result<Vec<u8>, Problem> {
    let corrupt = |error: std::io::Error| corrupt(encoding, &error);
    match encoding {
        Encoding::Identity => Ok(body.to_vec()),
        Encoding::Gzip => {
            let reader = flate2::bufread::MultiGzDecoder::new(body);
            read_all(reader, encoding, body, bytes_max, charge, per_byte)
        }
        Encoding::Deflate => {
            let reader = flate2::bufread::ZlibDecoder::new(body);
            read_all(reader, encoding, body, bytes_max, charge, per_byte)
        }
        Encoding::Zstd => {
            let mut reader = zstd::stream::read::Decoder::with_buffer(body).map_err(corrupt)?;
            reader.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(corrupt)?;
            read_all(reader, encoding, body, bytes_max, charge, per_byte)
        }
        Encoding::Brotli => {
            // Its window is 16 MiB at most, and as large as the body says.
            let reader = brotli_decompressor::Decompressor::new(body, STEP_BYTES);
            read_all(reader, encoding, body, bytes_max, charge, per_byte)
        }
    }
}

fn read_all(
    mut reader: impl Read,
    encoding: Encoding,
    body: &[u8],
    bytes_max: usize,
    charge: &mut Charge,
    per_byte: usize,
) -> Result<Vec<u8>, Problem> {
    let expected = encoding.expected_bytes(body).min(bytes_max);
    let mut output = Vec::with_capacity(expected + 1);
    let mut filled = 0;
    loop {
        if filled == output.len() {
            let step = expected.saturating_sub(filled) + 1;
            let step = step.clamp(STEP_BYTES, STEP_BYTES_MAX).min(bytes_max + 1 - filled);
            // The one byte beyond the limit, which tells that there is more, is free: the largest
            // body may be all that the budget can ever hold.
            charge.grow_to((filled + step).min(bytes_max).saturating_mul(per_byte))?;
            output.resize(filled + step, 0);
        }
        match reader.read(&mut output[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(corrupt(encoding, &error)),
        }
        if filled > bytes_max {
            return Err(too_large(bytes_max));
        }
        if filled > RATIO_FREE_BYTES && filled / RATIO_MAX > body.len() {
            return Err(Problem::new(
                ErrorCode::TooLarge,
                format!(
                    "body of {} bytes decompresses to more than {RATIO_MAX} times its size",
                    body.len()
                ),
            )
            .hint("telemetry never compresses this well; send it uncompressed if it is real"));
        }
    }
    output.truncate(filled);
    Ok(output)
}

/// The refusal of a body over the limit.
pub(crate) fn too_large(bytes_max: usize) -> Problem {
    let limit = format_size(bytes_max as u64);
    Problem::new(ErrorCode::TooLarge, format!("request body is larger than {limit}"))
        .hint("send smaller batches, or raise otlp.body_max and --memory")
}

fn corrupt(encoding: Encoding, error: &std::io::Error) -> Problem {
    let name = encoding.name();
    Problem::new(ErrorCode::InvalidArgument, format!("body is not valid {name}: {error}"))
        .location("body")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::ingest::admission::Admission;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn run(encoding: Encoding, body: &[u8], bytes_max: usize) -> Result<Vec<u8>, Problem> {
        let mut charge = Admission::new(1 << 30).read();
        inflate(encoding, body, bytes_max, &mut charge, 3)
    }

    /// Bytes that compress about four to one.
    fn text(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            b'a' + (state >> 30) as u8
        })
        .take(length)
        .collect()
    }

    #[test]
    fn every_encoding_round_trips() {
        for length in [0, 1, 1_000, 70_000, 3_000_000] {
            let text = text(length);
            for (encoding, body) in [
                (Encoding::Gzip, gzip(&text)),
                (Encoding::Deflate, zlib(&text)),
                (Encoding::Zstd, zstd::encode_all(&text[..], 1).unwrap()),
            ] {
                assert!(run(encoding, &body, 3_000_000).unwrap() == text, "{encoding:?} {length}");
                if length > 0 {
                    let refusal = run(encoding, &body, length - 1).unwrap_err();
                    assert_eq!(refusal.code, ErrorCode::TooLarge, "{encoding:?} {length}");
                }
            }
        }
    }

    #[test]
    fn bombs_stop_early_whatever_the_limit() {
        let zeros = vec![0; 64 << 20];
        for (encoding, body) in [
            (Encoding::Gzip, gzip(&zeros)),
            (Encoding::Zstd, zstd::encode_all(&zeros[..], 1).unwrap()),
        ] {
            let code = run(encoding, &body, 128 << 20).err().map(|refusal| refusal.code);
            assert_eq!(code, Some(ErrorCode::TooLarge), "{encoding:?}");
        }
    }

    #[test]
    fn truncated_and_foreign_bodies_are_invalid() {
        let text = text(100_000);
        for (encoding, mut body) in [
            (Encoding::Gzip, gzip(&text)),
            (Encoding::Deflate, zlib(&text)),
            (Encoding::Zstd, zstd::encode_all(&text[..], 1).unwrap()),
        ] {
            body.truncate(body.len() / 2);
            assert_eq!(run(encoding, &body, 1 << 20).unwrap_err().code, ErrorCode::InvalidArgument);
            let refusal = run(encoding, b"plain text", 1 << 20).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::InvalidArgument);
        }
    }

    #[test]
    fn a_huge_window_is_refused() {
        // Magic, a frame header without content size, window descriptor for 128 MiB, empty block.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        assert_eq!(
            run(Encoding::Zstd, &frame, 1 << 20).unwrap_err().code,
            ErrorCode::InvalidArgument
        );
    }

    #[test]
    fn output_is_charged_before_it_exists() {
        let mut charge = Admission::new(300 << 10).read(); // 100 KiB to read into.
        let body = gzip(&text(90_000));
        let refusal = inflate(Encoding::Gzip, &body, 1 << 20, &mut charge, 3).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::ResourceExhausted);
    }

    #[test]
    fn unknown_encodings_are_named() {
        let refusal = Encoding::parse(Some(b"lzma")).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::UnsupportedMediaType);
        assert!(refusal.detail.contains("\"lzma\""), "{refusal}");
        assert_eq!(Encoding::parse(Some(b" GZIP ")).unwrap(), Encoding::Gzip);
    }
}
