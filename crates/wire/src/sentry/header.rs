//! The lines of headers of an envelope and of its items.
//!
//! Invariants: a line is a JSON object or an error; within it, a header of another type than is
//! expected counts as absent. Texts are kept as they were sent: who keeps them scrubs them.

use plimsoll_model::{SpanId, TraceId, UnixNano};
use serde::de::IgnoredAny;

use super::envelope::Limits;
use super::item::ItemType;
use super::reader::{Kind, Reader};
use super::{id, time};

/// What an envelope says of all its items. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The event, transaction or feedback that the items are or belong to. It has precedence over
    /// the one in a payload.
    pub event_id: Option<[u8; 16]>,
    /// Where the SDK was told to send to, which also says who it is.
    pub dsn: String,
    /// When it was sent by the sender's clock.
    pub sent_at: Option<UnixNano>,
    /// Who sent it.
    pub sdk: Sdk,
    /// The trace that its items belong to, and what is known of it.
    pub trace: Trace,
}

/// An SDK.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sdk {
    /// `sentry.python.flask`.
    pub name: String,
    /// `2.75.0`.
    pub version: String,
    /// Whether the address of the connection is to be taken for the user's.
    pub infers_address: bool,
}

/// What the root of a trace decided for all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The trace.
    pub trace_id: Option<TraceId>,
    /// The key of the project that began it.
    pub public_key: String,
    /// The release of the service that began it.
    pub release: String,
    /// Its environment.
    pub environment: String,
    /// The name of its root.
    pub transaction: String,
    /// Whether it is recorded.
    pub sampled: Option<bool>,
    /// Of how many traces one is recorded, as a share from 0 to 1 in text.
    pub sample_rate: String,
}

/// What an item says of its payload. Empty texts stand for absent ones.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemHeader {
    /// What the item is.
    pub item_type: ItemType,
    /// Bytes of the payload; `None` where it is the next line.
    pub length: Option<u64>,
    /// What the payload is written in.
    pub content_type: String,
    /// The file's name.
    pub filename: String,
    /// What the file is for: `event.attachment`, `event.minidump`.
    pub attachment_type: String,
    /// How many items a container holds.
    pub item_count: Option<u64>,
    /// The language or system.
    pub platform: String,
    /// Bytes of metadata before an attachment of a trace.
    pub meta_length: Option<u64>,
    /// The span that an attachment of a trace belongs to.
    pub span_id: Option<SpanId>,
    /// Whether nothing but an item's header looks so: the type is known, and so is every header.
    pub(super) is_certain: bool,
}

/// Checks that a line is JSON in one of the ways that matter here.
pub(super) fn object<'a>(line: &'a [u8], limits: &Limits) -> Result<Reader<'a>, String> {
    let most = limits.header_bytes_max;
    if line.len() > most {
        return Err(format!("found {} bytes where at most {most} are taken", line.len()));
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return Err("found bytes that are not UTF-8; is the body still compressed?".to_owned());
    };
    let text = text.trim();
    if text.is_empty() {
        return Err("found nothing".to_owned());
    }
    if !text.starts_with('{') || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err(format!("found {}", preview(text)));
    }
    Ok(Reader::new(text))
}

/// The start of a text, quoted.
pub(super) fn preview(text: &str) -> String {
    const SHOWN: usize = 60;
    let cut = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    if cut < text.len() { format!("{:?}…", &text[..cut]) } else { format!("{text:?}") }
}

impl Header {
    pub(super) fn read(line: &[u8], limits: &Limits) -> Result<Self, String> {
        let mut header = Self::default();
        object(line, limits)?.object(|key, reader| match key {
            "event_id" => header.event_id = reader.parsed(id::uuid).filter(|id| *id != [0; 16]),
            "dsn" => header.dsn = reader.string(),
            "sent_at" => header.sent_at = reader.parsed(time::unix_nano),
            "sdk" => header.sdk = Sdk::read(reader),
            "trace" => header.trace = Trace::read(reader),
            _ => {}
        });
        Ok(header)
    }
}

impl Sdk {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let mut sdk = Self::default();
        reader.object(|key, reader| match key {
            "name" => sdk.name = reader.string(),
            "version" => sdk.version = reader.string(),
            "settings" => reader.object(|key, reader| {
                if key == "infer_ip" {
                    sdk.infers_address = reader.text().is_some_and(|whether| whether == "auto");
                }
            }),
            _ => {}
        });
        sdk
    }
}

impl Trace {
    fn read(reader: &mut Reader<'_>) -> Self {
        let mut trace = Self::default();
        reader.object(|key, reader| match key {
            "trace_id" => trace.trace_id = reader.parsed(id::trace).map(TraceId),
            "public_key" => trace.public_key = reader.string(),
            "release" => trace.release = reader.string(),
            "environment" => trace.environment = reader.string(),
            "transaction" => trace.transaction = reader.string(),
            "sampled" => trace.sampled = reader.boolean(),
            "sample_rate" => trace.sample_rate = reader.string(),
            _ => {}
        });
        trace
    }
}

impl ItemHeader {
    pub(super) fn read(line: &[u8], limits: &Limits) -> Result<Self, String> {
        let mut header = Self {
            item_type: ItemType::Unknown(String::new()),
            length: None,
            content_type: String::new(),
            filename: String::new(),
            attachment_type: String::new(),
            item_count: None,
            platform: String::new(),
            meta_length: None,
            span_id: None,
            is_certain: true,
        };
        let mut unknown = false;
        object(line, limits)?.object(|key, reader| match key {
            "type" => header.item_type = ItemType::of(&reader.string()),
            // One that is no number is wrong, and where the payload ends is to be found out.
            "length" if reader.kind() != Kind::Null => {
                header.length = reader.count().or(Some(u64::MAX));
            }
            "content_type" => header.content_type = reader.string(),
            "filename" => header.filename = reader.string(),
            "attachment_type" => header.attachment_type = reader.string(),
            "item_count" => header.item_count = reader.count(),
            "platform" => header.platform = reader.string(),
            "meta_length" => header.meta_length = reader.count(),
            "span_id" => header.span_id = reader.parsed(id::trace).map(SpanId),
            _ => unknown = true,
        });
        if header.item_type.name().is_empty() {
            let line = String::from_utf8_lossy(line);
            return Err(format!("found no type in {}", preview(&line)));
        }
        header.is_certain = !unknown && !matches!(header.item_type, ItemType::Unknown(_));
        Ok(header)
    }
}
