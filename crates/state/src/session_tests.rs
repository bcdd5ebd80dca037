//! Sessions against a real database file and a clock the test moves.

use super::*;
use crate::database::tests::{Fixture, open};
use crate::{CreatedToken, NewToken, Role, Scope};

const HOUR: Duration = Duration::from_secs(3_600);

async fn token(at: &Fixture, scope: Scope, lifetime: Option<Duration>) -> CreatedToken {
    let new =
        NewToken { name: "laptop".to_owned(), scopes: [scope].into_iter().collect(), lifetime };
    at.state.create_token(new, &Actor::server()).await.unwrap()
}

async fn begin(at: &Fixture, token: &CreatedToken, lifetime: Duration) -> Option<NewSession> {
    at.state.create_session(token.secret.expose(), lifetime, None).await.unwrap()
}

async fn role(at: &Fixture, session: &NewSession) -> Option<Role> {
    at.state.session(session.secret.expose()).await.unwrap().and_then(|found| found.principal.role)
}

#[tokio::test]
async fn a_session_has_the_role_of_its_token_until_it_is_ended() {
    let at = open().await;
    for (scope, expected) in [(Scope::Read, Role::Viewer), (Scope::Admin, Role::Admin)] {
        let session = begin(&at, &token(&at, scope, None).await, HOUR).await.unwrap();
        assert_eq!(role(&at, &session).await, Some(expected));
        at.state.delete_session(session.secret.expose(), None).await.unwrap();
        assert_eq!(role(&at, &session).await, None);
    }
}

#[tokio::test]
async fn a_token_that_can_only_send_begins_no_session() {
    let at = open().await;
    assert!(begin(&at, &token(&at, Scope::Ingest, None).await, HOUR).await.is_none());
    let log = at.state.audit_entries(None, 1).await.unwrap();
    assert_eq!((log[0].action.as_str(), log[0].outcome), ("session.begin", Outcome::Refused));
}

#[tokio::test]
async fn a_session_ends_with_its_lifetime_or_its_token_whichever_is_first() {
    let at = open().await;
    let start = at.state.now();
    let short = begin(&at, &token(&at, Scope::Admin, None).await, HOUR).await.unwrap();
    let capped = begin(&at, &token(&at, Scope::Admin, Some(HOUR / 2)).await, HOUR).await.unwrap();
    assert_eq!(short.expires - start, 2 * (capped.expires - start));
    at.clock.set(capped.expires);
    assert_eq!(role(&at, &capped).await, None);
    assert_eq!(role(&at, &short).await, Some(Role::Admin));
    at.clock.set(short.expires);
    assert_eq!(role(&at, &short).await, None);
}

#[tokio::test]
async fn revoking_a_token_ends_its_sessions_at_once() {
    let at = open().await;
    let (one, two) = (token(&at, Scope::Admin, None).await, token(&at, Scope::Admin, None).await);
    let ended = begin(&at, &one, HOUR).await.unwrap();
    let kept = begin(&at, &two, HOUR).await.unwrap();
    at.state.revoke_token(&one.info.id, &Actor::server()).await.unwrap();
    assert_eq!(role(&at, &ended).await, None);
    assert_eq!(role(&at, &kept).await, Some(Role::Admin));
}

#[tokio::test]
async fn a_cookie_of_the_right_id_and_wrong_key_is_nobody() {
    let at = open().await;
    let session = begin(&at, &token(&at, Scope::Admin, None).await, HOUR).await.unwrap();
    let stranger = Secret::generate(Kind::Session).unwrap();
    let key = stranger.expose().rsplit('_').next().unwrap();
    let forged = format!("plss_{}_{key}", session.secret.id());
    for cookie in [forged.as_str(), stranger.expose(), "", "plss_", &"x".repeat(10_000)] {
        assert!(at.state.session(cookie).await.unwrap().is_none());
        at.state.delete_session(cookie, None).await.unwrap();
    }
    assert_eq!(role(&at, &session).await, Some(Role::Admin));
}

#[tokio::test]
async fn sessions_are_bounded_and_the_first_to_end_makes_room() {
    let at = open().await;
    let token = token(&at, Scope::Read, None).await;
    let first = begin(&at, &token, HOUR).await.unwrap();
    at.clock.advance(Duration::from_secs(1));
    let principal = first.principal.clone();
    let mut tx = at.state.begin().await.unwrap();
    for _ in 0..SESSIONS_MAX {
        let expires = first.expires + 1;
        begin_session(&mut tx, at.state.now(), principal.clone(), expires).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(role(&at, &first).await, None);
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions")
        .fetch_one(&at.state.pool)
        .await
        .unwrap();
    assert_eq!(count, i64::from(SESSIONS_MAX));
}

#[tokio::test]
async fn a_session_that_begins_while_its_token_is_revoked_is_nobody() {
    let at = open().await;
    let token = token(&at, Scope::Admin, None).await;
    let principal = begin(&at, &token, HOUR).await.unwrap().principal;
    at.state.revoke_token(&token.info.id, &Actor::server()).await.unwrap();
    // The sign-in recognised the token just before, and writes its session just after.
    let mut tx = at.state.begin().await.unwrap();
    let expires = at.state.now() + 1;
    let late = begin_session(&mut tx, at.state.now(), principal, expires).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(role(&at, &late).await, None);
}
