//! An error or message as an SDK reports it.
//!
//! What grouping, search and lists need becomes fields; all other members stay as they were sent,
//! in one document for showing. Which member comes first does not matter: SDKs differ.
//!
//! Invariants: a member of another shape is left out and counted, never an error; exceptions,
//! frames, variables, lines, tags and images are bounded, and what is left out is counted.

mod exception;
mod frame;
mod message;
mod outline;
mod parts;
mod thread;

use plimsoll_model::{Exception, SpanId, TraceId, UnixNano};

use super::header::{Sdk, preview};
use super::reader::{Kind, Reader};
use super::{id, time};
use crate::otlp::write_string;

pub use outline::outline;
pub use parts::{DebugImage, Request, User};

pub(super) use parts::tags;

use exception::Exceptions;
use message::Message;
use thread::Threads;

/// Bounds on the parts of one event.
mod bounds {
    /// Exceptions of a chain; those nearest to the reported one are kept.
    pub(super) const EXCEPTIONS: usize = 50;
    /// Frames of a stack: the outermost and the innermost half of it are kept.
    pub(super) const FRAMES: usize = 250;
    /// Variables of a frame.
    pub(super) const VARIABLES: usize = 100;
    /// Lines of source before a frame's line, and after.
    pub(super) const SOURCE_LINES: usize = 50;
    /// Tags.
    pub(super) const TAGS: usize = 200;
    /// Parts of a fingerprint.
    pub(super) const FINGERPRINT: usize = 50;
    /// Debug images.
    pub(super) const IMAGES: usize = 1_000;
    /// Parameters of a message.
    pub(super) const PARAMETERS: usize = 100;
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Of use while developing.
    Debug,
    /// Worth knowing.
    Info,
    /// May become an error.
    Warning,
    /// Something failed; also where an event does not say.
    #[default]
    Error,
    /// The program ended.
    Fatal,
}

impl Level {
    /// The level of this name in any SDK's spelling.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        const NAMES: [(&str, Level); 11] = [
            ("debug", Level::Debug),
            ("trace", Level::Debug),
            ("info", Level::Info),
            ("log", Level::Info),
            ("notice", Level::Info),
            ("warning", Level::Warning),
            ("warn", Level::Warning),
            ("error", Level::Error),
            ("fatal", Level::Fatal),
            ("critical", Level::Fatal),
            ("emergency", Level::Fatal),
        ];
        NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// An event. Empty texts stand for absent ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// Its id as the payload has it; the envelope's has precedence.
    pub id: Option<[u8; 16]>,
    /// What the payload calls itself: empty or `error`, `default`, `transaction`, `feedback`,
    /// `csp`.
    pub event_type: String,
    /// When it happened by the sender's clock, however wrong that is.
    pub time_unix_nano: Option<UnixNano>,
    /// How bad it is.
    pub level: Level,
    /// The language: `python`, `javascript`, `node`, `native`.
    pub platform: String,
    /// What logged it.
    pub logger: String,
    /// The route or task it happened in.
    pub transaction: String,
    /// The host.
    pub server_name: String,
    /// The release.
    pub release: String,
    /// The build of the release.
    pub dist: String,
    /// The environment.
    pub environment: String,
    /// The service, where the SDK knows OpenTelemetry's resource or a tag says.
    pub service: String,
    /// The reported exception first, then what caused it. Of a message with a stack one entry
    /// without a type, which says the same.
    pub exceptions: Vec<Exception>,
    /// Whether the SDK made the reported exception up to have a stack: its type says nothing.
    pub synthetic: bool,
    /// The message, with its parameters in place.
    pub message: String,
    /// The message with places for its parameters, where it has any.
    pub message_template: String,
    /// How the sender wants it grouped; `{{ default }}` stands for what would be done otherwise.
    pub fingerprint: Vec<String>,
    /// Tags in the order sent.
    pub tags: Vec<(String, String)>,
    /// Whom it happened to. An address of `{{auto}}` asks for that of the connection.
    pub user: User,
    /// The trace it happened in.
    pub trace_id: Option<TraceId>,
    /// The span it happened in.
    pub span_id: Option<SpanId>,
    /// What sent it.
    pub sdk: Sdk,
    /// The files whose source maps have an id of their own.
    pub debug_images: Vec<DebugImage>,
    /// The request that was handled.
    pub request: Request,
    /// All members that are not in the fields, and those that are there only in part, as one JSON
    /// object.
    pub document: String,
    /// Values that were of another type than they should be.
    pub misfits: u32,
    /// Exceptions, variables, lines, tags and images beyond the bounds.
    pub omitted: u32,
}

/// A payload that holds something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {what}: expected a JSON object, found {found}")]
pub struct ShapeError {
    /// What it should be.
    pub what: &'static str,
    /// How it begins.
    pub found: String,
}

impl ShapeError {
    /// A reader at the members of an object.
    pub(super) fn check<'a>(what: &'static str, json: &'a str) -> Result<Reader<'a>, Self> {
        let mut reader = Reader::new(json);
        match reader.kind() {
            Kind::Object => Ok(reader),
            Kind::End => Err(Self { what, found: "nothing".to_owned() }),
            _ => Err(Self { what, found: preview(json.trim_start()) }),
        }
    }
}

/// Reads an event. The text is what cleaning gave: valid JSON. Of text that is none the document
/// may be none either.
///
/// # Errors
///
/// It is no object.
pub fn read(json: &str) -> Result<Event, ShapeError> {
    let mut reader = ShapeError::check("an event", json)?;
    let mut parts = Parts::default();
    parts.document.reserve(json.len() / 4);
    reader.object(|key, reader| parts.member(key, reader));
    Ok(parts.finish(reader.misfits()))
}

/// An event under construction, and what is joined to it once all members were seen.
#[derive(Default)]
struct Parts<'a> {
    event: Event,
    exceptions: Exceptions,
    threads: Threads<'a>,
    message: Message,
    log_entry: Message,
    document: Vec<u8>,
    service_tag: String,
}

impl<'a> Parts<'a> {
    fn member(&mut self, key: &str, reader: &mut Reader<'a>) {
        let event = &mut self.event;
        match key {
            "event_id" => event.id = reader.parsed(id::uuid).filter(|id| *id != [0; 16]),
            "type" => event.event_type = reader.string(),
            "timestamp" => event.time_unix_nano = reader.parsed(time::unix_nano),
            "level" => event.level = reader.parsed(Level::of).unwrap_or_default(),
            "platform" => event.platform = reader.string(),
            "logger" => event.logger = reader.string(),
            "transaction" | "culprit" if event.transaction.is_empty() => {
                event.transaction = reader.string();
            }
            "server_name" => event.server_name = reader.string(),
            "release" => event.release = reader.string(),
            "dist" => event.dist = reader.string(),
            "environment" => event.environment = reader.string(),
            "exception" | "sentry.interfaces.Exception" => {
                self.exceptions.read(reader, &mut event.omitted);
            }
            "stacktrace" | "sentry.interfaces.Stacktrace" => self.threads.read_stack(reader),
            "message" => self.message = Message::read(reader, &mut event.omitted),
            "fingerprint" => {
                event.fingerprint = reader.texts(bounds::FINGERPRINT, &mut event.omitted);
            }
            "tags" => self.tags(reader),
            _ => self.kept_member(key, reader),
        }
    }

    fn tags(&mut self, reader: &mut Reader<'_>) {
        let event = &mut self.event;
        event.tags = parts::tags(reader, &mut event.omitted);
        let service = event.tags.iter().find(|(key, _)| key == "service.name" || key == "service");
        self.service_tag = service.map(|(_, value)| value.clone()).unwrap_or_default();
    }

    /// A member of which the document keeps all.
    fn kept_member(&mut self, key: &str, reader: &mut Reader<'a>) {
        let json = reader.raw();
        let mut part = Reader::new(json);
        let event = &mut self.event;
        match key {
            "logentry" | "sentry.interfaces.Message" => {
                self.log_entry = Message::read(&mut part, &mut event.omitted);
            }
            "threads" => self.threads.read(&mut part),
            "user" | "sentry.interfaces.User" => event.user = User::read(&mut part),
            "request" | "sentry.interfaces.Http" => event.request = Request::read(&mut part),
            "contexts" => self.contexts(&mut part),
            "sdk" => event.sdk = Sdk::read(&mut part),
            "debug_meta" => event.debug_images = DebugImage::read(&mut part, &mut event.omitted),
            _ => {}
        }
        reader.add_misfits(part.misfits());
        self.document.push(if self.document.is_empty() { b'{' } else { b',' });
        write_string(&mut self.document, key.as_bytes());
        self.document.push(b':');
        self.document.extend_from_slice(json.as_bytes());
    }

    fn contexts(&mut self, reader: &mut Reader<'_>) {
        let event = &mut self.event;
        reader.object(|key, reader| match key {
            "trace" => reader.object(|key, reader| match key {
                "trace_id" => event.trace_id = reader.parsed(id::trace).map(TraceId),
                "span_id" => event.span_id = reader.parsed(id::trace).map(SpanId),
                _ => {}
            }),
            "otel" => reader.object(|key, reader| {
                if key == "resource" {
                    reader.object(|key, reader| {
                        if key == "service.name" {
                            event.service = reader.string();
                        }
                    });
                }
            }),
            _ => {}
        });
    }

    fn finish(self, misfits: u32) -> Event {
        let mut event = self.event;
        event.misfits = event.misfits.saturating_add(misfits);
        if event.service.is_empty() {
            event.service = self.service_tag;
        }
        let message = self.log_entry.or(self.message);
        (event.message, event.message_template) = message.into_texts();
        if event.sdk.infers_address && event.user.ip_address.is_empty() {
            event.user.ip_address = "{{auto}}".to_owned();
        }
        self.exceptions.into_chain(&mut event);
        self.threads.add_stack(&mut event);
        let mut document = self.document;
        document.extend_from_slice(if document.is_empty() { b"{}" } else { b"}" });
        event.document = String::from_utf8(document).unwrap_or_else(|_| "{}".to_owned());
        event
    }
}
