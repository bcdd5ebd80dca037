//! Files that come with errors.
//!
//! Invariants: a row is gone before its file is; all together take so many bytes and no more.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use plimsoll_model::ErrorCode;
use plimsoll_state::AttachmentRow;

use super::Errors;
use super::otel::new_id;
use super::view::hex;
use crate::access::state_problem;
use crate::problem::Problem;

/// Longest name and content type, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// A file that came with an event.
pub(crate) struct NewAttachment {
    pub(crate) event_id: [u8; 16],
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

impl Errors {
    /// Makes files durable.
    pub(crate) async fn keep_attachments(
        self: &Arc<Self>,
        files: Vec<NewAttachment>,
    ) -> Result<(), Problem> {
        if files.is_empty() {
            return Ok(());
        }
        let (now, folder) = (self.clock.now(), self.attachments.clone());
        let write = move || {
            let mut rows = Vec::new();
            for file in files {
                let id = hex(&new_id(&file.name, now));
                folder.write(&id, &file.bytes)?;
                let cut = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect();
                rows.push(AttachmentRow {
                    id,
                    event_id: hex(&file.event_id),
                    name: cut(&file.name),
                    content_type: cut(&file.content_type),
                    bytes: i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
                    at: now,
                });
            }
            Ok::<_, std::io::Error>(rows)
        };
        let rows = tokio::task::spawn_blocking(write).await.map_err(Problem::internal)?;
        let rows = rows.map_err(|error| {
            tracing::error!(%error, "a file of an error cannot be written");
            Problem::new(ErrorCode::Unavailable, "a file of the envelope cannot be written")
        })?;
        self.state.add_attachments(&rows).await.map_err(state_problem)?;
        // What is kept is bounded also between the hourly looks, give or take an eighth.
        let bytes: u64 = rows.iter().map(|row| row.bytes.unsigned_abs()).sum();
        let since = self.attached_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match since > self.config.attachments_max / 8 {
            true => self.expire_attachments().await,
            false => Ok(()),
        }
    }

    /// A file of an event.
    pub(crate) async fn attachment(
        &self,
        event_id: &[u8; 16],
        id: &str,
    ) -> Result<(AttachmentRow, Vec<u8>), Problem> {
        let none = || Problem::new(ErrorCode::NotFound, "the occurrence has no such attachment");
        let rows = self.state.attachments_of(&hex(event_id)).await.map_err(state_problem)?;
        let row = rows.into_iter().find(|row| row.id == id).ok_or_else(none)?;
        let (files, file) = (self.attachments.clone(), row.id.clone());
        let read = tokio::task::spawn_blocking(move || files.read(&file)).await;
        let bytes = read.map_err(Problem::internal)?.map_err(|error| {
            tracing::error!(%error, "a file of an error cannot be read");
            none()
        })?;
        Ok((row, bytes))
    }

    /// Deletes files that are too old or too much.
    pub(super) async fn expire_attachments(&self) -> Result<(), Problem> {
        self.attached_bytes.store(0, Ordering::Relaxed);
        let before = self.window().oldest;
        let bytes_max = i64::try_from(self.config.attachments_max).unwrap_or(i64::MAX);
        let gone = self.state.expire_attachments(before, bytes_max).await.map_err(state_problem)?;
        let files = self.attachments.clone();
        let delete = move || gone.iter().for_each(|id| files.delete(id));
        tokio::task::spawn_blocking(delete).await.map_err(Problem::internal)
    }
}
