//! Source maps that were uploaded: which there are. The maps themselves are files.
//!
//! Invariants: a row is added after its file is durable; of maps of one place the newest counts.

use plimsoll_model::UnixNano;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::{State, StateError};

/// A source map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMapRow {
    /// Its id, and the name of its file.
    pub id: String,
    /// The generated file, like `~/assets/app.js`; empty where the debug id tells.
    pub file: String,
    /// The release; empty where the debug id tells.
    pub release: String,
    /// The debug id, lower case; empty where file and release tell.
    pub debug_id: String,
    /// How long it is.
    pub bytes: i64,
    /// When it came.
    pub created: UnixNano,
}

fn read(row: &SqliteRow) -> Result<SourceMapRow, sqlx::Error> {
    Ok(SourceMapRow {
        id: row.try_get("id")?,
        file: row.try_get("file")?,
        release: row.try_get("release_version")?,
        debug_id: row.try_get("debug_id")?,
        bytes: row.try_get("bytes")?,
        created: row.try_get("created_unix_nano")?,
    })
}

impl State {
    /// All source maps, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn source_maps(&self) -> Result<Vec<SourceMapRow>, StateError> {
        let sql = "SELECT * FROM source_maps ORDER BY created_unix_nano DESC, id";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// Notes a map that is durable, in place of one of the same place; answers the ids of those it replaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_source_map(&self, map: &SourceMapRow) -> Result<Vec<String>, StateError> {
        let mut tx = self.begin().await?;
        let gone = sqlx::query_scalar(
            "DELETE FROM source_maps WHERE file = $1 AND release_version = $2 AND debug_id = $3
             RETURNING id",
        )
        .bind(&map.file)
        .bind(&map.release)
        .bind(&map.debug_id)
        .fetch_all(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO source_maps
             (id, file, release_version, debug_id, bytes, created_unix_nano)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&map.id)
        .bind(&map.file)
        .bind(&map.release)
        .bind(&map.debug_id)
        .bind(map.bytes)
        .bind(map.created)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// Forgets a map; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_source_map(&self, id: &str) -> Result<bool, StateError> {
        let mut tx = self.begin().await?;
        let done =
            sqlx::query("DELETE FROM source_maps WHERE id = $1").bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn the_newest_map_of_a_place_counts() {
        let at = open().await;
        let map = |id: &str, debug_id: &str| SourceMapRow {
            id: id.to_owned(),
            file: "~/app.js".to_owned(),
            release: "1.4".to_owned(),
            debug_id: debug_id.to_owned(),
            bytes: 7,
            created: 9,
        };
        assert!(at.state.add_source_map(&map("a", "")).await.unwrap().is_empty());
        assert!(at.state.add_source_map(&map("b", "d")).await.unwrap().is_empty());
        assert_eq!(at.state.add_source_map(&map("c", "")).await.unwrap(), ["a"]);
        assert_eq!(at.state.source_maps().await.unwrap().len(), 2);
        assert!(at.state.delete_source_map("c").await.unwrap());
        assert!(!at.state.delete_source_map("c").await.unwrap());
    }
}
