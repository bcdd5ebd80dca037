//! Dashboards, version by version.
//!
//! Invariants: a save names the version it is based on, and fails where that is no longer the newest; every
//! change is in the audit log; of old versions the newest a hundred are kept.

use plimsoll_model::UnixNano;
use sqlx::{Sqlite, Transaction};

use crate::audit::Actor;
use crate::secret::random_id;
use crate::{State, StateError};

/// Dashboards at most: lists are one page.
const DASHBOARDS_MAX: i64 = 1_000;
/// Versions of one dashboard that are kept.
const VERSIONS_MAX: i64 = 100;

/// What a list shows of a dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardHead {
    /// Its id.
    pub id: String,
    /// The newest version, from 1.
    pub version: i64,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// When it was saved.
    pub updated: UnixNano,
    /// By whom.
    pub updated_by: String,
}

/// A dashboard to be saved: its document, and what lists show of it.
#[derive(Clone, Debug)]
pub struct DashboardText {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The whole document, JSON.
    pub document: String,
}

/// One version of a dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDashboard {
    /// Its id.
    pub id: String,
    /// The version, from 1.
    pub version: i64,
    /// The whole document, JSON.
    pub document: String,
    /// When it was saved.
    pub updated: UnixNano,
    /// By whom.
    pub updated_by: String,
}

/// A version in the list of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DashboardVersion {
    /// From 1.
    pub version: i64,
    /// When it was saved.
    pub updated: UnixNano,
    /// By whom.
    pub updated_by: String,
}

impl State {
    /// All dashboards by title.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dashboards(&self) -> Result<Vec<DashboardHead>, StateError> {
        type Row = (String, i64, String, String, String, i64, String);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, version, title, description, tags, updated_unix_nano, updated_by
             FROM dashboards ORDER BY title, id",
        )
        .fetch_all(&self.pool)
        .await?;
        let head = |(id, version, title, description, tags, updated, updated_by): Row| {
            let tags = tags.lines().map(str::to_owned).collect();
            DashboardHead { id, version, title, description, tags, updated, updated_by }
        };
        Ok(rows.into_iter().map(head).collect())
    }

    /// A version of a dashboard, the newest where none is named. `None` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dashboard(
        &self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<StoredDashboard>, StateError> {
        let row: Option<(i64, String, i64, String)> = sqlx::query_as(
            "SELECT v.version, v.document, v.updated_unix_nano, v.updated_by
             FROM dashboard_versions v JOIN dashboards d ON d.id = v.dashboard_id
             WHERE v.dashboard_id = $1 AND v.version = COALESCE($2, d.version)",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(version, document, updated, updated_by)| StoredDashboard {
            id: id.to_owned(),
            version,
            document,
            updated,
            updated_by,
        }))
    }

    /// The versions of a dashboard that are kept, the newest first; none where there is no such.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dashboard_versions(&self, id: &str) -> Result<Vec<DashboardVersion>, StateError> {
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "SELECT version, updated_unix_nano, updated_by FROM dashboard_versions
             WHERE dashboard_id = $1 ORDER BY version DESC",
        )
        .bind(id)
        .fetch_all(&self.pool)
        .await?;
        let version =
            |(version, updated, updated_by)| DashboardVersion { version, updated, updated_by };
        Ok(rows.into_iter().map(version).collect())
    }

    /// Saves a new dashboard.
    ///
    /// # Errors
    /// When there are a thousand already, or the database fails.
    pub async fn create_dashboard(
        &self,
        text: &DashboardText,
        actor: &Actor,
    ) -> Result<StoredDashboard, StateError> {
        let mut tx = self.begin().await?;
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM dashboards").fetch_one(&mut *tx).await?;
        if count >= DASHBOARDS_MAX {
            return Err(StateError::TooManyDashboards { max: DASHBOARDS_MAX });
        }
        let id = random_id()?;
        sqlx::query(
            "INSERT INTO dashboards
             (id, version, title, description, tags, updated_unix_nano, updated_by)
             VALUES ($1, 0, '', '', '', 0, '')",
        )
        .bind(&id)
        .execute(&mut *tx)
        .await?;
        let stored = self.put(&mut tx, &id, 1, text, actor).await?;
        self.note(&mut tx, "dashboard.create", &id, &text.title, actor).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Saves the next version of a dashboard.
    ///
    /// # Errors
    /// When there is no such dashboard, `based_on` is not its newest version, or the database fails.
    pub async fn update_dashboard(
        &self,
        id: &str,
        based_on: i64,
        text: &DashboardText,
        actor: &Actor,
    ) -> Result<StoredDashboard, StateError> {
        let mut tx = self.begin().await?;
        let newest: Option<(i64, String)> =
            sqlx::query_as("SELECT version, updated_by FROM dashboards WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let (newest, by) = newest.ok_or(StateError::NoSuchDashboard)?;
        if newest != based_on {
            return Err(StateError::DashboardChanged { version: newest, by });
        }
        let stored = self.put(&mut tx, id, newest + 1, text, actor).await?;
        sqlx::query("DELETE FROM dashboard_versions WHERE dashboard_id = $1 AND version <= $2")
            .bind(id)
            .bind(stored.version - VERSIONS_MAX)
            .execute(&mut *tx)
            .await?;
        self.note(&mut tx, "dashboard.update", id, &text.title, actor).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Deletes a dashboard with all its versions; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_dashboard(&self, id: &str, actor: &Actor) -> Result<bool, StateError> {
        let mut tx = self.begin().await?;
        let title: Option<String> =
            sqlx::query_scalar("DELETE FROM dashboards WHERE id = $1 RETURNING title")
                .bind(id)
                .fetch_optional(&mut *tx)
                .await?;
        let Some(title) = title else { return Ok(false) };
        self.note(&mut tx, "dashboard.delete", id, &title, actor).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn put(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        id: &str,
        version: i64,
        text: &DashboardText,
        actor: &Actor,
    ) -> Result<StoredDashboard, StateError> {
        let now = self.now();
        sqlx::query(
            "UPDATE dashboards SET version = $2, title = $3, description = $4, tags = $5,
             updated_unix_nano = $6, updated_by = $7 WHERE id = $1",
        )
        .bind(id)
        .bind(version)
        .bind(&text.title)
        .bind(&text.description)
        .bind(text.tags.join("\n"))
        .bind(now)
        .bind(&actor.name)
        .execute(&mut **tx)
        .await?;
        sqlx::query(
            "INSERT INTO dashboard_versions
             (dashboard_id, version, document, updated_unix_nano, updated_by)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id)
        .bind(version)
        .bind(&text.document)
        .bind(now)
        .bind(&actor.name)
        .execute(&mut **tx)
        .await?;
        Ok(StoredDashboard {
            id: id.to_owned(),
            version,
            document: text.document.clone(),
            updated: now,
            updated_by: actor.name.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plimsoll_model::SystemClock;

    use super::*;

    fn text(title: &str) -> DashboardText {
        DashboardText {
            title: title.to_owned(),
            description: String::new(),
            tags: vec!["a b".to_owned(), "c".to_owned()],
            document: format!("{{\"title\":\"{title}\"}}"),
        }
    }

    #[tokio::test]
    async fn versions_follow_each_other_and_none_is_lost_to_another() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path(), Arc::new(SystemClock)).await.unwrap();
        let actor = Actor::server();
        let first = state.create_dashboard(&text("one"), &actor).await.unwrap();
        assert_eq!(first.version, 1);
        let second = state.update_dashboard(&first.id, 1, &text("two"), &actor).await.unwrap();
        assert_eq!(second.version, 2);
        let late = state.update_dashboard(&first.id, 1, &text("three"), &actor).await;
        assert!(matches!(late, Err(StateError::DashboardChanged { version: 2, .. })), "{late:?}");
        let old = state.dashboard(&first.id, Some(1)).await.unwrap().unwrap();
        assert_eq!(old.document, text("one").document);
        let new = state.dashboard(&first.id, None).await.unwrap().unwrap();
        assert_eq!((new.version, new.document), (2, text("two").document));
        let heads = state.dashboards().await.unwrap();
        assert_eq!((heads.len(), &heads[0].title[..]), (1, "two"));
        assert_eq!(heads[0].tags, ["a b", "c"]);
        let versions = state.dashboard_versions(&first.id).await.unwrap();
        assert_eq!(versions.iter().map(|v| v.version).collect::<Vec<_>>(), [2, 1]);
        assert!(state.delete_dashboard(&first.id, &actor).await.unwrap());
        assert!(!state.delete_dashboard(&first.id, &actor).await.unwrap());
        assert_eq!(state.dashboard(&first.id, None).await.unwrap(), None);
        assert!(state.dashboard_versions(&first.id).await.unwrap().is_empty());
        let unknown = state.update_dashboard("none", 1, &text("x"), &actor).await;
        assert!(matches!(unknown, Err(StateError::NoSuchDashboard)));
    }

    #[tokio::test]
    async fn old_versions_go() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::open(folder.path(), Arc::new(SystemClock)).await.unwrap();
        let actor = Actor::server();
        let id = state.create_dashboard(&text("x"), &actor).await.unwrap().id;
        for version in 1..VERSIONS_MAX + 5 {
            state.update_dashboard(&id, version, &text("x"), &actor).await.unwrap();
        }
        let versions = state.dashboard_versions(&id).await.unwrap();
        assert_eq!(versions.len() as i64, VERSIONS_MAX);
        assert_eq!(versions[0].version, VERSIONS_MAX + 5);
    }
}
