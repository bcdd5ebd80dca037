//! Searches for issues that people saved, and the rules by which occurrences are grouped.
//!
//! Invariants: a name is saved once; a new version of the rules names the one it is based on.

use plimsoll_model::UnixNano;
use sqlx::Row;

use crate::audit::Actor;
use crate::{State, StateError};

/// Saved searches at most.
const SEARCHES_MAX: i64 = 200;
/// Versions of the rules that are kept.
const VERSIONS_MAX: i64 = 100;

/// A saved search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueSearch {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The query string of the list.
    pub query: String,
    /// Who saved it.
    pub by: String,
}

/// The rules by which occurrences are grouped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupingRules {
    /// From 1; 0 where none were ever saved.
    pub version: i64,
    /// Rules of grouping.
    pub rules: String,
    /// Rules of what is the service's own code.
    pub in_app: String,
    /// When they were saved.
    pub updated: UnixNano,
    /// By whom.
    pub updated_by: String,
}

impl State {
    /// Saved searches by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_searches(&self) -> Result<Vec<IssueSearch>, StateError> {
        let sql = "SELECT id, name, query, by_name FROM issue_searches ORDER BY name";
        let rows: Vec<(i64, String, String, String)> =
            sqlx::query_as(sql).fetch_all(&self.pool).await?;
        let search = |(id, name, query, by)| IssueSearch { id, name, query, by };
        Ok(rows.into_iter().map(search).collect())
    }

    /// Saves a search, in place of the one of its name.
    ///
    /// # Errors
    /// When there are too many, or the database fails.
    pub async fn save_issue_search(
        &self,
        name: &str,
        query: &str,
        actor: &Actor,
    ) -> Result<IssueSearch, StateError> {
        let mut tx = self.begin().await?;
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM issue_searches").fetch_one(&mut *tx).await?;
        if count >= SEARCHES_MAX {
            return Err(StateError::TooMany { what: "saved searches", max: SEARCHES_MAX });
        }
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO issue_searches (name, query, by_name, created_unix_nano)
             VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO UPDATE
             SET query = excluded.query, by_name = excluded.by_name RETURNING id",
        )
        .bind(name)
        .bind(query)
        .bind(&actor.name)
        .bind(self.now())
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        let (name, query) = (name.to_owned(), query.to_owned());
        Ok(IssueSearch { id, name, query, by: actor.name.clone() })
    }

    /// Deletes a saved search; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_issue_search(&self, id: i64) -> Result<bool, StateError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query("DELETE FROM issue_searches WHERE id = $1")
            .bind(id)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// The rules in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn grouping_rules(&self) -> Result<GroupingRules, StateError> {
        let sql = "SELECT * FROM grouping_rules ORDER BY version DESC LIMIT 1";
        let Some(row) = sqlx::query(sql).fetch_optional(&self.pool).await? else {
            return Ok(GroupingRules::default());
        };
        Ok(GroupingRules {
            version: row.try_get("version")?,
            rules: row.try_get("rules")?,
            in_app: row.try_get("in_app")?,
            updated: row.try_get("updated_unix_nano")?,
            updated_by: row.try_get("updated_by")?,
        })
    }

    /// Saves the next version of the rules.
    ///
    /// # Errors
    /// When `based_on` is not the version in force, or the database fails.
    pub async fn save_grouping_rules(
        &self,
        based_on: i64,
        rules: &str,
        in_app: &str,
        actor: &Actor,
    ) -> Result<GroupingRules, StateError> {
        let mut tx = self.begin().await?;
        let newest: Option<(i64, String)> = sqlx::query_as(
            "SELECT version, updated_by FROM grouping_rules ORDER BY version DESC LIMIT 1",
        )
        .fetch_optional(&mut *tx)
        .await?;
        let (newest, by) = newest.unwrap_or_default();
        if newest != based_on {
            return Err(StateError::RulesChanged { version: newest, by });
        }
        let saved = GroupingRules {
            version: newest + 1,
            rules: rules.to_owned(),
            in_app: in_app.to_owned(),
            updated: self.now(),
            updated_by: actor.name.clone(),
        };
        sqlx::query(
            "INSERT INTO grouping_rules (version, rules, in_app, updated_unix_nano, updated_by)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(saved.version)
        .bind(rules)
        .bind(in_app)
        .bind(saved.updated)
        .bind(&saved.updated_by)
        .execute(&mut *tx)
        .await?;
        sqlx::query("DELETE FROM grouping_rules WHERE version <= $1")
            .bind(saved.version - VERSIONS_MAX)
            .execute(&mut *tx)
            .await?;
        let version = saved.version.to_string();
        self.note(&mut tx, "grouping_rules.update", &version, "", actor).await?;
        tx.commit().await?;
        Ok(saved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::tests::open;

    #[tokio::test]
    async fn searches_are_saved_by_name() {
        let at = open().await;
        let actor = Actor::server();
        let first = at.state.save_issue_search("new", "q=is:new", &actor).await.unwrap();
        let again = at.state.save_issue_search("new", "q=is%3Anew", &actor).await.unwrap();
        assert_eq!(first.id, again.id);
        assert_eq!(at.state.issue_searches().await.unwrap(), std::slice::from_ref(&again));
        assert!(at.state.delete_issue_search(again.id).await.unwrap());
        assert!(!at.state.delete_issue_search(again.id).await.unwrap());
    }

    #[tokio::test]
    async fn rules_follow_each_other() {
        let at = open().await;
        let actor = Actor::server();
        assert_eq!(at.state.grouping_rules().await.unwrap().version, 0);
        let first = at.state.save_grouping_rules(0, "a", "b", &actor).await.unwrap();
        assert_eq!(at.state.grouping_rules().await.unwrap(), first);
        let stale = at.state.save_grouping_rules(0, "c", "d", &actor).await;
        assert!(matches!(stale, Err(StateError::RulesChanged { version: 1, .. })));
    }
}
