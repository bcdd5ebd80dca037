//! Sessions of the web page: begun with a token or a sign-in code, carried in a cookie.
//!
//! Invariants: a session never outlives or outranks the token it began with; it is never used to
//! send telemetry alone, so a token that can only send begins none; there are never more than
//! [`SESSIONS_MAX`] of them.

use std::net::IpAddr;
use std::time::Duration;

use plimsoll_model::UnixNano;
use sqlx::SqliteConnection;

use crate::audit::{self, Actor, AuditRecord, Outcome};
use crate::secret::{Hash, Kind, SECRET_BYTES_MAX, Secret, parse_id};
use crate::token::expiry;
use crate::{Principal, Scopes, State, StateError};

/// Most sessions at one time; the one that would end first makes room.
const SESSIONS_MAX: u32 = 1_000;

/// A session just begun, with the secret that goes into the cookie.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What the cookie carries.
    pub secret: Secret,
    /// Who signed in.
    pub principal: Principal,
    /// From when on it is refused.
    pub expires: UnixNano,
}

/// A session that a cookie proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its public id.
    pub id: String,
    /// Who signed in.
    pub principal: Principal,
    /// From when on it is refused.
    pub expires: UnixNano,
}

type Row = (String, String, String, Option<String>, i64);

impl State {
    /// Begins a session with a token. None when the token is not good for one; the audit log then
    /// has the attempt.
    ///
    /// # Errors
    /// When the lifetime is no lifetime or the database fails.
    pub async fn create_session(
        &self,
        token: &str,
        lifetime: Duration,
        remote: Option<IpAddr>,
    ) -> Result<Option<NewSession>, StateError> {
        let now = self.now();
        let expires = expiry(now, lifetime)?;
        let row = self.live_token(token).await?.filter(|row| row.principal.role.is_some());
        let Some(row) = row else {
            self.audit_refused_sign_in("with a token", remote).await?;
            return Ok(None);
        };
        let expires = row.info.expires.map_or(expires, |end| end.min(expires));
        let mut tx = self.begin().await?;
        let principal = Principal::clone(&row.principal);
        let session = begin_session(&mut tx, now, principal, expires).await?;
        audit_sign_in(&mut tx, now, &session, "with a token", remote).await?;
        tx.commit().await?;
        Ok(Some(session))
    }

    /// The session this cookie value is; none when it is unknown or over, or its token is.
    ///
    /// # Errors
    /// When the database fails. A caller must then refuse.
    pub async fn session(&self, cookie: &str) -> Result<Option<Session>, StateError> {
        let Some(id) = session_id(cookie) else { return Ok(None) };
        let sql = "SELECT sessions.hash, sessions.name, sessions.scopes, sessions.token_id,
                sessions.expires_unix_nano
            FROM sessions LEFT JOIN tokens ON tokens.id = sessions.token_id
            WHERE sessions.id = $1 AND sessions.expires_unix_nano > $2
                AND tokens.revoked_unix_nano IS NULL
                AND (tokens.expires_unix_nano IS NULL OR tokens.expires_unix_nano > $2)";
        let row: Option<Row> =
            sqlx::query_as(sql).bind(id).bind(self.now()).fetch_optional(&self.pool).await?;
        let Some((hash, name, scopes, token_id, expires)) = row else { return Ok(None) };
        let corrupt = |column| StateError::Corrupt { table: "sessions", column };
        if !Hash::from_hex(&hash).ok_or(corrupt("hash"))?.matches(&Hash::of(cookie)) {
            return Ok(None);
        }
        let scopes = Scopes::from_text(&scopes).ok_or(corrupt("scopes"))?;
        let principal = Principal::new(name, scopes, token_id);
        Ok(Some(Session { id: id.to_owned(), principal, expires }))
    }

    /// Ends the session of this cookie value, if it is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session(
        &self,
        cookie: &str,
        remote: Option<IpAddr>,
    ) -> Result<(), StateError> {
        let Some(session) = self.session(cookie).await? else { return Ok(()) };
        let now = self.now();
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(&session.id)
            .execute(&mut *tx)
            .await?;
        let actor = Actor { name: session.principal.name, remote };
        let record = AuditRecord {
            action: "session.end",
            object: &session.id,
            detail: "",
            outcome: Outcome::Done,
        };
        audit::write(&mut tx, now, &actor, record).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that somebody failed to sign in; not what they sent.
    pub(crate) async fn audit_refused_sign_in(
        &self,
        how: &str,
        remote: Option<IpAddr>,
    ) -> Result<(), StateError> {
        let record = AuditRecord {
            action: "session.begin",
            object: "",
            detail: how,
            outcome: Outcome::Refused,
        };
        self.audit(&Actor::anonymous(remote), record).await
    }
}

fn session_id(cookie: &str) -> Option<&str> {
    if cookie.len() > SECRET_BYTES_MAX {
        return None;
    }
    parse_id(Kind::Session, cookie)
}

/// Writes a new session within a transaction, after those that are over or too many.
pub(crate) async fn begin_session(
    connection: &mut SqliteConnection,
    now: UnixNano,
    principal: Principal,
    expires: UnixNano,
) -> Result<NewSession, StateError> {
    let prune = "DELETE FROM sessions WHERE expires_unix_nano <= $1 OR id IN (
        SELECT id FROM sessions ORDER BY expires_unix_nano DESC LIMIT 1000000 OFFSET $2)";
    sqlx::query(prune)
        .bind(now)
        .bind(i64::from(SESSIONS_MAX - 1))
        .execute(&mut *connection)
        .await?;
    let secret = Secret::generate(Kind::Session)?;
    let sql = "INSERT INTO sessions
            (id, hash, name, scopes, token_id, created_unix_nano, expires_unix_nano)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sqlx::query(sql)
        .bind(secret.id())
        .bind(Hash::of(secret.expose()).to_hex())
        .bind(&principal.name)
        .bind(principal.scopes.to_text())
        .bind(&principal.token_id)
        .bind(now)
        .bind(expires)
        .execute(connection)
        .await?;
    Ok(NewSession { secret, principal, expires })
}

pub(crate) async fn audit_sign_in(
    connection: &mut SqliteConnection,
    now: UnixNano,
    session: &NewSession,
    how: &str,
    remote: Option<IpAddr>,
) -> Result<(), StateError> {
    let actor = Actor { name: session.principal.name.clone(), remote };
    let record = AuditRecord {
        action: "session.begin",
        object: session.secret.id(),
        detail: how,
        outcome: Outcome::Done,
    };
    audit::write(connection, now, &actor, record).await
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
