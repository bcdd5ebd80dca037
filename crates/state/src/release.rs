//! Releases, the services they were seen in, and deploys.
//!
//! Invariants: a release is known by its version alone; of releases and deploys the newest are kept.

use plimsoll_model::UnixNano;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, Sqlite, Transaction};

use crate::audit::Actor;
use crate::{State, StateError};

/// Releases that are kept.
const RELEASES_MAX: i64 = 10_000;
/// Deploys that are kept.
const DEPLOYS_MAX: i64 = 10_000;

/// A release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its version.
    pub version: String,
    /// The commit or branch it was built from.
    pub reference: String,
    /// Where to read about it.
    pub url: String,
    /// Its commits, JSON.
    pub commits: String,
    /// When it was first heard of.
    pub created: UnixNano,
    /// When it was released, where somebody said so.
    pub released: Option<UnixNano>,
}

impl FromRow<'_, SqliteRow> for ReleaseRow {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            version: row.try_get("version")?,
            reference: row.try_get("ref")?,
            url: row.try_get("url")?,
            commits: row.try_get("commits")?,
            created: row.try_get("created_unix_nano")?,
            released: row.try_get("released_unix_nano")?,
        })
    }
}

/// A release in a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseService {
    /// The release's version.
    pub version: String,
    /// The service.
    pub service: String,
    /// When it was first heard of there.
    pub first_seen: UnixNano,
}

impl FromRow<'_, SqliteRow> for ReleaseService {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            version: row.try_get("version")?,
            service: row.try_get("service")?,
            first_seen: row.try_get("first_seen_unix_nano")?,
        })
    }
}

/// A deploy of a release to an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deploy {
    /// Its number.
    pub id: i64,
    /// The release's version.
    pub version: String,
    /// Where to.
    pub environment: String,
    /// What it is called.
    pub name: String,
    /// Where to read about it.
    pub url: String,
    /// When it began.
    pub started: Option<UnixNano>,
    /// When it was done.
    pub finished: UnixNano,
}

impl FromRow<'_, SqliteRow> for Deploy {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            version: row.try_get("version")?,
            environment: row.try_get("environment")?,
            name: row.try_get("name")?,
            url: row.try_get("url")?,
            started: row.try_get("started_unix_nano")?,
            finished: row.try_get("finished_unix_nano")?,
        })
    }
}

impl State {
    /// All releases, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases(&self) -> Result<Vec<ReleaseRow>, StateError> {
        let sql = "SELECT * FROM releases ORDER BY created_unix_nano DESC, version";
        Ok(sqlx::query_as(sql).fetch_all(&self.pool).await?)
    }

    /// In which services releases were seen.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_services(&self) -> Result<Vec<ReleaseService>, StateError> {
        let sql = "SELECT * FROM release_services ORDER BY version, service";
        Ok(sqlx::query_as(sql).fetch_all(&self.pool).await?)
    }

    /// Notes releases that were seen in services at times.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_releases(&self, seen: &[ReleaseService]) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for ReleaseService { version, service, first_seen } in seen {
            insert_release(&mut tx, version, *first_seen).await?;
            sqlx::query(
                "INSERT INTO release_services
                 (version, service, first_seen_unix_nano)
                 VALUES ($1, $2, $3) ON CONFLICT (version, service) DO UPDATE SET
                 first_seen_unix_nano = MIN(first_seen_unix_nano, excluded.first_seen_unix_nano)",
            )
            .bind(version)
            .bind(service)
            .bind(first_seen)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query(
            "DELETE FROM releases WHERE version IN (SELECT version FROM releases
             ORDER BY created_unix_nano DESC LIMIT -1 OFFSET $1)",
        )
        .bind(RELEASES_MAX)
        .execute(&mut *tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// Says more about a release, which is made where it is not there yet. Empty texts leave what is known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_release(
        &self,
        release: &ReleaseRow,
        services: &[String],
        actor: &Actor,
    ) -> Result<ReleaseRow, StateError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        insert_release(&mut tx, &release.version, now).await?;
        let stored = sqlx::query_as(
            "UPDATE releases SET ref = COALESCE(NULLIF($2, ''), ref),
             url = COALESCE(NULLIF($3, ''), url), commits = COALESCE(NULLIF($4, ''), commits),
             released_unix_nano = COALESCE($5, released_unix_nano) WHERE version = $1 RETURNING *",
        )
        .bind(&release.version)
        .bind(&release.reference)
        .bind(&release.url)
        .bind(&release.commits)
        .bind(release.released)
        .fetch_one(&mut *tx)
        .await?;
        for service in services {
            sqlx::query(
                "INSERT INTO release_services
                 (version, service, first_seen_unix_nano)
                 VALUES ($1, $2, $3) ON CONFLICT (version, service) DO NOTHING",
            )
            .bind(&release.version)
            .bind(service)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        }
        self.note(&mut tx, "release.put", &release.version, "", actor).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Adds a deploy of a release, which is made where it is not there yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_deploy(&self, deploy: &Deploy, actor: &Actor) -> Result<Deploy, StateError> {
        let mut tx = self.begin().await?;
        insert_release(&mut tx, &deploy.version, self.now()).await?;
        let stored: Deploy = sqlx::query_as(
            "INSERT INTO deploys
             (version, environment, name, url, started_unix_nano, finished_unix_nano)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING *",
        )
        .bind(&deploy.version)
        .bind(&deploy.environment)
        .bind(&deploy.name)
        .bind(&deploy.url)
        .bind(deploy.started)
        .bind(deploy.finished)
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM deploys WHERE id <= $1")
            .bind(stored.id - DEPLOYS_MAX)
            .execute(&mut *tx)
            .await?;
        let environment = &deploy.environment;
        self.note(&mut tx, "deploy.add", &deploy.version, environment, actor).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// Deploys that were done within a time, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deploys(
        &self,
        (from, to): (UnixNano, UnixNano),
    ) -> Result<Vec<Deploy>, StateError> {
        let sql = "SELECT * FROM deploys WHERE finished_unix_nano >= $1 AND finished_unix_nano < $2
                   ORDER BY finished_unix_nano, id";
        Ok(sqlx::query_as(sql).bind(from).bind(to).fetch_all(&self.pool).await?)
    }
}

async fn insert_release(
    tx: &mut Transaction<'static, Sqlite>,
    version: &str,
    created: UnixNano,
) -> Result<(), StateError> {
    sqlx::query(
        "INSERT INTO releases (version, ref, url, commits, created_unix_nano)
         VALUES ($1, '', '', '[]', $2) ON CONFLICT (version) DO NOTHING",
    )
    .bind(version)
    .bind(created)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn releases_are_noted_told_about_and_deployed() {
        let at = open().await;
        let state = &at.state;
        let seen = |first_seen| ReleaseService {
            version: "1.4".to_owned(),
            service: "shop".to_owned(),
            first_seen,
        };
        state.note_releases(&[seen(5), seen(7), seen(3)]).await.unwrap();
        assert_eq!(state.release_services().await.unwrap(), [seen(3)]);
        let actor = Actor::server();
        let told = ReleaseRow {
            version: "1.4".to_owned(),
            reference: "main".to_owned(),
            released: Some(8),
            ..ReleaseRow::default()
        };
        let stored = state.put_release(&told, &["cart".to_owned()], &actor).await.unwrap();
        assert_eq!((&stored.reference[..], &stored.commits[..], stored.created), ("main", "[]", 5));
        let silent = ReleaseRow { version: "1.4".to_owned(), ..ReleaseRow::default() };
        assert_eq!(state.put_release(&silent, &[], &actor).await.unwrap(), stored);
        assert_eq!(state.releases().await.unwrap(), [stored]);
        assert_eq!(state.release_services().await.unwrap().len(), 2);

        let deploy = Deploy { version: "1.5".to_owned(), finished: 20, ..Deploy::default() };
        let deploy = state.add_deploy(&deploy, &actor).await.unwrap();
        assert_eq!(state.deploys((20, 21)).await.unwrap(), [deploy]);
        assert!(state.deploys((0, 20)).await.unwrap().is_empty());
        assert_eq!(state.releases().await.unwrap().len(), 2);
    }
}
