//! The state database: tokens, sessions, sign-in codes and the audit log, in SQLite through `sqlx`.
//!
//! Invariants: no secret is stored or logged, only its SHA-256; every change that an admin makes is
//! in the audit log in the same transaction; time comes from the injected clock; every table is
//! bounded. This crate knows no HTTP.

mod attachment;
mod audit;
mod cache;
mod code;
mod dashboard;
mod database;
mod error;
mod issue;
mod issue_activity;
mod issue_search;
mod monitor;
mod principal;
mod project;
mod release;
mod secret;
mod session;
mod source_map;
mod token;

pub use attachment::{AttachmentRow, FeedbackRow};
pub use audit::{Actor, AuditEntry, AuditRecord, Outcome};
pub use dashboard::{DashboardHead, DashboardText, DashboardVersion, StoredDashboard};
pub use database::State;
pub use error::StateError;
pub use issue::{Group, Issue, IssueCount, IssueEdit, IssueQuery, NewIssue, WHOLE};
pub use issue_activity::{Activity, NewActivity};
pub use issue_search::{GroupingRules, IssueSearch};
pub use monitor::{CheckInRow, MonitorRow};
pub use principal::{Principal, Role, Scope, Scopes};
pub use project::{Project, ProjectKey};
pub use release::{Deploy, ReleaseRow, ReleaseService};
pub use secret::{SECRET_BYTES_MAX, Secret};
pub use session::{NewSession, Session};
pub use source_map::SourceMapRow;
pub use token::{BOOTSTRAP_ID, BootstrapChange, CreatedToken, NewToken, TokenInfo};
