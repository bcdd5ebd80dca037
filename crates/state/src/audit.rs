//! The audit log: what admins did, and who failed to sign in.
//!
//! Invariants: entries are only added, and the oldest pruned; successes and refusals are bounded
//! apart, so that a flood of failed sign-ins never pushes out what admins did; no entry holds a
//! secret.

use std::net::IpAddr;

use plimsoll_model::UnixNano;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::{State, StateError};

/// Entries of things done that are kept. About 200 bytes each: 20 MB.
const DONE_MAX: i64 = 100_000;
/// Entries of things refused that are kept.
const REFUSED_MAX: i64 = 10_000;
/// Pruning looks at an index, so it runs once in this many entries.
const PRUNE_EVERY: i64 = 128;
/// Longest text in one field, in characters.
const FIELD_CHARS_MAX: usize = 200;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name of the principal, or of the way in where there is none ("command line").
    pub name: String,
    /// Where the request came from; none for the command line.
    pub remote: Option<IpAddr>,
}

impl Actor {
    /// Somebody at a terminal of this machine.
    #[must_use]
    pub fn command_line() -> Self {
        Self { name: "command line".to_owned(), remote: None }
    }

    /// The server itself.
    #[must_use]
    pub fn server() -> Self {
        Self { name: "server".to_owned(), remote: None }
    }

    /// A caller who is nobody yet.
    #[must_use]
    pub fn anonymous(remote: Option<IpAddr>) -> Self {
        Self { name: "anonymous".to_owned(), remote }
    }
}

/// Whether it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
}

impl Outcome {
    /// Its name in the API and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }
}

/// What to write down.
#[derive(Clone, Copy, Debug)]
pub struct AuditRecord<'a> {
    /// A name like `token.create`.
    pub action: &'static str,
    /// What it was done to: an id, never a secret.
    pub object: &'a str,
    /// Anything a reader needs to make sense of it.
    pub detail: &'a str,
    /// Whether it was done.
    pub outcome: Outcome,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Grows with time; pages are cut by it.
    pub id: i64,
    /// When.
    pub time: UnixNano,
    /// Who.
    pub actor: String,
    /// What, such as `token.create`.
    pub action: String,
    /// To what.
    pub object: String,
    /// More of it.
    pub detail: String,
    /// From where.
    pub remote: Option<String>,
    /// Whether it was done.
    pub outcome: Outcome,
}

type Row = (i64, i64, String, String, String, String, Option<String>, String);

impl State {
    /// Writes one entry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, actor: &Actor, record: AuditRecord<'_>) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        write(&mut tx, self.now(), actor, record).await?;
        Ok(tx.commit().await?)
    }

    /// Writes within a transaction that something was done.
    pub(crate) async fn note(
        &self,
        tx: &mut SqliteConnection,
        action: &'static str,
        object: &str,
        detail: &str,
        actor: &Actor,
    ) -> Result<(), StateError> {
        let record = AuditRecord { action, object, detail, outcome: Outcome::Done };
        write(tx, self.now(), actor, record).await
    }

    /// Entries with an id below `before`, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_entries(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StateError> {
        let sql = "SELECT id, time_unix_nano, actor, action, object, detail, remote, outcome
            FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(before.unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(entry).collect()
    }
}

fn entry(row: Row) -> Result<AuditEntry, StateError> {
    let (id, time, actor, action, object, detail, remote, outcome) = row;
    let outcome = [Outcome::Done, Outcome::Refused]
        .into_iter()
        .find(|known| known.name() == outcome)
        .ok_or(StateError::Corrupt { table: "audit", column: "outcome" })?;
    Ok(AuditEntry { id, time, actor, action, object, detail, remote, outcome })
}

/// Writes one entry within a transaction, and prunes now and then.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    now: UnixNano,
    actor: &Actor,
    record: AuditRecord<'_>,
) -> Result<(), StateError> {
    let sql = "INSERT INTO audit
            (time_unix_nano, actor, action, object, detail, remote, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    let id: i64 = sqlx::query_scalar(sql)
        .bind(now)
        .bind(shortened(&actor.name))
        .bind(record.action)
        .bind(shortened(record.object))
        .bind(shortened(record.detail))
        .bind(actor.remote.map(|address| address.to_string()))
        .bind(record.outcome.name())
        .fetch_one(&mut *connection)
        .await?;
    if id % PRUNE_EVERY == 0 {
        prune(connection, Outcome::Done, DONE_MAX).await?;
        prune(connection, Outcome::Refused, REFUSED_MAX).await?;
    }
    Ok(())
}

async fn prune(
    connection: &mut SqliteConnection,
    outcome: Outcome,
    keep: i64,
) -> Result<(), StateError> {
    let sql = "DELETE FROM audit WHERE outcome = $1 AND id <= (
        SELECT id FROM audit WHERE outcome = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
    sqlx::query(sql).bind(outcome.name()).bind(keep).execute(connection).await?;
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(FIELD_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    fn record(outcome: Outcome, object: &str) -> AuditRecord<'_> {
        AuditRecord { action: "thing.do", object, detail: "", outcome }
    }

    #[tokio::test]
    async fn pages_go_backwards_without_gap_or_repeat() {
        let at = open().await;
        for index in 0..25 {
            let object = index.to_string();
            at.state.audit(&Actor::server(), record(Outcome::Done, &object)).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = at.state.audit_entries(before, 10).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.iter().map(|entry| entry.object.clone()));
        }
        let expected: Vec<String> = (0..25).rev().map(|index| index.to_string()).collect();
        assert_eq!(seen, expected);
    }

    #[tokio::test]
    async fn refusals_are_pruned_and_never_push_out_what_was_done() {
        let at = open().await;
        let actor = Actor::anonymous(Some([192, 0, 2, 7].into()));
        let mut tx = at.state.begin().await.unwrap();
        write(&mut tx, 1, &Actor::server(), record(Outcome::Done, "kept")).await.unwrap();
        let total = REFUSED_MAX + 3 * PRUNE_EVERY;
        for _ in 0..total {
            write(&mut tx, 2, &actor, record(Outcome::Refused, "x")).await.unwrap();
        }
        tx.commit().await.unwrap();
        let counts: Vec<(String, i64)> =
            sqlx::query_as("SELECT outcome, COUNT(*) FROM audit GROUP BY outcome ORDER BY outcome")
                .fetch_all(&at.state.pool)
                .await
                .unwrap();
        assert_eq!(counts[0], ("done".to_owned(), 1));
        assert!(
            (REFUSED_MAX..REFUSED_MAX + PRUNE_EVERY).contains(&counts[1].1),
            "{} refusals kept",
            counts[1].1
        );
    }

    #[tokio::test]
    async fn a_long_field_is_cut_at_a_character() {
        let at = open().await;
        let long = "é".repeat(1_000);
        at.state.audit(&Actor::server(), record(Outcome::Done, &long)).await.unwrap();
        let page = at.state.audit_entries(None, 1).await.unwrap();
        assert_eq!(page[0].object.chars().count(), FIELD_CHARS_MAX);
    }
}
