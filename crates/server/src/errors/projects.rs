//! Which keys may send errors, for which project.

use std::collections::HashMap;

use plimsoll_state::Project;

use super::Errors;
use crate::access::state_problem;
use crate::problem::Problem;

/// Projects by the keys in use.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    by_key: HashMap<String, (i64, std::sync::Arc<str>)>,
}

impl Projects {
    pub(super) fn of(projects: Vec<Project>) -> Self {
        let mut by_key = HashMap::new();
        for project in projects {
            let name: std::sync::Arc<str> = project.name.into();
            for key in project.keys.into_iter().filter(|key| key.revoked.is_none()) {
                by_key.insert(key.public_key, (project.id, name.clone()));
            }
        }
        Self { by_key }
    }

    /// The project of a key, and its name.
    pub(crate) fn find(&self, public_key: &str) -> Option<(i64, std::sync::Arc<str>)> {
        self.by_key.get(public_key).cloned()
    }
}

impl Errors {
    /// Which keys may send.
    pub(crate) fn projects(&self) -> std::sync::Arc<Projects> {
        self.projects.read().clone()
    }

    /// Reads them again after a change.
    pub(crate) async fn reload_projects(&self) -> Result<(), Problem> {
        let projects = self.state.projects().await.map_err(state_problem)?;
        *self.projects.write() = std::sync::Arc::new(Projects::of(projects));
        Ok(())
    }
}
