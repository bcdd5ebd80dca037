//! Files that belong to events, and files that belong to traces.

use plimsoll_model::{SpanId, TraceId};

use super::envelope::{Item, Limits};
use super::header::object;
use super::id;

/// A file. Empty texts stand for absent ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// Its name, without folders.
    pub filename: String,
    /// What it is written in; `application/octet-stream` where it is not said.
    pub content_type: String,
    /// What it is for; `event.attachment` where it is not said.
    pub attachment_type: String,
    /// The trace it belongs to, where it belongs to none of the envelope's events.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// What it holds.
    pub payload: &'a [u8],
}

/// The content type of a file that has a JSON object about it before it.
const TRACE_ATTACHMENT: &str = "application/vnd.sentry.trace-attachment";

impl<'a> Attachment<'a> {
    /// What an item of type `attachment` is. Metadata that cannot be read is left out.
    #[must_use]
    pub fn of(item: &Item<'a>, limits: &Limits) -> Self {
        let header = &item.header;
        let mut attachment = Self {
            filename: header.filename.clone(),
            content_type: header.content_type.clone(),
            attachment_type: header.attachment_type.clone(),
            trace_id: None,
            span_id: header.span_id,
            payload: item.payload,
        };
        if header.content_type == TRACE_ATTACHMENT {
            let length =
                usize::try_from(header.meta_length.unwrap_or_default()).unwrap_or(usize::MAX);
            let (metadata, payload) = item.payload.split_at(length.min(item.payload.len()));
            attachment.content_type.clear();
            attachment.payload = payload;
            attachment.read_metadata(metadata, limits);
        }
        let file = |path: &str| path.rsplit(['/', '\\']).next().map(str::to_owned);
        attachment.filename = file(&attachment.filename).unwrap_or_default();
        if attachment.content_type.is_empty() {
            attachment.content_type = "application/octet-stream".to_owned();
        }
        if attachment.attachment_type.is_empty() {
            attachment.attachment_type = "event.attachment".to_owned();
        }
        attachment
    }

    fn read_metadata(&mut self, metadata: &[u8], limits: &Limits) {
        let Ok(mut reader) = object(metadata, limits) else { return };
        reader.object(|key, reader| match key {
            "trace_id" => self.trace_id = reader.parsed(id::trace).map(TraceId),
            "filename" => self.filename = reader.string(),
            "content_type" => self.content_type = reader.string(),
            _ => {}
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope;
    use super::*;

    fn check(text: &str, filename: &str, content_type: &str, payload: &str) -> Option<TraceId> {
        let limits = Limits::default();
        let envelope = envelope::read(text.as_bytes(), &limits).unwrap();
        let attachment = Attachment::of(&envelope.items[0], &limits);
        assert_eq!(attachment.filename, filename);
        assert_eq!(attachment.content_type, content_type);
        assert_eq!(attachment.payload, payload.as_bytes());
        attachment.trace_id
    }

    #[test]
    fn files_of_events() {
        let text = "{}\n{\"type\":\"attachment\",\"length\":3,\"filename\":\"../a/b.txt\"}\nx\ny\n";
        check(text, "b.txt", "application/octet-stream", "x\ny");
    }

    #[test]
    fn files_of_traces() {
        let metadata = r#"{"trace_id":"12312012123120121231201212312012","filename":"m.txt","content_type":"text/plain"}"#;
        let text = |meta_length: usize| {
            format!(
                "{{}}\n{{\"type\":\"attachment\",\"content_type\":\"application/vnd.sentry.trace-attachment\",\
                 \"length\":{},\"meta_length\":{meta_length}}}\n{metadata}helloworld\n",
                metadata.len() + 10
            )
        };
        let trace = check(&text(metadata.len()), "m.txt", "text/plain", "helloworld");
        assert!(trace.is_some());
        let trace = check(&text(10_000), "", "application/octet-stream", "");
        assert_eq!(trace, None);
    }
}
