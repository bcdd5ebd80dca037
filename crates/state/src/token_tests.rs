//! Tokens against a real database file and a clock the test moves.

use super::*;
use crate::Role;
use crate::cache;
use crate::database::tests::{Fixture, open};

const HOUR: Duration = Duration::from_secs(3_600);

fn new(name: &str, scopes: &[Scope], lifetime: Option<Duration>) -> NewToken {
    NewToken { name: name.to_owned(), scopes: scopes.iter().copied().collect(), lifetime }
}

async fn create(at: &Fixture, scopes: &[Scope], lifetime: Option<Duration>) -> CreatedToken {
    at.state.create_token(new("ci", scopes, lifetime), &Actor::server()).await.unwrap()
}

async fn name_of(at: &Fixture, token: &str) -> Option<String> {
    at.state.authenticate(token).await.unwrap().map(|principal| principal.name.clone())
}

#[tokio::test]
async fn a_token_is_its_principal_and_its_secret_is_nowhere_on_disk() {
    let at = open().await;
    let token = create(&at, &[Scope::Ingest, Scope::Read], None).await;
    let principal = at.state.authenticate(token.secret.expose()).await.unwrap().unwrap();
    assert_eq!(principal.name, "ci");
    assert_eq!(principal.role, Some(Role::Viewer));
    assert!(principal.scopes.permit(Scope::Ingest) && !principal.scopes.permit(Scope::Admin));
    at.state.close().await;
    let key = token.secret.expose().rsplit('_').next().unwrap().as_bytes().to_vec();
    for entry in std::fs::read_dir(at.directory.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(16).any(|window| window == &key[..16]));
    }
}

#[tokio::test]
async fn what_is_no_token_is_nobody() {
    let at = open().await;
    let token = create(&at, &[Scope::Admin], None).await;
    let text = token.secret.expose();
    let stranger = Secret::generate(Kind::Token).unwrap();
    let swapped =
        format!("pls_{}_{}", token.info.id, stranger.expose().rsplit('_').next().unwrap());
    let long = "x".repeat(SECRET_BYTES_MAX + 1);
    let others =
        ["", "pls_", &text[..text.len() - 1], stranger.expose(), &swapped, &long, "bootstrap"];
    for other in others {
        assert_eq!(name_of(&at, other).await, None, "{}", other.len());
    }
    // The refusals above have not spoilt the row in the cache.
    assert_eq!(name_of(&at, text).await.as_deref(), Some("ci"));
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once_though_it_was_just_used() {
    let at = open().await;
    let token = create(&at, &[Scope::Admin], None).await;
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    at.state.revoke_token(&token.info.id, &Actor::server()).await.unwrap();
    assert_eq!(name_of(&at, token.secret.expose()).await, None);
    // Twice is no error, and is written down once.
    at.state.revoke_token(&token.info.id, &Actor::server()).await.unwrap();
    let log = at.state.audit_entries(None, 10).await.unwrap();
    assert_eq!(log.iter().filter(|entry| entry.action == "token.revoke").count(), 1);
}

#[tokio::test]
async fn another_process_refuses_a_revoked_token_within_the_time_of_its_cache() {
    let at = open().await;
    let other = State::open(at.directory.path(), at.clock.clone()).await.unwrap();
    let token = create(&at, &[Scope::Admin], None).await;
    assert!(other.authenticate(token.secret.expose()).await.unwrap().is_some());
    at.state.revoke_token(&token.info.id, &Actor::command_line()).await.unwrap();
    at.clock.advance(cache::TTL);
    assert!(other.authenticate(token.secret.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn revocation_wins_against_requests_under_way() {
    let at = open().await;
    for _ in 0..20 {
        let token = create(&at, &[Scope::Ingest], None).await;
        let readers: Vec<_> = (0..4)
            .map(|_| {
                let (state, secret) = (at.state.clone(), token.secret.clone());
                tokio::spawn(async move {
                    for _ in 0..10 {
                        let _ = state.authenticate(secret.expose()).await.unwrap();
                    }
                })
            })
            .collect();
        at.state.revoke_token(&token.info.id, &Actor::server()).await.unwrap();
        assert_eq!(name_of(&at, token.secret.expose()).await, None);
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(name_of(&at, token.secret.expose()).await, None);
    }
}

#[tokio::test]
async fn a_token_ends_with_its_lifetime_even_from_the_cache() {
    let at = open().await;
    let token = create(&at, &[Scope::Read], Some(HOUR)).await;
    at.clock.set(token.info.expires.unwrap() - 1);
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    at.clock.set(token.info.expires.unwrap());
    assert_eq!(name_of(&at, token.secret.expose()).await, None);
}

#[tokio::test]
async fn the_cache_spares_the_database() {
    let at = open().await;
    let token = create(&at, &[Scope::Ingest], None).await;
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    at.state.close().await;
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    at.clock.advance(cache::TTL);
    assert!(at.state.authenticate(token.secret.expose()).await.is_err());
}

#[tokio::test]
async fn the_last_use_is_noted_coarsely() {
    let at = open().await;
    let token = create(&at, &[Scope::Ingest], None).await;
    let start = at.state.now();
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    at.clock.advance(Duration::from_secs(60));
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    assert_eq!(at.state.list_tokens().await.unwrap()[0].last_used, Some(start));
    at.clock.advance(LAST_USED_PRECISION);
    assert!(name_of(&at, token.secret.expose()).await.is_some());
    assert_eq!(at.state.list_tokens().await.unwrap()[0].last_used, Some(at.state.now()));
}

#[tokio::test]
async fn the_bootstrap_token_follows_its_variable() {
    let at = open().await;
    let (one, two) = ("a-long-enough-secret-1", "a-long-enough-secret-2");
    let steps = [
        (Some(one), BootstrapChange::Added, [true, false]),
        (Some(one), BootstrapChange::Unchanged, [true, false]),
        (Some(two), BootstrapChange::Replaced, [false, true]),
        (None, BootstrapChange::Removed, [false, false]),
        (None, BootstrapChange::Unchanged, [false, false]),
    ];
    for (variable, change, accepted) in steps {
        assert_eq!(at.state.set_bootstrap_token(variable).await.unwrap(), change);
        for (token, expected) in [one, two].into_iter().zip(accepted) {
            assert_eq!(name_of(&at, token).await.is_some(), expected, "{change:?}");
        }
        assert_eq!(at.state.has_admin_token().await.unwrap(), variable.is_some());
    }
}

#[tokio::test]
async fn a_replaced_bootstrap_token_ends_its_sessions() {
    let at = open().await;
    let token = "a-long-enough-secret-1";
    at.state.set_bootstrap_token(Some(token)).await.unwrap();
    let session = at.state.create_session(token, HOUR, None).await.unwrap().unwrap();
    assert!(at.state.session(session.secret.expose()).await.unwrap().is_some());
    at.state.set_bootstrap_token(Some("a-long-enough-secret-2")).await.unwrap();
    assert!(at.state.session(session.secret.expose()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_bootstrap_token_may_have_the_shape_of_any_other() {
    let at = open().await;
    let shaped = Secret::generate(Kind::Token).unwrap();
    at.state.set_bootstrap_token(Some(shaped.expose())).await.unwrap();
    assert_eq!(name_of(&at, shaped.expose()).await.as_deref(), Some("bootstrap"));
    let error = at.state.revoke_token(BOOTSTRAP_ID, &Actor::server()).await.unwrap_err();
    assert!(matches!(error, StateError::BootstrapToken));
}

#[tokio::test]
async fn a_bootstrap_token_that_could_be_guessed_is_refused_without_repeating_it() {
    let at = open().await;
    for weak in ["", "hunter2-hunter2", "with a space in its middle", "ünïcödé-is-no-header-value"]
    {
        let error = at.state.set_bootstrap_token(Some(weak)).await.unwrap_err();
        assert!(matches!(error, StateError::WeakBootstrapToken { .. }), "{error}");
        assert!(weak.is_empty() || !format!("{error} {error:?}").contains(weak));
    }
}

#[tokio::test]
async fn bad_wishes_are_refused() {
    let at = open().await;
    let long = "n".repeat(NAME_CHARS_MAX + 1);
    for name in ["", " padded", "line\nbreak", "bell\u{7}", &long] {
        let error = at.state.create_token(new(name, &[Scope::Read], None), &Actor::server()).await;
        assert!(matches!(error, Err(StateError::InvalidName { .. })), "{name:?}");
    }
    let error = at.state.create_token(new("n", &[], None), &Actor::server()).await;
    assert!(matches!(error, Err(StateError::NoScopes)));
    for lifetime in [Duration::ZERO, Duration::MAX] {
        let wish = new("n", &[Scope::Read], Some(lifetime));
        let error = at.state.create_token(wish, &Actor::server()).await;
        assert!(matches!(error, Err(StateError::InvalidLifetime { .. })));
    }
    let error = at.state.revoke_token("0000000000000000", &Actor::server()).await;
    assert!(matches!(error, Err(StateError::NoSuchToken)));
    assert!(at.state.list_tokens().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_table_is_bounded_and_the_dead_make_room() {
    let at = open().await;
    let mut tx = at.state.begin().await.unwrap();
    let now = at.state.now();
    for index in 0..TOKENS_MAX {
        let info = TokenInfo { id: format!("{index:016x}"), ..bootstrap_info(now) };
        insert(&mut tx, &info, &Hash::of("x")).await.unwrap();
    }
    tx.commit().await.unwrap();
    let full = at.state.create_token(new("one more", &[Scope::Read], None), &Actor::server()).await;
    assert!(matches!(full, Err(StateError::TooManyTokens { .. })));
    at.state.revoke_token(&format!("{:016x}", 7), &Actor::server()).await.unwrap();
    create(&at, &[Scope::Read], None).await;
    let ids: Vec<String> =
        at.state.list_tokens().await.unwrap().into_iter().map(|token| token.id).collect();
    assert_eq!(ids.len(), TOKENS_MAX as usize);
    assert!(!ids.contains(&format!("{:016x}", 7)));
}

#[tokio::test]
async fn nothing_that_prints_shows_a_secret() {
    let at = open().await;
    let token = create(&at, &[Scope::Admin], None).await;
    let session = at.state.create_session(token.secret.expose(), HOUR, None).await.unwrap();
    let printed = format!(
        "{token:?} {session:?} {:?} {:?} {:?}",
        at.state,
        at.state.list_tokens().await.unwrap(),
        at.state.audit_entries(None, 100).await.unwrap(),
    );
    for secret in [&token.secret, &session.as_ref().unwrap().secret] {
        let key = secret.expose().rsplit('_').next().unwrap();
        assert!(!printed.contains(&key[..12]), "{printed}");
    }
}
