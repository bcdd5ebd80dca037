//! What comes with an error besides its event: files, and what users say.
//!
//! Invariant: rows name files that are in the data folder; a row is added after its file is durable.

use plimsoll_model::UnixNano;
use sqlx::Row;

use crate::{State, StateError};

/// Lines of feedback that are kept.
const FEEDBACK_MAX: i64 = 10_000;

/// A file that came with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Its id, and the name of its file.
    pub id: String,
    /// The event it came with, 32 hex digits.
    pub event_id: String,
    /// Its name.
    pub name: String,
    /// What it says it is.
    pub content_type: String,
    /// How long it is.
    pub bytes: i64,
    /// When it came.
    pub at: UnixNano,
}

/// What a user said of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackRow {
    /// The event, 32 hex digits.
    pub event_id: String,
    /// Who.
    pub name: String,
    /// Where to answer.
    pub email: String,
    /// What.
    pub comments: String,
    /// When.
    pub at: UnixNano,
}

impl State {
    /// Files of an event.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attachments_of(&self, event_id: &str) -> Result<Vec<AttachmentRow>, StateError> {
        let sql = "SELECT * FROM attachments WHERE event_id = $1 ORDER BY name, id";
        let rows = sqlx::query(sql).bind(event_id).fetch_all(&self.pool).await?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            Ok(AttachmentRow {
                id: row.try_get("id")?,
                event_id: row.try_get("event_id")?,
                name: row.try_get("name")?,
                content_type: row.try_get("content_type")?,
                bytes: row.try_get("bytes")?,
                at: row.try_get("at_unix_nano")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The ids of all files.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attachment_ids(&self) -> Result<Vec<String>, StateError> {
        Ok(sqlx::query_scalar("SELECT id FROM attachments").fetch_all(&self.pool).await?)
    }

    /// Notes files that are durable.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_attachments(&self, files: &[AttachmentRow]) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for file in files {
            sqlx::query(
                "INSERT INTO attachments (id, event_id, name, content_type, bytes, at_unix_nano)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&file.id)
            .bind(&file.event_id)
            .bind(&file.name)
            .bind(&file.content_type)
            .bind(file.bytes)
            .bind(file.at)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Forgets files that came before a time, the oldest also beyond so many bytes; answers the ids of files to
    /// delete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn expire_attachments(
        &self,
        before: UnixNano,
        bytes_max: i64,
    ) -> Result<Vec<String>, StateError> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query_scalar(
            "DELETE FROM attachments WHERE at_unix_nano < $1 OR id IN (
                 SELECT id FROM (SELECT id, SUM(bytes) OVER (ORDER BY at_unix_nano DESC, id) AS total
                                 FROM attachments) WHERE total > $2)
             RETURNING id",
        )
        .bind(before)
        .bind(bytes_max)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// What users said of an event, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn feedback_of(&self, event_id: &str) -> Result<Vec<FeedbackRow>, StateError> {
        let sql = "SELECT * FROM feedback WHERE event_id = $1 ORDER BY id";
        let rows = sqlx::query(sql).bind(event_id).fetch_all(&self.pool).await?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            Ok(FeedbackRow {
                event_id: row.try_get("event_id")?,
                name: row.try_get("name")?,
                email: row.try_get("email")?,
                comments: row.try_get("comments")?,
                at: row.try_get("at_unix_nano")?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Notes what users said; of all that was said the newest is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_feedback(&self, said: &[FeedbackRow]) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for row in said {
            sqlx::query(
                "INSERT INTO feedback (event_id, name, email, comments, at_unix_nano)
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&row.event_id)
            .bind(&row.name)
            .bind(&row.email)
            .bind(&row.comments)
            .bind(row.at)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("DELETE FROM feedback WHERE id <= (SELECT MAX(id) FROM feedback) - $1")
            .bind(FEEDBACK_MAX)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    fn file(id: &str, at: i64) -> AttachmentRow {
        AttachmentRow {
            id: id.to_owned(),
            event_id: "e".to_owned(),
            name: "log.txt".to_owned(),
            content_type: "text/plain".to_owned(),
            bytes: 10,
            at,
        }
    }

    #[tokio::test]
    async fn files_expire_by_age_and_by_bytes() {
        let at = open().await;
        let files = [file("a", 1), file("b", 2), file("c", 3)];
        at.state.add_attachments(&files).await.unwrap();
        assert_eq!(at.state.attachments_of("e").await.unwrap().len(), 3);
        assert_eq!(at.state.expire_attachments(2, 100).await.unwrap(), ["a"]);
        assert_eq!(at.state.expire_attachments(0, 10).await.unwrap(), ["b"]);
        assert_eq!(at.state.attachments_of("e").await.unwrap(), [file("c", 3)]);
    }

    #[tokio::test]
    async fn what_users_say_is_kept() {
        let at = open().await;
        let said = FeedbackRow {
            event_id: "e".to_owned(),
            name: "n".to_owned(),
            email: String::new(),
            comments: "it broke".to_owned(),
            at: 7,
        };
        at.state.add_feedback(std::slice::from_ref(&said)).await.unwrap();
        assert_eq!(at.state.feedback_of("e").await.unwrap(), [said]);
    }
}
