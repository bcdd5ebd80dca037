//! Issues: what was decided about them, what belongs to them, and how often they occurred.
//!
//! Invariants: counts and the time up to which occurrences are in them change in one transaction, so that after
//! a crash what came later can be added exactly once; a change and its line of history are one transaction.

use plimsoll_model::UnixNano;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, Transaction};

use crate::issue_activity::{NewActivity, insert};
use crate::{State, StateError};

/// The variant that stands for all that have no row of their own.
pub const WHOLE: i64 = -1;

/// Rows of one statement with several values each: SQLite takes 32,766 values.
const ROWS_AT_ONCE: usize = 500;

/// An issue as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Issue {
    /// Its number.
    pub id: i64,
    /// The type of its exceptions.
    pub kind: String,
    /// What the newest said when the issue was made.
    pub message: String,
    /// Where it happens, in one line.
    pub culprit: String,
    /// How bad.
    pub level: String,
    /// The language or platform.
    pub platform: String,
    /// The service it was first seen in.
    pub service: String,
    /// Whether the program caught it.
    pub handled: Option<bool>,
    /// `unresolved`, `resolved` or `ignored`.
    pub status: String,
    /// A word more on it.
    pub substatus: String,
    /// All that was decided, JSON.
    pub workflow: String,
    /// Who works on it.
    pub assignee: Option<String>,
    /// When it was made.
    pub created: UnixNano,
    /// Its first occurrence.
    pub first_seen: UnixNano,
    /// Its last occurrence.
    pub last_seen: UnixNano,
    /// The release of its first occurrence; empty where unknown.
    pub first_release: String,
    /// The release of its last occurrence; empty where unknown.
    pub last_release: String,
    /// Occurrences ever.
    pub events: i64,
    /// How often lately, JSON.
    pub rates: String,
    /// The issue it became part of.
    pub merged_into: Option<i64>,
}

/// An issue to be made, with the groups that belong to it.
#[derive(Clone, Debug)]
pub struct NewIssue {
    /// The issue; its id plays no part.
    pub issue: Issue,
    /// Fingerprints, with [`WHOLE`] or a variant each.
    pub groups: Vec<(i64, i64)>,
}

/// What was counted of an issue.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueCount {
    /// Which.
    pub id: i64,
    /// Occurrences ever.
    pub events: i64,
    /// Its first occurrence.
    pub first_seen: UnixNano,
    /// Its last occurrence.
    pub last_seen: UnixNano,
    /// The release of the last.
    pub last_release: String,
    /// How often lately, JSON.
    pub rates: String,
}

/// A decision about an issue.
#[derive(Clone, Debug)]
pub struct IssueEdit {
    /// Which.
    pub id: i64,
    /// The new status, substatus and workflow; none leaves them.
    pub decided: Option<(String, String, String)>,
    /// The new assignee; none leaves it.
    pub assignee: Option<Option<String>>,
    /// The line of history.
    pub activity: NewActivity,
}

/// A group: occurrences of a fingerprint, all or those of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they are grouped by.
    pub fingerprint: i64,
    /// The variant, or [`WHOLE`].
    pub variant: i64,
    /// The issue they belong to.
    pub issue_id: i64,
}

/// Which issues to list. Texts are exact but for `words`, all of which must occur.
#[derive(Clone, Debug, Default)]
pub struct IssueQuery {
    /// A word more on the status.
    pub substatus: Option<String>,
    /// How bad.
    pub level: Option<String>,
    /// The type of its exceptions.
    pub kind: Option<String>,
    /// Who works on it; `Some(None)`: nobody.
    pub assignee: Option<Option<String>>,
    /// Whether somebody works on it.
    pub assigned: bool,
    /// Whether nobody caught it.
    pub unhandled: bool,
    /// Words of type, message or culprit, in lower case.
    pub words: Vec<String>,
}

impl FromRow<'_, SqliteRow> for Issue {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: row.try_get("type")?,
            message: row.try_get("message")?,
            culprit: row.try_get("culprit")?,
            level: row.try_get("level")?,
            platform: row.try_get("platform")?,
            service: row.try_get("service")?,
            handled: row.try_get("handled")?,
            status: row.try_get("status")?,
            substatus: row.try_get("substatus")?,
            workflow: row.try_get("workflow")?,
            assignee: row.try_get("assignee")?,
            created: row.try_get("created_unix_nano")?,
            first_seen: row.try_get("first_seen_unix_nano")?,
            last_seen: row.try_get("last_seen_unix_nano")?,
            first_release: row.try_get("first_release")?,
            last_release: row.try_get("last_release")?,
            events: row.try_get("events")?,
            rates: row.try_get("rates")?,
            merged_into: row.try_get("merged_into")?,
        })
    }
}

impl FromRow<'_, SqliteRow> for Group {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            fingerprint: row.try_get("fingerprint")?,
            variant: row.try_get("variant")?,
            issue_id: row.try_get("issue_id")?,
        })
    }
}

const COLUMNS: &str =
    "id, type, message, culprit, level, platform, service, handled, status, substatus,
    workflow, assignee, created_unix_nano, first_seen_unix_nano, last_seen_unix_nano, first_release,
    last_release, events, rates, merged_into";

impl State {
    /// Every issue that was not merged into another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issues(&self, query: &IssueQuery) -> Result<Vec<Issue>, StateError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
        sql.push(COLUMNS).push(" FROM issues WHERE merged_into IS NULL");
        for (column, value) in [
            (" AND substatus = ", &query.substatus),
            (" AND level = ", &query.level),
            (" AND type = ", &query.kind),
        ] {
            if let Some(value) = value {
                sql.push(column).push_bind(value);
            }
        }
        match &query.assignee {
            Some(Some(name)) => {
                sql.push(" AND assignee = ").push_bind(name);
            }
            Some(None) => {
                sql.push(" AND assignee IS NULL");
            }
            None => {}
        }
        if query.assigned {
            sql.push(" AND assignee IS NOT NULL");
        }
        if query.unhandled {
            sql.push(" AND handled = FALSE");
        }
        for word in &query.words {
            sql.push(" AND instr(lower(type || ' ' || message || ' ' || culprit), ")
                .push_bind(word)
                .push(") > 0");
        }
        Ok(sql.build_query_as().fetch_all(&self.pool).await?)
    }

    /// One issue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue(&self, id: i64) -> Result<Option<Issue>, StateError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT ");
        sql.push(COLUMNS).push(" FROM issues WHERE id = ").push_bind(id);
        Ok(sql.build_query_as().fetch_optional(&self.pool).await?)
    }

    /// What belongs to which issue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn issue_groups(&self) -> Result<Vec<Group>, StateError> {
        let sql = "SELECT fingerprint, variant, issue_id FROM issue_groups";
        Ok(sqlx::query_as(sql).fetch_all(&self.pool).await?)
    }

    /// Occurrences received up to this time are in the counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn errors_counted(&self) -> Result<UnixNano, StateError> {
        let sql = "SELECT to_unix_nano FROM errors_counted";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }

    /// Makes issues, gives groups to issues that are there, and answers the new ids in order.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn create_issues(
        &self,
        issues: &[NewIssue],
        further: &[Group],
    ) -> Result<Vec<i64>, StateError> {
        let mut tx = self.begin().await?;
        let mut ids = Vec::with_capacity(issues.len());
        for NewIssue { issue, groups } in issues {
            let id = insert_issue(&mut tx, issue).await?;
            ids.push(id);
            let groups: Vec<Group> = (groups.iter())
                .map(|&(fingerprint, variant)| Group { fingerprint, variant, issue_id: id })
                .collect();
            self.assign(&mut tx, &groups).await?;
            let seen = NewActivity::by_server("first_seen", String::new());
            insert(&mut tx, id, self.now(), &seen).await?;
        }
        self.assign(&mut tx, further).await?;
        tx.commit().await?;
        Ok(ids)
    }

    /// Stores what was counted of occurrences received up to `to`.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn save_issue_counts(
        &self,
        to: UnixNano,
        counts: &[IssueCount],
    ) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for count in counts {
            sqlx::query(
                "UPDATE issues SET events = $2, first_seen_unix_nano = $3,
                 last_seen_unix_nano = $4, last_release = $5, rates = $6 WHERE id = $1",
            )
            .bind(count.id)
            .bind(count.events)
            .bind(count.first_seen)
            .bind(count.last_seen)
            .bind(&count.last_release)
            .bind(&count.rates)
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("UPDATE errors_counted SET to_unix_nano = $1")
            .bind(to)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Stores decisions; answers the ids of issues that are there.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn edit_issues(&self, edits: &[IssueEdit]) -> Result<Vec<i64>, StateError> {
        let mut tx = self.begin().await?;
        let mut changed = Vec::with_capacity(edits.len());
        for IssueEdit { id, decided, assignee, activity } in edits {
            let (status, substatus, workflow) = match decided {
                Some((status, substatus, workflow)) => {
                    (Some(status), Some(substatus), Some(workflow))
                }
                None => (None, None, None),
            };
            let done = sqlx::query(
                "UPDATE issues SET status = COALESCE($2, status),
                 substatus = COALESCE($3, substatus), workflow = COALESCE($4, workflow),
                 assignee = CASE WHEN $5 THEN $6 ELSE assignee END WHERE id = $1",
            )
            .bind(id)
            .bind(status)
            .bind(substatus)
            .bind(workflow)
            .bind(assignee.is_some())
            .bind(assignee.clone().flatten())
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() > 0 {
                insert(&mut tx, *id, self.now(), activity).await?;
                changed.push(*id);
            }
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Makes issues part of another: their groups are its groups, and `count` is what all have.
    ///
    /// # Errors
    /// When one of them is not there, or the database fails; nothing is changed then.
    pub async fn merge_issues(
        &self,
        ids: &[i64],
        count: &IssueCount,
        activity: &NewActivity,
    ) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for id in ids {
            let done = sqlx::query("UPDATE issues SET merged_into = $2 WHERE id = $1")
                .bind(id)
                .bind(count.id)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Err(StateError::NoSuchIssue);
            }
            sqlx::query("UPDATE issues SET merged_into = $2 WHERE merged_into = $1")
                .bind(id)
                .bind(count.id)
                .execute(&mut *tx)
                .await?;
            sqlx::query("UPDATE issue_groups SET issue_id = $2 WHERE issue_id = $1")
                .bind(id)
                .bind(count.id)
                .execute(&mut *tx)
                .await?;
        }
        save_total(&mut tx, count).await?;
        insert(&mut tx, count.id, self.now(), activity).await?;
        Ok(tx.commit().await?)
    }

    /// Takes groups out of an issue and makes them one of their own; answers its id.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn split_issue(
        &self,
        left: &IssueCount,
        new: &NewIssue,
        activity: &NewActivity,
    ) -> Result<i64, StateError> {
        let mut tx = self.begin().await?;
        let id = insert_issue(&mut tx, &new.issue).await?;
        let groups: Vec<Group> = (new.groups.iter())
            .map(|&(fingerprint, variant)| Group { fingerprint, variant, issue_id: id })
            .collect();
        self.assign(&mut tx, &groups).await?;
        save_total(&mut tx, left).await?;
        insert(&mut tx, left.id, self.now(), activity).await?;
        let seen = NewActivity { text: format!("from #{}", left.id), ..activity.clone() };
        insert(&mut tx, id, self.now(), &seen).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Deletes issues with their groups and history.
    ///
    /// # Errors
    /// When the database fails; nothing is changed then.
    pub async fn delete_issues(&self, ids: &[i64]) -> Result<(), StateError> {
        let mut tx = self.begin().await?;
        for id in ids {
            sqlx::query("DELETE FROM issues WHERE id = $1 OR merged_into = $1")
                .bind(id)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }

    async fn assign(
        &self,
        tx: &mut Transaction<'static, Sqlite>,
        groups: &[Group],
    ) -> Result<(), StateError> {
        let now = self.now();
        for groups in groups.chunks(ROWS_AT_ONCE) {
            let mut sql = QueryBuilder::<Sqlite>::new(
                "INSERT INTO issue_groups (fingerprint, variant, issue_id, created_unix_nano) ",
            );
            sql.push_values(groups, |mut row, group| {
                row.push_bind(group.fingerprint).push_bind(group.variant);
                row.push_bind(group.issue_id).push_bind(now);
            });
            sql.push(
                " ON CONFLICT (fingerprint, variant) DO UPDATE SET issue_id = excluded.issue_id",
            );
            sql.build().execute(&mut **tx).await?;
        }
        Ok(())
    }
}

/// Counts and times of an issue after a merge or a split.
async fn save_total(
    tx: &mut Transaction<'static, Sqlite>,
    count: &IssueCount,
) -> Result<(), StateError> {
    sqlx::query(
        "UPDATE issues SET events = $2, first_seen_unix_nano = $3, last_seen_unix_nano = $4
         WHERE id = $1",
    )
    .bind(count.id)
    .bind(count.events)
    .bind(count.first_seen)
    .bind(count.last_seen)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_issue(
    tx: &mut Transaction<'static, Sqlite>,
    issue: &Issue,
) -> Result<i64, StateError> {
    let id = sqlx::query_scalar(
        "INSERT INTO issues (type, message, culprit, level, platform, service, handled, status,
         substatus, workflow, assignee, created_unix_nano, first_seen_unix_nano,
         last_seen_unix_nano, first_release, last_release, events, rates)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         RETURNING id",
    )
    .bind(&issue.kind)
    .bind(&issue.message)
    .bind(&issue.culprit)
    .bind(&issue.level)
    .bind(&issue.platform)
    .bind(&issue.service)
    .bind(issue.handled)
    .bind(&issue.status)
    .bind(&issue.substatus)
    .bind(&issue.workflow)
    .bind(&issue.assignee)
    .bind(issue.created)
    .bind(issue.first_seen)
    .bind(issue.last_seen)
    .bind(&issue.first_release)
    .bind(&issue.last_release)
    .bind(issue.events)
    .bind(&issue.rates)
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Actor;
    use crate::database::tests::open;

    fn issue(kind: &str, message: &str) -> Issue {
        Issue {
            id: 0,
            kind: kind.to_owned(),
            message: message.to_owned(),
            culprit: "shop.cart in total".to_owned(),
            level: "error".to_owned(),
            platform: "python".to_owned(),
            service: "checkout".to_owned(),
            handled: Some(false),
            status: "unresolved".to_owned(),
            substatus: "new".to_owned(),
            workflow: "{}".to_owned(),
            assignee: None,
            created: 1,
            first_seen: 2,
            last_seen: 3,
            first_release: "1.0".to_owned(),
            last_release: String::new(),
            events: 0,
            rates: "{}".to_owned(),
            merged_into: None,
        }
    }

    fn count(id: i64, events: i64) -> IssueCount {
        IssueCount {
            id,
            events,
            first_seen: 1,
            last_seen: 9,
            last_release: "1.1".to_owned(),
            rates: "{}".to_owned(),
        }
    }

    async fn ids(state: &State, query: IssueQuery) -> Vec<i64> {
        state.issues(&query).await.unwrap().into_iter().map(|issue| issue.id).collect()
    }

    #[tokio::test]
    async fn issues_are_made_found_counted_and_decided() {
        let at = open().await;
        let state = &at.state;
        let new = |kind, message, fingerprint| NewIssue {
            issue: issue(kind, message),
            groups: vec![(fingerprint, WHOLE)],
        };
        let new = [new("KeyError", "'Price'", 10), new("ValueError", "no price", 11)];
        let further = [Group { fingerprint: 7, variant: WHOLE, issue_id: 1 }];
        assert_eq!(state.create_issues(&new, &[]).await.unwrap(), [1, 2]);
        assert!(state.create_issues(&[], &further).await.unwrap().is_empty());
        assert_eq!(state.issue_groups().await.unwrap().len(), 3);
        state.save_issue_counts(77, &[count(2, 5)]).await.unwrap();
        assert_eq!(state.errors_counted().await.unwrap(), 77);
        let found = state.issue(2).await.unwrap().unwrap();
        assert_eq!(
            (found.events, &found.last_release[..], &found.first_release[..]),
            (5, "1.1", "1.0")
        );

        let words = |words: &[&str]| IssueQuery {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            ..IssueQuery::default()
        };
        assert_eq!(ids(state, words(&["price"])).await, [1, 2]);
        assert_eq!(ids(state, words(&["price", "keyerror"])).await, [1]);
        assert_eq!(ids(state, words(&["%"])).await, Vec::<i64>::new());
        let decided = ("resolved".to_owned(), String::new(), "{\"a\":1}".to_owned());
        let edit = IssueEdit {
            id: 1,
            decided: Some(decided),
            assignee: Some(Some("anna".to_owned())),
            activity: NewActivity::new(&Actor::server(), "resolved", String::new()),
        };
        let none = IssueEdit { id: 9, ..edit.clone() };
        assert_eq!(state.edit_issues(&[edit, none]).await.unwrap(), [1]);
        assert_eq!(state.issue(1).await.unwrap().unwrap().status, "resolved");
        assert_eq!(ids(state, IssueQuery { assigned: true, ..IssueQuery::default() }).await, [1]);
        let nobody = IssueQuery { assignee: Some(None), ..IssueQuery::default() };
        assert_eq!(ids(state, nobody).await, [2]);
    }

    #[tokio::test]
    async fn issues_are_merged_and_split() {
        let at = open().await;
        let state = &at.state;
        let new =
            |fingerprint| NewIssue { issue: issue("E", "m"), groups: vec![(fingerprint, WHOLE)] };
        state.create_issues(&[new(10), new(11)], &[]).await.unwrap();
        let note = NewActivity::new(&Actor::server(), "merged", String::new());
        state.merge_issues(&[2], &count(1, 8), &note).await.unwrap();
        assert_eq!(ids(state, IssueQuery::default()).await, [1]);
        assert_eq!(state.issue(2).await.unwrap().unwrap().merged_into, Some(1));
        assert!(state.issue_groups().await.unwrap().iter().all(|group| group.issue_id == 1));
        let missing = state.merge_issues(&[99], &count(1, 8), &note).await;
        assert!(matches!(missing, Err(StateError::NoSuchIssue)));

        let split = NewIssue { issue: issue("E", "m"), groups: vec![(11, 5)] };
        let id = state.split_issue(&count(1, 6), &split, &note).await.unwrap();
        let groups = state.issue_groups().await.unwrap();
        assert!(groups.contains(&Group { fingerprint: 11, variant: 5, issue_id: id }));
        assert!(groups.contains(&Group { fingerprint: 11, variant: WHOLE, issue_id: 1 }));
        assert_eq!(state.issue(1).await.unwrap().unwrap().events, 6);

        state.delete_issues(&[1]).await.unwrap();
        assert_eq!(state.issue(2).await.unwrap(), None, "with what was merged into it");
        assert!(state.issue_groups().await.unwrap().iter().all(|group| group.issue_id == id));
    }
}
