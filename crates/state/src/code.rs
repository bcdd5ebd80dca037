//! One-time sign-in codes: what a printed link carries into the browser.
//!
//! Invariants: a code signs in once, however many ask at the same time; the first use and the
//! session it begins are one transaction; there are never more than [`CODES_MAX`] unused codes.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::SqliteConnection;

use crate::audit::{self, Actor, AuditRecord, Outcome};
use crate::secret::{Hash, Kind, SECRET_BYTES_MAX, Secret, parse_id};
use crate::session::{audit_sign_in, begin_session};
use crate::token::expiry;
use crate::{NewSession, Principal, Scopes, State, StateError};

/// Most codes at one time; the oldest makes room.
const CODES_MAX: u32 = 16;

/// What a session is called that a link began.
const PRINCIPAL_NAME: &str = "sign-in link";

impl State {
    /// Makes a code that signs in as admin, once, within its lifetime.
    ///
    /// # Errors
    /// When the lifetime is no lifetime or the database fails.
    pub async fn issue_sign_in_code(
        &self,
        lifetime: Duration,
        actor: &Actor,
    ) -> Result<Secret, StateError> {
        let now = self.now();
        let expires = expiry(now, lifetime)?;
        let secret = Secret::generate(Kind::Code)?;
        let mut tx = self.begin().await?;
        let prune = "DELETE FROM sign_in_codes
            WHERE used_unix_nano IS NOT NULL OR expires_unix_nano <= $1 OR id IN (
                SELECT id FROM sign_in_codes ORDER BY created_unix_nano DESC, id
                LIMIT 1000000 OFFSET $2)";
        sqlx::query(prune).bind(now).bind(i64::from(CODES_MAX - 1)).execute(&mut *tx).await?;
        let sql = "INSERT INTO sign_in_codes (id, hash, created_unix_nano, expires_unix_nano)
            VALUES ($1, $2, $3, $4)";
        sqlx::query(sql)
            .bind(secret.id())
            .bind(Hash::of(secret.expose()).to_hex())
            .bind(now)
            .bind(expires)
            .execute(&mut *tx)
            .await?;
        let record = AuditRecord {
            action: "sign_in_code.issue",
            object: secret.id(),
            detail: "",
            outcome: Outcome::Done,
        };
        audit::write(&mut tx, now, actor, record).await?;
        tx.commit().await?;
        Ok(secret)
    }

    /// Spends a code and begins an admin's session. None when the code is unknown, spent or over;
    /// the audit log then has the attempt.
    ///
    /// # Errors
    /// When the lifetime is no lifetime or the database fails.
    pub async fn redeem_sign_in_code(
        &self,
        code: &str,
        lifetime: Duration,
        remote: Option<IpAddr>,
    ) -> Result<Option<NewSession>, StateError> {
        let now = self.now();
        let expires = expiry(now, lifetime)?;
        let id = if code.len() > SECRET_BYTES_MAX { None } else { parse_id(Kind::Code, code) };
        if let Some(id) = id {
            // Holding the write lock, so that of two who ask at once the second finds it spent.
            let mut tx = self.begin().await?;
            if spend(&mut tx, id, &Hash::of(code), now).await? {
                let principal = Principal::new(PRINCIPAL_NAME.to_owned(), Scopes::ADMIN, None);
                let session = begin_session(&mut tx, now, principal, expires).await?;
                audit_sign_in(&mut tx, now, &session, "with a sign-in link", remote).await?;
                tx.commit().await?;
                return Ok(Some(session));
            }
        }
        self.audit_refused_sign_in("with a sign-in link", remote).await?;
        Ok(None)
    }
}

/// Marks the code as spent; false when there is none to spend.
async fn spend(
    connection: &mut SqliteConnection,
    id: &str,
    presented: &Hash,
    now: i64,
) -> Result<bool, StateError> {
    let sql = "SELECT hash FROM sign_in_codes
        WHERE id = $1 AND used_unix_nano IS NULL AND expires_unix_nano > $2";
    let hash: Option<String> =
        sqlx::query_scalar(sql).bind(id).bind(now).fetch_optional(&mut *connection).await?;
    let Some(hash) = hash else { return Ok(false) };
    let corrupt = StateError::Corrupt { table: "sign_in_codes", column: "hash" };
    if !Hash::from_hex(&hash).ok_or(corrupt)?.matches(presented) {
        return Ok(false);
    }
    let spend = "UPDATE sign_in_codes SET used_unix_nano = $2
        WHERE id = $1 AND used_unix_nano IS NULL";
    let spent = sqlx::query(spend).bind(id).bind(now).execute(connection).await?;
    Ok(spent.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use crate::database::tests::open;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn a_code_signs_in_once_as_admin() {
        let at = open().await;
        let code = at.state.issue_sign_in_code(HOUR, &Actor::server()).await.unwrap();
        let session = at.state.redeem_sign_in_code(code.expose(), HOUR, None).await.unwrap();
        let session = session.unwrap();
        assert_eq!(session.principal.role, Some(Role::Admin));
        assert!(at.state.session(session.secret.expose()).await.unwrap().is_some());
        assert!(at.state.redeem_sign_in_code(code.expose(), HOUR, None).await.unwrap().is_none());
        let log = at.state.audit_entries(None, 10).await.unwrap();
        let log: Vec<_> = log.iter().map(|entry| (entry.action.as_str(), entry.outcome)).collect();
        assert_eq!(
            log,
            [
                ("session.begin", Outcome::Refused),
                ("session.begin", Outcome::Done),
                ("sign_in_code.issue", Outcome::Done)
            ]
        );
    }

    #[tokio::test]
    async fn of_many_who_redeem_one_code_at_once_one_succeeds() {
        let at = open().await;
        for _ in 0..5 {
            let code = at.state.issue_sign_in_code(HOUR, &Actor::server()).await.unwrap();
            let tries: Vec<_> = (0..16)
                .map(|_| {
                    let (state, code) = (at.state.clone(), code.clone());
                    tokio::spawn(async move {
                        state.redeem_sign_in_code(code.expose(), HOUR, None).await.unwrap()
                    })
                })
                .collect();
            let mut succeeded = 0;
            for attempt in tries {
                succeeded += usize::from(attempt.await.unwrap().is_some());
            }
            assert_eq!(succeeded, 1);
        }
    }

    #[tokio::test]
    async fn a_code_of_the_right_id_and_wrong_key_is_refused_and_not_spent() {
        let at = open().await;
        let code = at.state.issue_sign_in_code(HOUR, &Actor::server()).await.unwrap();
        let last = if code.expose().ends_with('0') { '1' } else { '0' };
        let mut wrong = code.expose().to_owned();
        wrong.pop();
        wrong.push(last);
        assert!(at.state.redeem_sign_in_code(&wrong, HOUR, None).await.unwrap().is_none());
        assert!(at.state.redeem_sign_in_code(code.expose(), HOUR, None).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_code_ends_with_its_lifetime() {
        let at = open().await;
        let code = at.state.issue_sign_in_code(HOUR, &Actor::server()).await.unwrap();
        at.clock.advance(HOUR);
        assert!(at.state.redeem_sign_in_code(code.expose(), HOUR, None).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_oldest_of_too_many_codes_makes_room() {
        let at = open().await;
        let mut codes = Vec::new();
        for _ in 0..=CODES_MAX {
            codes.push(at.state.issue_sign_in_code(HOUR, &Actor::server()).await.unwrap());
            at.clock.advance(Duration::from_secs(1));
        }
        let first = at.state.redeem_sign_in_code(codes[0].expose(), HOUR, None).await.unwrap();
        assert!(first.is_none());
        let second = at.state.redeem_sign_in_code(codes[1].expose(), HOUR, None).await.unwrap();
        assert!(second.is_some());
    }
}
