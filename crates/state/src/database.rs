//! Opens the database, brings its schema up to date and hands out transactions.
//!
//! Invariants: a commit is on the disk when it returns (WAL with `synchronous = FULL`); writers
//! take the write lock at `BEGIN`, so no transaction fails halfway for want of it; several
//! processes may have the database open (the server and the command line).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use plimsoll_model::{Clock, UnixNano};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Sqlite, Transaction};

use crate::StateError;
use crate::cache::TokenCache;

/// The file in the data directory.
const FILE_NAME: &str = "state.db";

/// How long a statement waits for another process's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request waits for a connection before it is refused.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// One writer and a few readers; each connection is a thread and a page cache.
const CONNECTIONS_MAX: u32 = 4;

/// Page cache of one connection: the whole database is rarely larger. Negative means KiB.
const CACHE_SIZE_PRAGMA: &str = "-512";

/// The write-ahead file is cut back to this after a checkpoint.
const JOURNAL_SIZE_LIMIT_PRAGMA: &str = "4194304";

/// Schema versions in order, each with the SQL that reaches it from the one before.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_access.sql")),
    (2, include_str!("../migrations/0002_dashboards.sql")),
    (3, include_str!("../migrations/0003_errors.sql")),
];

/// A handle on the state database; clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: SqlitePool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tokens: Arc<TokenCache>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl State {
    /// Opens `state.db` in a data directory that exists, creates it where absent (readable by its
    /// owner only), and runs the migrations it lacks.
    ///
    /// # Errors
    /// When the file cannot be created or opened, is no database, or is newer than this program.
    pub async fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, StateError> {
        // SQLite's busy timeout does not cover the switch to its log: one opening at a time here.
        static OPENING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _opening = OPENING.lock().await;
        let path = directory.join(FILE_NAME);
        create_private(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(false)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("cache_size", CACHE_SIZE_PRAGMA)
            .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT_PRAGMA)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options)
            .await
            .map_err(|source| StateError::Open { path: path.clone(), source })?;
        let state = Self { pool, clock, tokens: Arc::new(TokenCache::default()) };
        state.migrate(&path).await?;
        Ok(state)
    }

    /// Waits for statements under way and closes the file. Later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn now(&self) -> UnixNano {
        self.clock.now()
    }

    /// A transaction that holds the write lock from its start.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StateError> {
        Ok(self.pool.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// All in one transaction, so that of two processes that start at once one waits and then finds
    /// nothing to do, and a failure leaves the database as it was.
    async fn migrate(&self, path: &Path) -> Result<(), StateError> {
        let open = |source| StateError::Open { path: PathBuf::from(path), source };
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(open)?;
        let versions = "CREATE TABLE IF NOT EXISTS migrations (
            version BIGINT NOT NULL PRIMARY KEY, applied_unix_nano BIGINT NOT NULL)";
        sqlx::query(versions).execute(&mut *tx).await.map_err(open)?;
        let found: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM migrations")
            .fetch_one(&mut *tx)
            .await
            .map_err(open)?;
        let known = MIGRATIONS.last().map_or(0, |(version, _)| *version);
        if found > known {
            return Err(StateError::Newer { found, known });
        }
        for (version, sql) in MIGRATIONS.iter().filter(|(version, _)| *version > found) {
            let failed = |source| StateError::Migrate { version: *version, source };
            sqlx::raw_sql(*sql).execute(&mut *tx).await.map_err(failed)?;
            sqlx::query("INSERT INTO migrations (version, applied_unix_nano) VALUES ($1, $2)")
                .bind(version)
                .bind(self.now())
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
        }
        Ok(tx.commit().await?)
    }
}

/// Creates the file where it is absent. SQLite gives its side files the same permissions.
fn create_private(path: &Path) -> Result<(), StateError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(source) => Err(StateError::Create { path: path.to_owned(), source }),
    }
}

/// A length of time as nanoseconds; an absurd one is the longest there is.
pub(crate) fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use tempfile::TempDir;

    use super::*;

    /// A clock the test moves.
    pub(crate) struct TestClock(AtomicI64);

    impl TestClock {
        pub(crate) fn advance(&self, by: Duration) {
            self.0.fetch_add(nanos(by), Ordering::SeqCst);
        }

        pub(crate) fn set(&self, to: UnixNano) {
            self.0.store(to, Ordering::SeqCst);
        }
    }

    impl Clock for TestClock {
        fn now(&self) -> UnixNano {
            self.0.load(Ordering::SeqCst)
        }
    }

    pub(crate) struct Fixture {
        pub(crate) state: State,
        pub(crate) clock: Arc<TestClock>,
        pub(crate) directory: TempDir,
    }

    pub(crate) async fn open() -> Fixture {
        let directory = TempDir::new().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_700_000_000_000_000_000)));
        let state = State::open(directory.path(), clock.clone()).await.unwrap();
        Fixture { state, clock, directory }
    }

    async fn pragma(state: &State, name: &'static str) -> String {
        let row = sqlx::query(name).fetch_one(&state.pool).await.unwrap();
        use sqlx::Row;
        row.try_get_unchecked::<String, _>(0).unwrap()
    }

    #[tokio::test]
    async fn a_commit_is_durable_and_foreign_keys_hold() {
        let at = open().await;
        assert_eq!(pragma(&at.state, "PRAGMA journal_mode").await, "wal");
        assert_eq!(pragma(&at.state, "PRAGMA synchronous").await, "2");
        assert_eq!(pragma(&at.state, "PRAGMA foreign_keys").await, "1");
        assert_eq!(pragma(&at.state, "PRAGMA busy_timeout").await, "5000");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_read_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let at = open().await;
        for entry in std::fs::read_dir(at.directory.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        }
    }

    #[tokio::test]
    async fn opening_again_and_at_once_migrates_once() {
        let directory = TempDir::new().unwrap();
        let clock: Arc<TestClock> = Arc::new(TestClock(AtomicI64::new(1)));
        let (one, two) = tokio::join!(
            State::open(directory.path(), clock.clone()),
            State::open(directory.path(), clock.clone())
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        one.close().await;
        two.close().await;
        let again = State::open(directory.path(), clock).await.unwrap();
        let runs: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM migrations")
            .fetch_one(&again.pool)
            .await
            .unwrap();
        assert_eq!(runs, i64::try_from(MIGRATIONS.len()).unwrap());
    }

    #[tokio::test]
    async fn a_newer_database_is_refused_and_left_alone() {
        let at = open().await;
        sqlx::query("INSERT INTO migrations VALUES (99, 0)").execute(&at.state.pool).await.unwrap();
        at.state.close().await;
        let error = State::open(at.directory.path(), at.clock.clone()).await.unwrap_err();
        assert!(matches!(error, StateError::Newer { found: 99, known: 3 }), "{error}");
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named_in_the_error() {
        let directory = TempDir::new().unwrap();
        std::fs::write(directory.path().join(FILE_NAME), vec![b'x'; 8_192]).unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1)));
        let error = State::open(directory.path(), clock).await.unwrap_err();
        assert!(matches!(error, StateError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains("state.db"), "{error}");
    }

    #[tokio::test]
    async fn a_directory_that_is_absent_is_named_in_the_error() {
        let directory = TempDir::new().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1)));
        let error = State::open(&directory.path().join("none"), clock).await.unwrap_err();
        assert!(matches!(error, StateError::Create { .. }), "{error:?}");
    }
}
