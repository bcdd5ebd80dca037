//! API tokens: made, listed, revoked, and recognised in requests; and the bootstrap token that
//! belongs to the environment.
//!
//! Invariants: a token is stored as its hash and shown once; a revoked or expired token is refused
//! at once by the process that revoked it, and within the cache's few seconds by others; there are
//! never more than [`TOKENS_MAX`] rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use plimsoll_model::UnixNano;
use sqlx::SqliteConnection;

use crate::audit::{self, Actor, AuditRecord, Outcome};
use crate::cache::Found;
use crate::database::nanos;
use crate::secret::{Hash, Kind, SECRET_BYTES_MAX, Secret, parse_id};
use crate::{Principal, Scope, Scopes, State, StateError};

/// The id of the token from `PLIMSOLL_BOOTSTRAP_TOKEN`. No generated id looks like it.
pub const BOOTSTRAP_ID: &str = "bootstrap";

/// Most rows in the table, dead ones included.
const TOKENS_MAX: u32 = 1_000;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// Longest life.
const LIFETIME_DAYS_MAX: u64 = 3_650;
/// The time of last use is kept to this precision, to spare the disk.
const LAST_USED_PRECISION: Duration = Duration::from_secs(600);
/// Fewest characters of a bootstrap token, which we do not make ourselves.
const BOOTSTRAP_CHARS_MIN: usize = 16;

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// How long it lives; none is until it is revoked.
    pub lifetime: Option<Duration>,
}

/// What is known about a token. Nothing here is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its public id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created: UnixNano,
    /// From when on it is refused.
    pub expires: Option<UnixNano>,
    /// When it was revoked.
    pub revoked: Option<UnixNano>,
    /// When it was last used, to about ten minutes.
    pub last_used: Option<UnixNano>,
}

impl TokenInfo {
    /// Whether it is accepted at this time.
    #[must_use]
    pub fn is_live(&self, now: UnixNano) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// A token just made, with the secret that is shown this once.
#[derive(Clone, Debug)]
pub struct CreatedToken {
    /// What is known about it.
    pub info: TokenInfo,
    /// The token itself.
    pub secret: Secret,
}

/// What became of the bootstrap token at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootstrapChange {
    /// It is what it was, or was and is absent.
    Unchanged,
    /// There was none.
    Added,
    /// The variable changed: the old token and its sessions are gone.
    Replaced,
    /// The variable is absent: the token and its sessions are gone.
    Removed,
}

/// A row with what a request needs of it.
pub(crate) struct TokenRow {
    pub(crate) info: TokenInfo,
    pub(crate) hash: Hash,
    pub(crate) principal: Arc<Principal>,
    /// The last use as the database has it, or as a request is just writing it.
    noted: AtomicI64,
}

type Row = (String, String, String, String, i64, Option<i64>, Option<i64>, Option<i64>);

const COLUMNS: &str = "SELECT id, name, scopes, hash, created_unix_nano, expires_unix_nano,
    revoked_unix_nano, last_used_unix_nano FROM tokens";

impl State {
    /// Makes a token.
    ///
    /// # Errors
    /// For a bad name, no scope, a bad lifetime, too many tokens, or when the database fails.
    pub async fn create_token(
        &self,
        new: NewToken,
        actor: &Actor,
    ) -> Result<CreatedToken, StateError> {
        check_name(&new.name)?;
        if new.scopes.is_empty() {
            return Err(StateError::NoScopes);
        }
        let now = self.now();
        let expires = new.lifetime.map(|lifetime| expiry(now, lifetime)).transpose()?;
        let secret = Secret::generate(Kind::Token)?;
        let info = TokenInfo {
            id: secret.id().to_owned(),
            name: new.name,
            scopes: new.scopes,
            created: now,
            expires,
            revoked: None,
            last_used: None,
        };
        let mut tx = self.begin().await?;
        make_room(&mut tx, now).await?;
        insert(&mut tx, &info, &Hash::of(secret.expose())).await?;
        let detail = format!("{} ({})", info.name, info.scopes.to_text());
        let record = AuditRecord {
            action: "token.create",
            object: &info.id,
            detail: &detail,
            outcome: Outcome::Done,
        };
        audit::write(&mut tx, now, actor, record).await?;
        tx.commit().await?;
        Ok(CreatedToken { info, secret })
    }

    /// All tokens, dead ones included, the newest first. Never more than 1,000.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tokens(&self) -> Result<Vec<TokenInfo>, StateError> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY created_unix_nano DESC, id"));
        let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(&self.pool).await?;
        rows.into_iter().map(|row| token_row(row).map(|row| row.info)).collect()
    }

    /// Revokes a token and ends the sessions begun with it. Revoking twice is no error.
    ///
    /// # Errors
    /// When there is no such token, it is the bootstrap token, or the database fails.
    pub async fn revoke_token(&self, id: &str, actor: &Actor) -> Result<(), StateError> {
        if id == BOOTSTRAP_ID {
            return Err(StateError::BootstrapToken);
        }
        let now = self.now();
        let _forget = self.tokens.forget_when_done();
        let mut tx = self.begin().await?;
        let name: Option<String> = sqlx::query_scalar("SELECT name FROM tokens WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let name = name.ok_or(StateError::NoSuchToken)?;
        let revoke = "UPDATE tokens SET revoked_unix_nano = $2
            WHERE id = $1 AND revoked_unix_nano IS NULL";
        let revoked = sqlx::query(revoke).bind(id).bind(now).execute(&mut *tx).await?;
        if revoked.rows_affected() == 1 {
            end_sessions(&mut tx, id).await?;
            let record = AuditRecord {
                action: "token.revoke",
                object: id,
                detail: &name,
                outcome: Outcome::Done,
            };
            audit::write(&mut tx, now, actor, record).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Who presents this token; none when it is unknown, expired or revoked.
    ///
    /// # Errors
    /// When the database fails. A caller must then refuse.
    pub async fn authenticate(&self, token: &str) -> Result<Option<Arc<Principal>>, StateError> {
        Ok(self.live_token(token).await?.map(|row| row.principal.clone()))
    }

    /// Whether some live token has the admin scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_admin_token(&self) -> Result<bool, StateError> {
        let now = self.now();
        let tokens = self.list_tokens().await?;
        Ok(tokens.iter().any(|token| token.scopes.permit(Scope::Admin) && token.is_live(now)))
    }

    /// Makes the stored bootstrap token what the environment says: added, replaced or removed.
    ///
    /// # Errors
    /// When the token is too short to be one, or the database fails.
    pub async fn set_bootstrap_token(
        &self,
        token: Option<&str>,
    ) -> Result<BootstrapChange, StateError> {
        if let Some(token) = token {
            check_bootstrap(token)?;
        }
        let hash = token.map(Hash::of);
        let now = self.now();
        let _forget = self.tokens.forget_when_done();
        let mut tx = self.begin().await?;
        let before = read_row(&mut tx, BOOTSTRAP_ID).await?;
        let (change, action) = match (&before, &hash) {
            (None, None) => return Ok(BootstrapChange::Unchanged),
            (Some(row), Some(hash)) if row.hash.matches(hash) => {
                return Ok(BootstrapChange::Unchanged);
            }
            (None, Some(_)) => (BootstrapChange::Added, "bootstrap_token.add"),
            (Some(_), Some(_)) => (BootstrapChange::Replaced, "bootstrap_token.replace"),
            (Some(_), None) => (BootstrapChange::Removed, "bootstrap_token.remove"),
        };
        // The sessions of a removed token go with it, by the foreign key.
        sqlx::query("DELETE FROM tokens WHERE id = $1")
            .bind(BOOTSTRAP_ID)
            .execute(&mut *tx)
            .await?;
        if let Some(hash) = &hash {
            make_room(&mut tx, now).await?;
            insert(&mut tx, &bootstrap_info(now), hash).await?;
        }
        let record = AuditRecord {
            action,
            object: BOOTSTRAP_ID,
            detail: "from PLIMSOLL_BOOTSTRAP_TOKEN",
            outcome: Outcome::Done,
        };
        audit::write(&mut tx, now, &Actor::server(), record).await?;
        tx.commit().await?;
        Ok(change)
    }

    /// The live token this text is. Its row is found by the public id; only then is the hash of the
    /// whole text compared. A bootstrap token may have any shape, so it is always a candidate.
    pub(crate) async fn live_token(
        &self,
        token: &str,
    ) -> Result<Option<Arc<TokenRow>>, StateError> {
        if token.is_empty() || token.len() > SECRET_BYTES_MAX {
            return Ok(None);
        }
        let now = self.now();
        let presented = Hash::of(token);
        for id in parse_id(Kind::Token, token).into_iter().chain([BOOTSTRAP_ID]) {
            let Some(row) = self.cached_row(id, now).await? else { continue };
            if row.hash.matches(&presented) && row.info.is_live(now) {
                self.note_use(&row, now).await;
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    async fn cached_row(
        &self,
        id: &str,
        now: UnixNano,
    ) -> Result<Option<Arc<TokenRow>>, StateError> {
        let began = match self.tokens.get(id, now) {
            Found::Row(row) => return Ok(row),
            Found::ReadIt(began) => began,
        };
        let row = read_row(&mut *self.pool.acquire().await?, id).await?.map(Arc::new);
        if row.is_some() || id == BOOTSTRAP_ID {
            self.tokens.put(id, row.clone(), now, began);
        }
        Ok(row)
    }

    /// Notes that a token was used, if the last note is old. A failure is logged, not returned: a
    /// full disk must not keep callers out.
    async fn note_use(&self, row: &TokenRow, now: UnixNano) {
        let noted = row.noted.load(Ordering::Relaxed);
        if now.saturating_sub(noted) < nanos(LAST_USED_PRECISION) {
            return;
        }
        // Of many requests at once, one writes; after a failure the next reading of the row tries.
        if row.noted.compare_exchange(noted, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let sql = "UPDATE tokens SET last_used_unix_nano = $2 WHERE id = $1";
        let written = sqlx::query(sql).bind(&row.info.id).bind(now).execute(&self.pool).await;
        if let Err(error) = written {
            tracing::warn!(token = row.info.id, %error, "cannot note the use of a token");
        }
    }
}

async fn read_row(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<TokenRow>, StateError> {
    let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"));
    let row: Option<Row> = sqlx::query_as(sql).bind(id).fetch_optional(connection).await?;
    row.map(token_row).transpose()
}

fn token_row(row: Row) -> Result<TokenRow, StateError> {
    let corrupt = |column| StateError::Corrupt { table: "tokens", column };
    let (id, name, scopes, hash, created, expires, revoked, last_used) = row;
    let scopes = Scopes::from_text(&scopes).ok_or(corrupt("scopes"))?;
    let hash = Hash::from_hex(&hash).ok_or(corrupt("hash"))?;
    let principal = Arc::new(Principal::new(name.clone(), scopes, Some(id.clone())));
    let noted = AtomicI64::new(last_used.unwrap_or(UnixNano::MIN));
    let info = TokenInfo { id, name, scopes, created, expires, revoked, last_used };
    Ok(TokenRow { info, hash, principal, noted })
}

async fn insert(
    connection: &mut SqliteConnection,
    info: &TokenInfo,
    hash: &Hash,
) -> Result<(), StateError> {
    let sql = "INSERT INTO tokens (id, name, scopes, hash, created_unix_nano, expires_unix_nano)
        VALUES ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(&info.id)
        .bind(&info.name)
        .bind(info.scopes.to_text())
        .bind(hash.to_hex())
        .bind(info.created)
        .bind(info.expires)
        .execute(connection)
        .await?;
    Ok(())
}

/// Keeps the table bounded: where it is full, the token that died first leaves it.
async fn make_room(connection: &mut SqliteConnection, now: UnixNano) -> Result<(), StateError> {
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM tokens").fetch_one(&mut *connection).await?;
    if count < i64::from(TOKENS_MAX) {
        return Ok(());
    }
    let sql = "DELETE FROM tokens WHERE id = (SELECT id FROM tokens
        WHERE revoked_unix_nano IS NOT NULL OR expires_unix_nano <= $1
        ORDER BY COALESCE(revoked_unix_nano, expires_unix_nano) LIMIT 1)";
    let removed = sqlx::query(sql).bind(now).execute(connection).await?;
    match removed.rows_affected() {
        0 => Err(StateError::TooManyTokens { max: TOKENS_MAX }),
        _ => Ok(()),
    }
}

async fn end_sessions(connection: &mut SqliteConnection, token: &str) -> Result<(), StateError> {
    sqlx::query("DELETE FROM sessions WHERE token_id = $1").bind(token).execute(connection).await?;
    Ok(())
}

fn bootstrap_info(now: UnixNano) -> TokenInfo {
    TokenInfo {
        id: BOOTSTRAP_ID.to_owned(),
        name: BOOTSTRAP_ID.to_owned(),
        scopes: Scopes::ADMIN,
        created: now,
        expires: None,
        revoked: None,
        last_used: None,
    }
}

fn check_name(name: &str) -> Result<(), StateError> {
    let length = name.chars().count();
    let printable = !name.chars().any(char::is_control) && name.trim() == name;
    match printable && (1..=NAME_CHARS_MAX).contains(&length) {
        true => Ok(()),
        false => Err(StateError::InvalidName { max: NAME_CHARS_MAX }),
    }
}

/// A header must be able to carry it, and nobody may guess it.
fn check_bootstrap(token: &str) -> Result<(), StateError> {
    let visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    match visible && (BOOTSTRAP_CHARS_MIN..=SECRET_BYTES_MAX).contains(&token.len()) {
        true => Ok(()),
        false => {
            Err(StateError::WeakBootstrapToken { min: BOOTSTRAP_CHARS_MIN, max: SECRET_BYTES_MAX })
        }
    }
}

/// When something that lives this long from now ends.
pub(crate) fn expiry(now: UnixNano, lifetime: Duration) -> Result<UnixNano, StateError> {
    let longest = Duration::from_secs(LIFETIME_DAYS_MAX * 86_400);
    match (Duration::from_secs(1)..=longest).contains(&lifetime) {
        true => Ok(now.saturating_add(nanos(lifetime))),
        false => Err(StateError::InvalidLifetime { max_days: LIFETIME_DAYS_MAX }),
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
