//! What a route asks of its caller.

use plimsoll_state::Scope;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Anybody. Credentials are not looked at.
    Public,
    /// Anybody, from any page: the handler asks for a project's key.
    Key,
    /// Who may send telemetry: scope `ingest`; anybody where the settings say so.
    Ingest,
    /// Who may read the summary: scope `read`.
    Viewer,
    /// Scope `admin`, which includes all the others.
    Admin,
}

impl Rule {
    /// The scope that a caller needs; none where anybody may call.
    #[must_use]
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::Public | Self::Key => None,
            Self::Ingest => Some(Scope::Ingest),
            Self::Viewer => Some(Scope::Read),
            Self::Admin => Some(Scope::Admin),
        }
    }
}
