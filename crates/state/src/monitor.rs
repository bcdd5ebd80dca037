//! Monitors of scheduled jobs, and what the jobs reported.
//!
//! Invariants: a monitor and the check-ins that changed it are one transaction; of check-ins the newest are kept.

use plimsoll_model::UnixNano;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{State, StateError};

/// Monitors at most.
const MONITORS_MAX: i64 = 5_000;
/// Check-ins of a monitor that are kept.
const CHECK_INS_MAX: i64 = 1_000;

/// A monitor as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorRow {
    /// Its number.
    pub id: i64,
    /// The job.
    pub slug: String,
    /// The service it belongs to.
    pub service: String,
    /// The environment it runs in.
    pub environment: String,
    /// How it is watched, JSON.
    pub config: String,
    /// What is known of it, JSON.
    pub state: String,
}

/// What a job reported, or the server found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckInRow {
    /// The run, 32 hex digits; empty where there was none.
    pub check_in_id: String,
    /// `ok`, `error`, `in_progress`, `missed` or `timeout`.
    pub status: String,
    /// When.
    pub at: UnixNano,
    /// When it was expected.
    pub expected: Option<UnixNano>,
    /// How long the run took.
    pub duration_ms: Option<i64>,
}

fn read(row: &SqliteRow) -> Result<MonitorRow, sqlx::Error> {
    Ok(MonitorRow {
        id: row.try_get("id")?,
        slug: row.try_get("slug")?,
        service: row.try_get("service")?,
        environment: row.try_get("environment")?,
        config: row.try_get("config")?,
        state: row.try_get("state")?,
    })
}

impl State {
    /// All monitors by job.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn monitors(&self) -> Result<Vec<MonitorRow>, StateError> {
        let sql = "SELECT * FROM monitors ORDER BY slug, service, environment";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Makes a monitor where it is not there yet; its id plays no part.
    ///
    /// # Errors
    /// When there are too many, or the database fails.
    pub async fn create_monitor(&self, monitor: &MonitorRow) -> Result<i64, StateError> {
        let mut tx = self.begin().await?;
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM monitors").fetch_one(&mut *tx).await?;
        if count >= MONITORS_MAX {
            return Err(StateError::TooMany { what: "monitors", max: MONITORS_MAX });
        }
        let id = sqlx::query_scalar(
            "INSERT INTO monitors (slug, service, environment, config, state, created_unix_nano)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slug, service, environment)
             DO UPDATE SET config = excluded.config RETURNING id",
        )
        .bind(&monitor.slug)
        .bind(&monitor.service)
        .bind(&monitor.environment)
        .bind(&monitor.config)
        .bind(&monitor.state)
        .bind(self.now())
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Stores what is known of a monitor now, and what changed it.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn save_monitor(
        &self,
        monitor: &MonitorRow,
        check_ins: &[CheckInRow],
    ) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE monitors SET config = $2, state = $3 WHERE id = $1")
            .bind(monitor.id)
            .bind(&monitor.config)
            .bind(&monitor.state)
            .execute(&mut *tx)
            .await?;
        for check_in in check_ins {
            sqlx::query(
                "INSERT INTO check_ins
                 (monitor_id, check_in_id, status, at_unix_nano, expected_unix_nano, duration_ms)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(monitor.id)
            .bind(&check_in.check_in_id)
            .bind(&check_in.status)
            .bind(check_in.at)
            .bind(check_in.expected)
            .bind(check_in.duration_ms)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "DELETE FROM check_ins WHERE monitor_id = $1 AND id <= (
                 SELECT id FROM check_ins WHERE monitor_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
        )
        .bind(monitor.id)
        .bind(CHECK_INS_MAX)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The newest check-ins of a monitor, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_ins(&self, monitor: i64, limit: i64) -> Result<Vec<CheckInRow>, StateError> {
        let sql = "SELECT check_in_id, status, at_unix_nano, expected_unix_nano, duration_ms
                   FROM check_ins WHERE monitor_id = $1 ORDER BY id DESC LIMIT $2";
        type Columns = (String, String, i64, Option<i64>, Option<i64>);
        let rows: Vec<Columns> =
            sqlx::query_as(sql).bind(monitor).bind(limit).fetch_all(&self.pool).await?;
        let row = |(check_in_id, status, at, expected, duration_ms)| CheckInRow {
            check_in_id,
            status,
            at,
            expected,
            duration_ms,
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Deletes a monitor with its check-ins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_monitor(&self, id: i64) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM monitors WHERE id = $1").bind(id).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn monitors_keep_their_newest_check_ins() {
        let at = open().await;
        let mut monitor = MonitorRow {
            id: 0,
            slug: "nightly".to_owned(),
            service: "shop".to_owned(),
            environment: "production".to_owned(),
            config: "{}".to_owned(),
            state: "{}".to_owned(),
        };
        monitor.id = at.state.create_monitor(&monitor).await.unwrap();
        monitor.state = "{\"a\":1}".to_owned();
        let check_in = |at| CheckInRow {
            check_in_id: String::new(),
            status: "ok".to_owned(),
            at,
            expected: None,
            duration_ms: Some(5),
        };
        let many: Vec<_> = (0..CHECK_INS_MAX + 5).map(check_in).collect();
        at.state.save_monitor(&monitor, &many).await.unwrap();
        assert_eq!(at.state.monitors().await.unwrap(), std::slice::from_ref(&monitor));
        let kept = at.state.check_ins(monitor.id, 5_000).await.unwrap();
        assert_eq!(kept.len() as i64, CHECK_INS_MAX);
        assert_eq!(kept[0], check_in(CHECK_INS_MAX + 4));
        at.state.delete_monitor(monitor.id).await.unwrap();
        assert!(at.state.check_ins(monitor.id, 10).await.unwrap().is_empty());
    }
}
