//! The session cookie: the one cookie there is.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use plimsoll_state::Secret;

/// Its name. Fixed: pages and scripts rely on it.
pub(super) const NAME: &str = "plimsoll_session";

/// The value of the session cookie in a request.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then_some(value))
}

/// Gives the browser a session: not readable by scripts, not sent from other sites.
pub(super) fn give(session: &Secret, lifetime: Duration, https: bool) -> HeaderValue {
    set_cookie(session.expose(), lifetime.as_secs(), https)
}

/// Takes the session from the browser.
pub(super) fn take(https: bool) -> HeaderValue {
    set_cookie("", 0, https)
}

fn set_cookie(value: &str, max_age_s: u64, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text =
        format!("{NAME}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}");
    let mut value = HeaderValue::try_from(text).expect("hex digits and names are visible ASCII");
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cookies: &[&str], expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        assert_eq!(session(&headers), expected, "{cookies:?}");
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        check(&["plimsoll_session=a"], Some("a"));
        check(&["theme=dark; plimsoll_session=a;x=y"], Some("a"));
        check(&["theme=dark", "plimsoll_session=a"], Some("a"));
        check(&["plimsoll_session="], Some(""));
        check(&["xplimsoll_session=a", "plimsoll_session", "plimsoll_sessions=b"], None);
        check(&[";;;=;", ""], None);
        check(&[], None);
    }

    #[test]
    fn a_cookie_is_strict_and_secure_over_https() {
        let text = take(true);
        assert_eq!(
            text.to_str().unwrap(),
            "plimsoll_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(!take(false).to_str().unwrap().contains("Secure"));
        assert!(!format!("{text:?}").contains("plimsoll_session"));
    }
}
