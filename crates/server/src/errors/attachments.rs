//! Files that come with errors: in a folder of the data, by their id.
//!
//! Invariants: a file is durable before its row is in the state database, and its row gone before it is deleted;
//! a name that a sender gave is never a path.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

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
        let (now, folder) = (self.clock.now(), self.folder.clone());
        let write = move || {
            fs::create_dir_all(&folder)?;
            let mut rows = Vec::new();
            for file in files {
                let id = hex(&new_id(&file.name, now));
                let mut out = fs::File::create(folder.join(&id))?;
                out.write_all(&file.bytes)?;
                out.sync_all()?;
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
            fs::File::open(&folder)?.sync_all()?;
            Ok::<_, std::io::Error>(rows)
        };
        let rows = tokio::task::spawn_blocking(write).await.map_err(Problem::internal)?;
        let rows = rows.map_err(|error| {
            tracing::error!(%error, "a file of an error cannot be written");
            Problem::new(ErrorCode::Unavailable, "a file of the envelope cannot be written")
        })?;
        self.state.add_attachments(&rows).await.map_err(state_problem)
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
        let path = self.folder.join(&row.id);
        let read = tokio::task::spawn_blocking(move || fs::read(path)).await;
        let bytes = read.map_err(Problem::internal)?.map_err(|error| {
            tracing::error!(%error, "a file of an error cannot be read");
            none()
        })?;
        Ok((row, bytes))
    }

    /// Deletes files that are too old or too much, and those that no row names.
    pub(super) async fn expire_attachments(&self) -> Result<(), Problem> {
        let before = self.window().oldest;
        let bytes_max = i64::try_from(self.config.attachments_max).unwrap_or(i64::MAX);
        let gone = self.state.expire_attachments(before, bytes_max).await.map_err(state_problem)?;
        let paths: Vec<PathBuf> = gone.iter().map(|id| self.folder.join(id)).collect();
        let delete = move || {
            for path in paths {
                if let Err(error) = fs::remove_file(&path) {
                    tracing::warn!(%error, path = %path.display(), "could not delete a file");
                }
            }
        };
        tokio::task::spawn_blocking(delete).await.map_err(Problem::internal)
    }
}
