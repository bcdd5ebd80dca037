//! The history of issues: what happened to them, what people did and said.
//!
//! Invariant: lines are only added.

use plimsoll_model::UnixNano;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, Transaction};

use crate::{Actor, State, StateError};

/// Longest comment, in characters.
const TEXT_CHARS_MAX: usize = 10_000;

/// A line of an issue's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Grows with time.
    pub id: i64,
    /// The issue.
    pub issue_id: i64,
    /// When.
    pub at: UnixNano,
    /// Who.
    pub by: String,
    /// What: `first_seen`, `regressed`, `spiking`, `resolved`, `commented` …
    pub kind: String,
    /// More of it.
    pub text: String,
}

impl FromRow<'_, SqliteRow> for Activity {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            issue_id: row.try_get("issue_id")?,
            at: row.try_get("at_unix_nano")?,
            by: row.try_get("by_name")?,
            kind: row.try_get("kind")?,
            text: row.try_get("text")?,
        })
    }
}

/// A line to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivity {
    /// Who.
    pub by: String,
    /// What.
    pub kind: &'static str,
    /// More of it.
    pub text: String,
}

impl NewActivity {
    /// Something that somebody does.
    #[must_use]
    pub fn new(actor: &Actor, kind: &'static str, text: String) -> Self {
        Self { by: actor.name.clone(), kind, text }
    }

    /// Something that happens by itself.
    #[must_use]
    pub fn by_server(kind: &'static str, text: String) -> Self {
        Self { by: "plimsoll".to_owned(), kind, text }
    }
}

pub(crate) async fn insert(
    tx: &mut Transaction<'static, Sqlite>,
    issue: i64,
    now: UnixNano,
    activity: &NewActivity,
) -> Result<i64, StateError> {
    let text: String = activity.text.chars().take(TEXT_CHARS_MAX).collect();
    let id = sqlx::query_scalar(
        "INSERT INTO issue_activity (issue_id, at_unix_nano, by_name, kind, text)
         VALUES ($1, $2, $3, $4, $5) RETURNING id",
    )
    .bind(issue)
    .bind(now)
    .bind(&activity.by)
    .bind(activity.kind)
    .bind(text)
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

impl State {
    /// The history of an issue, the newest first, so many lines.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_activity(
        &self,
        issue: i64,
        limit: i64,
    ) -> Result<Vec<Activity>, StateError> {
        let sql = "SELECT * FROM issue_activity WHERE issue_id = $1 ORDER BY id DESC LIMIT $2";
        Ok(sqlx::query_as(sql).bind(issue).bind(limit).fetch_all(&self.pool).await?)
    }

    /// Comments of each issue that has any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_comments(&self) -> Result<Vec<(i64, i64)>, StateError> {
        let sql = "SELECT issue_id, COUNT(*) FROM issue_activity WHERE kind = 'commented'
                   GROUP BY issue_id";
        Ok(sqlx::query_as(sql).fetch_all(&self.pool).await?)
    }

    /// Comments of an issue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_comments_of(&self, issue: i64) -> Result<i64, StateError> {
        let sql = "SELECT COUNT(*) FROM issue_activity WHERE issue_id = $1 AND kind = 'commented'";
        Ok(sqlx::query_scalar(sql).bind(issue).fetch_one(&self.pool).await?)
    }

    /// Adds a comment.
    ///
    /// # Errors
    /// When there is no such issue, or the database fails.
    pub async fn comment_issue(
        &self,
        issue: i64,
        text: &str,
        actor: &Actor,
    ) -> Result<Activity, StateError> {
        let mut tx = self.begin().await?;
        let found: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM issues WHERE id = $1")
            .bind(issue)
            .fetch_one(&mut *tx)
            .await?;
        if found == 0 {
            return Err(StateError::NoSuchIssue);
        }
        let comment = NewActivity::new(actor, "commented", text.to_owned());
        let id = insert(&mut tx, issue, self.now(), &comment).await?;
        let activity = sqlx::query_as("SELECT * FROM issue_activity WHERE id = $1")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(activity)
    }

    /// Lines of these kinds over all issues after a line, the oldest first: what alerting reads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_events(
        &self,
        kinds: &[String],
        (from, to): (UnixNano, UnixNano),
        after: i64,
        limit: i64,
    ) -> Result<Vec<Activity>, StateError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM issue_activity WHERE id > ");
        sql.push_bind(after).push(" AND at_unix_nano >= ").push_bind(from);
        sql.push(" AND at_unix_nano < ").push_bind(to).push(" AND kind IN (");
        let mut list = sql.separated(", ");
        for kind in kinds {
            list.push_bind(kind);
        }
        sql.push(") ORDER BY id LIMIT ").push_bind(limit);
        Ok(sql.build_query_as().fetch_all(&self.pool).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn a_comment_on_nothing_is_refused() {
        let at = open().await;
        let state = &at.state;
        let comment = state.comment_issue(1, "hello", &Actor::server()).await;
        assert!(matches!(comment, Err(StateError::NoSuchIssue)));
        let kinds = ["commented".to_owned()];
        assert!(state.issue_events(&kinds, (0, i64::MAX), 0, 10).await.unwrap().is_empty());
    }
}
