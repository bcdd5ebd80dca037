//! Releases: what is known of each, how many errors and crashes it had, and where it was deployed.

use std::collections::HashMap;

use plimsoll_query::{ErrorSearch, ReleaseCount, SessionStats, rfc3339};
use plimsoll_state::{Deploy, IssueQuery, ReleaseRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::Errors;
use super::types::some;
use crate::access::state_problem;
use crate::api::query_problem;
use crate::problem::Problem;

/// Sessions of a release.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ReleaseSessions {
    /// All.
    total: u64,
    /// That an error ended.
    crashed: u64,
    /// With an error that was handled, or worse.
    errored: u64,
    /// That ended as they should not.
    abnormal: u64,
    /// Those that did not crash, of all: 0 to 1.
    crash_free_sessions: f64,
    /// Users.
    users: u64,
    /// Users without a session that crashed, of all: 0 to 1; null where no users are known.
    crash_free_users: Option<f64>,
}

/// A deploy.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Deploy)]
pub(crate) struct DeployView {
    /// Its number.
    pub(crate) id: i64,
    /// The release.
    pub(crate) release: String,
    /// Where to.
    pub(crate) environment: String,
    /// The services that the release was seen in.
    pub(crate) services: Vec<String>,
    /// When it was done.
    pub(crate) at: String,
    /// When it began.
    pub(crate) started_at: Option<String>,
    /// What it is called.
    pub(crate) name: Option<String>,
    /// Where to read about it.
    pub(crate) url: Option<String>,
}

/// A release.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Release)]
pub(crate) struct ReleaseDetail {
    /// Its version.
    version: String,
    /// Services that it was seen in.
    services: Vec<String>,
    /// When it was first heard of.
    created_at: String,
    /// When it was released, where somebody said so.
    released_at: Option<String>,
    /// The commit or branch it was built from.
    r#ref: Option<String>,
    /// Where to read about it.
    url: Option<String>,
    /// Its commits, as they were sent.
    #[schema(value_type = Vec<Object>)]
    commits: serde_json::Value,
    /// Its first error within the range.
    first_event: Option<String>,
    /// Its last error within the range.
    last_event: Option<String>,
    /// Issues that were first seen in it.
    new_issues: usize,
    /// Errors within the range.
    events: u64,
    /// Its sessions within the range; null where there is none.
    sessions: Option<ReleaseSessions>,
    /// Where it was deployed, the newest first.
    deploys: Vec<DeployView>,
}

/// What is counted of releases.
struct Counted {
    errors: HashMap<String, ReleaseCount>,
    sessions: HashMap<String, SessionStats>,
    new_issues: HashMap<String, usize>,
    services: HashMap<String, Vec<String>>,
    deploys: HashMap<String, Vec<Deploy>>,
}

/// A share that is 1 of nothing.
fn share(bad: u64, all: u64) -> f64 {
    if all == 0 { 1.0 } else { all.saturating_sub(bad) as f64 / all as f64 }
}

impl ReleaseSessions {
    fn of(stats: &SessionStats) -> Option<Self> {
        (stats.total > 0).then(|| Self {
            total: stats.total,
            crashed: stats.crashed,
            errored: stats.errored,
            abnormal: stats.abnormal,
            crash_free_sessions: share(stats.crashed, stats.total),
            users: stats.users,
            crash_free_users: (stats.users > 0).then(|| share(stats.users_crashed, stats.users)),
        })
    }
}

impl Errors {
    /// Releases, the newest first, after so many.
    pub(crate) async fn releases(
        &self,
        search: ErrorSearch,
        skip: usize,
        limit: usize,
    ) -> Result<(Vec<ReleaseDetail>, bool), Problem> {
        let releases = self.state.releases().await.map_err(state_problem)?;
        let counted = self.count_releases(&search).await?;
        let wanted = |release: &ReleaseRow| match &search.service {
            None => true,
            Some(service) => {
                counted.services.get(&release.version).is_some_and(|of| of.contains(service))
            }
        };
        let mut found = releases.into_iter().filter(wanted).skip(skip);
        let page: Vec<ReleaseDetail> =
            found.by_ref().take(limit).map(|release| counted.detail(release)).collect();
        Ok((page, found.next().is_some()))
    }

    /// One release.
    pub(crate) async fn release(
        &self,
        version: &str,
        search: ErrorSearch,
    ) -> Result<Option<ReleaseDetail>, Problem> {
        let releases = self.state.releases().await.map_err(state_problem)?;
        let Some(release) = releases.into_iter().find(|release| release.version == version) else {
            return Ok(None);
        };
        Ok(Some(self.count_releases(&search).await?.detail(release)))
    }

    /// Deploys within a range.
    pub(crate) async fn deploys(&self, search: &ErrorSearch) -> Result<Vec<DeployView>, Problem> {
        let services = self.services_of_releases().await?;
        let range = (search.window.from, search.window.to);
        let deploys = self.state.deploys(range).await.map_err(state_problem)?;
        let wanted = |deploy: &DeployView| {
            search.service.as_ref().is_none_or(|service| {
                deploy.services.is_empty() || deploy.services.contains(service)
            }) && search.environment.as_ref().is_none_or(|name| *name == deploy.environment)
        };
        let view = |deploy: Deploy| {
            let services = services.get(&deploy.version).cloned().unwrap_or_default();
            deploy_view(deploy, services)
        };
        Ok(deploys.into_iter().map(view).filter(wanted).collect())
    }

    async fn services_of_releases(&self) -> Result<HashMap<String, Vec<String>>, Problem> {
        let mut services: HashMap<String, Vec<String>> = HashMap::new();
        for seen in self.state.release_services().await.map_err(state_problem)? {
            services.entry(seen.version).or_default().push(seen.service);
        }
        Ok(services)
    }

    async fn count_releases(&self, search: &ErrorSearch) -> Result<Counted, Problem> {
        let errors = self.engine.error_releases(search.clone()).await.map_err(query_problem)?;
        let sessions = self.engine.session_stats(search.clone()).await.map_err(query_problem)?;
        let issues = self.state.issues(&IssueQuery::default()).await.map_err(state_problem)?;
        let mut new_issues: HashMap<String, usize> = HashMap::new();
        for issue in issues {
            *new_issues.entry(issue.first_release).or_default() += 1;
        }
        let all = (i64::MIN, i64::MAX);
        let mut deploys: HashMap<String, Vec<Deploy>> = HashMap::new();
        for deploy in self.state.deploys(all).await.map_err(state_problem)?.into_iter().rev() {
            deploys.entry(deploy.version.clone()).or_default().push(deploy);
        }
        Ok(Counted {
            errors: errors.into_iter().map(|count| (count.version.clone(), count)).collect(),
            sessions,
            new_issues,
            services: self.services_of_releases().await?,
            deploys,
        })
    }
}

/// A deploy as the API shows it.
pub(crate) fn deploy_view(deploy: Deploy, services: Vec<String>) -> DeployView {
    DeployView {
        id: deploy.id,
        release: deploy.version,
        environment: deploy.environment,
        services,
        at: rfc3339(deploy.finished),
        started_at: deploy.started.map(rfc3339),
        name: some(&deploy.name),
        url: some(&deploy.url),
    }
}

impl Counted {
    fn detail(&self, release: ReleaseRow) -> ReleaseDetail {
        let version = &release.version;
        let errors = self.errors.get(version);
        let services = self.services.get(version).cloned().unwrap_or_default();
        let deploys = self.deploys.get(version).cloned().unwrap_or_default();
        ReleaseDetail {
            created_at: rfc3339(release.created),
            released_at: release.released.map(rfc3339),
            r#ref: some(&release.reference),
            url: some(&release.url),
            commits: serde_json::from_str(&release.commits).unwrap_or_default(),
            first_event: errors.map(|count| rfc3339(count.first)),
            last_event: errors.map(|count| rfc3339(count.last)),
            new_issues: self.new_issues.get(version).copied().unwrap_or(0),
            events: errors.map_or(0, |count| count.events),
            sessions: self.sessions.get(version).and_then(ReleaseSessions::of),
            deploys: (deploys.into_iter())
                .map(|deploy| deploy_view(deploy, services.clone()))
                .collect(),
            services,
            version: release.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_nothing_are_whole() {
        let stats = SessionStats { total: 1_000, crashed: 3, users: 0, ..SessionStats::default() };
        let sessions = ReleaseSessions::of(&stats).unwrap();
        assert!((sessions.crash_free_sessions - 0.997).abs() < 1e-9);
        assert_eq!(sessions.crash_free_users, None);
        assert!(ReleaseSessions::of(&SessionStats::default()).is_none());
    }
}
