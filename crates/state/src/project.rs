//! Projects that may send errors, and the keys by which they are known.
//!
//! A key is in every page that reports errors, so it is no secret: it names a project.
//!
//! Invariants: there is always a project 1; a revoked key is never accepted again; every change is in the
//! audit log.

use plimsoll_model::UnixNano;
use sqlx::{Sqlite, Transaction};

use crate::audit::Actor;
use crate::secret::random_id;
use crate::{State, StateError};

/// Projects at most: lists are one page.
const PROJECTS_MAX: i64 = 1_000;
/// Keys of a project at most, revoked ones included.
const KEYS_MAX: i64 = 100;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;

/// The project that is there from the start.
const FIRST: &str = "default";

/// A project with its keys, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The number in a DSN.
    pub id: i64,
    /// The service that what it sends belongs to, unless it says otherwise.
    pub name: String,
    /// When it was made.
    pub created: UnixNano,
    /// Its keys.
    pub keys: Vec<ProjectKey>,
}

/// A key of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectKey {
    /// 32 hex digits.
    pub public_key: String,
    /// When it was made.
    pub created: UnixNano,
    /// When it was revoked.
    pub revoked: Option<UnixNano>,
}

impl State {
    /// Makes the first project where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_project(&self) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM projects").fetch_one(&mut *tx).await?;
        if count == 0 {
            self.insert_project(&mut tx, FIRST, &Actor::server()).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// All projects by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn projects(&self) -> Result<Vec<Project>, StateError> {
        type Row = (i64, String, i64, Option<String>, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT p.id, p.name, p.created_unix_nano,
                    k.public_key, k.created_unix_nano, k.revoked_unix_nano
             FROM projects p LEFT JOIN project_keys k ON k.project_id = p.id
             ORDER BY p.id, k.created_unix_nano DESC, k.public_key",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut projects: Vec<Project> = Vec::new();
        for (id, name, created, key, key_created, revoked) in rows {
            if projects.last().is_none_or(|project| project.id != id) {
                projects.push(Project { id, name, created, keys: Vec::new() });
            }
            if let (Some(project), Some(public_key)) = (projects.last_mut(), key) {
                let created = key_created.unwrap_or_default();
                project.keys.push(ProjectKey { public_key, created, revoked });
            }
        }
        Ok(projects)
    }

    /// A new project with a key.
    ///
    /// # Errors
    /// When its name is taken or none, there are too many, or the database fails.
    pub async fn create_project(&self, name: &str, actor: &Actor) -> Result<Project, StateError> {
        let printable = name.chars().all(|c| !c.is_control());
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX || !printable {
            return Err(StateError::InvalidName { max: NAME_CHARS_MAX });
        }
        let mut tx = self.begin().await?;
        let (count, same): (i64, i64) =
            sqlx::query_as("SELECT COUNT(*), COALESCE(SUM(name = $1), 0) FROM projects")
                .bind(name)
                .fetch_one(&mut *tx)
                .await?;
        if same > 0 {
            return Err(StateError::ProjectExists);
        }
        if count >= PROJECTS_MAX {
            return Err(StateError::TooMany { what: "projects", max: PROJECTS_MAX });
        }
        let project = self.insert_project(&mut tx, name, actor).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// One more key of a project.
    ///
    /// # Errors
    /// When there is no such project, it has too many keys, or the database fails.
    pub async fn create_project_key(
        &self,
        project: i64,
        actor: &Actor,
    ) -> Result<ProjectKey, StateError> {
        let mut tx = self.begin().await?;
        let (found, keys): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM projects WHERE id = $1),
                    (SELECT COUNT(*) FROM project_keys WHERE project_id = $1)",
        )
        .bind(project)
        .fetch_one(&mut *tx)
        .await?;
        if found == 0 {
            return Err(StateError::NoSuchProject);
        }
        if keys >= KEYS_MAX {
            return Err(StateError::TooMany { what: "keys of the project", max: KEYS_MAX });
        }
        let key = self.insert_key(&mut tx, project).await?;
        self.note(&mut tx, "project.key.create", &project.to_string(), &key.public_key, actor)
            .await?;
        tx.commit().await?;
        Ok(key)
    }

    /// Takes a key from a project; whether it had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_project_key(
        &self,
        project: i64,
        public_key: &str,
        actor: &Actor,
    ) -> Result<bool, StateError> {
        let mut tx = self.begin().await?;
        let changed = sqlx::query(
            "UPDATE project_keys SET revoked_unix_nano = $3
             WHERE project_id = $1 AND public_key = $2 AND revoked_unix_nano IS NULL",
        )
        .bind(project)
        .bind(public_key)
        .bind(self.now())
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        self.note(&mut tx, "project.key.revoke", &project.to_string(), public_key, actor).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn insert_project(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        name: &str,
        actor: &Actor,
    ) -> Result<Project, StateError> {
        let created = self.now();
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO projects (name, created_unix_nano) VALUES ($1, $2) RETURNING id",
        )
        .bind(name)
        .bind(created)
        .fetch_one(&mut **tx)
        .await?;
        let key = self.insert_key(tx, id).await?;
        self.note(tx, "project.create", &id.to_string(), name, actor).await?;
        Ok(Project { id, name: name.to_owned(), created, keys: vec![key] })
    }

    async fn insert_key(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        project: i64,
    ) -> Result<ProjectKey, StateError> {
        let key = ProjectKey {
            public_key: format!("{}{}", random_id()?, random_id()?),
            created: self.now(),
            revoked: None,
        };
        sqlx::query(
            "INSERT INTO project_keys (public_key, project_id, created_unix_nano)
             VALUES ($1, $2, $3)",
        )
        .bind(&key.public_key)
        .bind(project)
        .bind(key.created)
        .execute(&mut **tx)
        .await?;
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn there_is_a_first_project_and_it_stays_the_same() {
        let at = open().await;
        at.state.ensure_project().await.unwrap();
        let first = at.state.projects().await.unwrap();
        at.state.ensure_project().await.unwrap();
        assert_eq!(at.state.projects().await.unwrap(), first);
        assert_eq!((first.len(), first[0].id, &first[0].name[..]), (1, 1, FIRST));
        assert_eq!(first[0].keys[0].public_key.len(), 32);
    }

    #[tokio::test]
    async fn keys_are_added_and_revoked_once() {
        let at = open().await;
        let actor = Actor::server();
        let project = at.state.create_project("shop", &actor).await.unwrap();
        let again = at.state.create_project("shop", &actor).await;
        assert!(matches!(again, Err(StateError::ProjectExists)));
        assert!(matches!(
            at.state.create_project(" ", &actor).await,
            Err(StateError::InvalidName { .. })
        ));
        let key = at.state.create_project_key(project.id, &actor).await.unwrap();
        let none = at.state.create_project_key(99, &actor).await;
        assert!(matches!(none, Err(StateError::NoSuchProject)));
        let revoke = || at.state.revoke_project_key(project.id, &key.public_key, &actor);
        assert!(revoke().await.unwrap() && !revoke().await.unwrap());
        let keys = &at.state.projects().await.unwrap()[0].keys;
        assert_eq!(keys.iter().filter(|key| key.revoked.is_none()).count(), 1);
        assert_eq!(keys.len(), 2);
    }
}
