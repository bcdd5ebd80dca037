//! Who a caller is: roles for people, scopes for tokens, and how one follows from the other.
//!
//! Invariant: what a principal may do follows from its scopes alone; its role is only a name for
//! them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send telemetry.
    Ingest,
    /// Read what a viewer may read.
    Read,
    /// Everything: includes the other two.
    Admin,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Self; 3] = [Self::Ingest, Self::Read, Self::Admin];

    /// Its name, in the API and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    /// The scope of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads the summary.
    Viewer,
    /// Reads and changes everything.
    Admin,
}

impl Role {
    /// Its name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Admin => "admin",
        }
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scopes {
    /// No scope.
    pub const NONE: Self = Self(0);
    /// The one scope that includes the others.
    pub const ADMIN: Self = Self(Scope::Admin.bit());

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether these scopes permit what `needed` stands for. `admin` permits everything.
    #[must_use]
    pub const fn permit(self, needed: Scope) -> bool {
        self.0 & (needed.bit() | Scope::Admin.bit()) != 0
    }

    /// The role these scopes amount to; none for a token that can only send.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        if self.permit(Scope::Admin) {
            Some(Role::Admin)
        } else if self.permit(Scope::Read) {
            Some(Role::Viewer)
        } else {
            None
        }
    }

    /// The scopes in the set, in a fixed order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.0 & scope.bit() != 0)
    }

    /// Names joined by commas, as the database keeps them.
    pub(crate) fn to_text(self) -> String {
        self.iter().map(Scope::name).collect::<Vec<_>>().join(",")
    }

    /// The reverse of [`Self::to_text`]; `None` when a name is unknown or there is none.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        text.split(',').map(Scope::from_name).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.to_text())
    }
}

/// A caller whose credentials were good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The name of the token, or of the way the session began.
    pub name: String,
    /// What follows from the scopes for a person.
    pub role: Option<Role>,
    /// What the caller may do.
    pub scopes: Scopes,
    /// The token behind it; none when a session began with a sign-in link.
    pub token_id: Option<String>,
}

impl Principal {
    pub(crate) fn new(name: String, scopes: Scopes, token_id: Option<String>) -> Self {
        Self { name, role: scopes.role(), scopes, token_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, role: Option<Role>, permitted: &[Scope]) {
        let scopes = Scopes::from_text(text).unwrap();
        assert_eq!(scopes.role(), role, "{text}");
        for scope in Scope::ALL {
            assert_eq!(scopes.permit(scope), permitted.contains(&scope), "{text}: {scope:?}");
        }
        assert_eq!(Scopes::from_text(&scopes.to_text()), Some(scopes));
    }

    #[test]
    fn scopes_permit_what_they_name_and_admin_permits_all() {
        check("ingest", None, &[Scope::Ingest]);
        check("read", Some(Role::Viewer), &[Scope::Read]);
        check("ingest,read", Some(Role::Viewer), &[Scope::Ingest, Scope::Read]);
        check("admin", Some(Role::Admin), &Scope::ALL);
        assert!(!Scopes::NONE.permit(Scope::Ingest));
    }

    #[test]
    fn an_unknown_scope_is_refused_rather_than_dropped() {
        assert_eq!(Scopes::from_text("read,root"), None);
        assert_eq!(Scopes::from_text(""), None);
    }
}
