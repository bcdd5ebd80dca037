//! What can go wrong with the state database, and which kind of failure a caller sees.
//!
//! Invariant: no text here repeats what a caller sent, since it might be a secret in the wrong
//! place.

use std::path::PathBuf;

use plimsoll_model::ErrorCode;

/// A failure of the state database or a request it refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The database file cannot be created.
    #[error(
        "cannot create the state database {path}: {source}; expected a writable data directory"
    )]
    Create {
        /// The database file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The database file cannot be opened or is no SQLite database.
    #[error("cannot open the state database {path}: {source}")]
    Open {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// A newer version of the product wrote this database.
    #[error(
        "the state database has schema version {found}, this program knows up to {known}; run the \
         version that wrote it, or a newer one"
    )]
    Newer {
        /// The version in the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A migration failed; the database is as it was before.
    #[error("cannot bring the state database to schema version {version}: {source}")]
    Migrate {
        /// The version that could not be reached.
        version: i64,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// A statement failed.
    #[error("the state database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value is not one this program writes.
    #[error("the state database has a row in {table} with an unreadable {column}")]
    Corrupt {
        /// The table of the row.
        table: &'static str,
        /// The column of the value.
        column: &'static str,
    },
    /// The operating system gave no randomness.
    #[error("the operating system gave no random bytes: {0}")]
    Random(getrandom::Error),
    /// A token name that is empty, long or not printable.
    #[error("a token's name has 1 to {max} printable characters")]
    InvalidName {
        /// The longest name, in characters.
        max: usize,
    },
    /// A token without a scope could do nothing.
    #[error("a token needs at least one scope: ingest, read or admin")]
    NoScopes,
    /// A lifetime of nothing, or past the end of time.
    #[error("a lifetime is at least one second and at most {max_days} days")]
    InvalidLifetime {
        /// The longest lifetime, in days.
        max_days: u64,
    },
    /// The table of tokens is full of live ones.
    #[error("there are {max} tokens, which is the limit; revoke one that is not used")]
    TooManyTokens {
        /// How many tokens there can be.
        max: u32,
    },
    /// No token has this id.
    #[error("no token has this id; list the tokens to see the ids")]
    NoSuchToken,
    /// No project has this id.
    #[error("no project has this id; list the projects to see the ids")]
    NoSuchProject,
    /// Two projects cannot have one name.
    #[error("there is a project of this name already")]
    ProjectExists,
    /// The table of projects, or of a project's keys, is full.
    #[error("there are {max} {what}, which is the limit")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there can be.
        max: i64,
    },
    /// Somebody saved other rules in between.
    #[error("the rules were changed to version {version} by {by}; load them and change them again")]
    RulesChanged {
        /// The version in force.
        version: i64,
        /// Who saved it.
        by: String,
    },
    /// No issue has this id.
    #[error("no issue has this id; it may have been merged or deleted")]
    NoSuchIssue,
    /// The table of dashboards is full.
    #[error("there are {max} dashboards, which is the limit; delete one that is not used")]
    TooManyDashboards {
        /// How many dashboards there can be.
        max: i64,
    },
    /// No dashboard has this id.
    #[error("no dashboard has this id; list the dashboards to see the ids")]
    NoSuchDashboard,
    /// Somebody saved a version in between.
    #[error(
        "{by} has saved version {version} of this dashboard meanwhile; load it and change that one, or          save a copy"
    )]
    DashboardChanged {
        /// The newest version.
        version: i64,
        /// Who saved it.
        by: String,
    },
    /// The bootstrap token belongs to the environment.
    #[error(
        "the bootstrap token comes from PLIMSOLL_BOOTSTRAP_TOKEN; unset the variable and restart to \
         remove it"
    )]
    BootstrapToken,
    /// A bootstrap token that could be guessed, or that no header can carry.
    #[error(
        "PLIMSOLL_BOOTSTRAP_TOKEN has {min} to {max} visible ASCII characters; \
         `openssl rand -hex 32` makes a good one"
    )]
    WeakBootstrapToken {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
    },
}

impl StateError {
    /// The kind of failure a caller sees.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Database(_) | Self::Open { .. } | Self::Create { .. } => ErrorCode::Unavailable,
            Self::Newer { .. } | Self::Migrate { .. } => ErrorCode::Unavailable,
            Self::Corrupt { .. } | Self::Random(_) => ErrorCode::Internal,
            Self::InvalidName { .. }
            | Self::NoScopes
            | Self::InvalidLifetime { .. }
            | Self::BootstrapToken
            | Self::WeakBootstrapToken { .. } => ErrorCode::InvalidArgument,
            Self::TooManyTokens { .. } | Self::TooManyDashboards { .. } | Self::TooMany { .. } => {
                ErrorCode::ResourceExhausted
            }
            Self::NoSuchToken | Self::NoSuchDashboard | Self::NoSuchProject | Self::NoSuchIssue => {
                ErrorCode::NotFound
            }
            Self::DashboardChanged { .. } | Self::RulesChanged { .. } | Self::ProjectExists => {
                ErrorCode::Conflict
            }
        }
    }
}
