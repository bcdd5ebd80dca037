//! Who sends: the public key of a project, in a header, in the query or in a DSN.
//!
//! Invariants: the key is the only thing that counts; the secret that old DSNs have is neither kept
//! nor shown.

/// What a sender says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Auth {
    /// The key of the project.
    pub public_key: String,
    /// The version of the protocol, `7`; empty where it is not said.
    pub version: String,
    /// The SDK, `sentry.python/2.75.0`; empty where it is not said.
    pub client: String,
}

/// Bytes of a header, a query or a DSN that are looked at.
const TEXT_BYTES_MAX: usize = 8 << 10;

/// Whether a text can be a key. SDKs have 32 hexadecimal digits; ours may have others.
fn is_key(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

impl Auth {
    /// Reads the value of `X-Sentry-Auth`, or of `Authorization` where its scheme is `Sentry`:
    /// `Sentry sentry_key=…, sentry_version=7, sentry_client=sentry.python/2.75.0`.
    #[must_use]
    pub fn from_header(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("sentry") || value.len() > TEXT_BYTES_MAX {
            return None;
        }
        let pairs = rest.split(',').filter_map(|pair| pair.split_once('='));
        Self::from_pairs(
            pairs.map(|(key, value)| (key.trim(), value.trim().trim_matches('"').to_owned())),
        )
    }

    /// Reads a query, `sentry_key=…&sentry_version=7`, without its question mark.
    #[must_use]
    pub fn from_query(query: &str) -> Option<Self> {
        if query.len() > TEXT_BYTES_MAX {
            return None;
        }
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self::from_pairs(pairs.map(|(key, value)| (key, percent_decoded(value))))
    }

    fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> Option<Self> {
        let mut auth = Self::default();
        for (key, value) in pairs {
            match key {
                "sentry_key" => auth.public_key = value,
                "sentry_version" => auth.version = value,
                "sentry_client" => auth.client = value,
                _ => {}
            }
        }
        is_key(&auth.public_key).then_some(auth)
    }

    /// What the DSN in an envelope's header says.
    #[must_use]
    pub fn from_dsn(dsn: &str) -> Option<Self> {
        let public_key = Dsn::parse(dsn).ok()?.public_key;
        Some(Self { public_key, ..Self::default() })
    }
}

/// Undoes `%2F` and `+`. What is not UTF-8 afterwards becomes U+FFFD.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digit = |at: usize| after.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        (rest, _) = match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => (&after[2..], bytes.push((high << 4 | low) as u8)),
            (b'+', ..) => (after, bytes.push(b' ')),
            _ => (after, bytes.push(*first)),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where an SDK sends to and as whom: `https://key@host:port/prefix/7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dsn {
    /// `http` or `https`.
    pub scheme: String,
    /// The key of the project.
    pub public_key: String,
    /// Host and port.
    pub authority: String,
    /// What stands before `/api/` in the path of requests; empty or `/prefix`.
    pub path_prefix: String,
    /// The project.
    pub project: String,
}

/// Why a text is no DSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the DSN: expected https://<key>@<host>/<project>, found {0}")]
pub struct DsnError(&'static str);

impl Dsn {
    /// Takes a DSN apart.
    ///
    /// # Errors
    ///
    /// A part is missing or cannot be one.
    pub fn parse(text: &str) -> Result<Self, DsnError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return Err(DsnError("a text over 8 KiB"));
        }
        let (scheme, rest) = text.split_once("://").ok_or(DsnError("no scheme"))?;
        if !matches!(scheme, "http" | "https") {
            return Err(DsnError("another scheme than http and https"));
        }
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_once('/').ok_or(DsnError("no project"))?;
        let (keys, authority) = authority.rsplit_once('@').ok_or(DsnError("no key"))?;
        let public_key = keys.split(':').next().unwrap_or_default();
        if !is_key(public_key) {
            return Err(DsnError("no key of letters and digits"));
        }
        if authority.is_empty() {
            return Err(DsnError("no host"));
        }
        let path = path.trim_end_matches('/');
        let (prefix, project) = path.rsplit_once('/').unwrap_or(("", path));
        if project.is_empty() {
            return Err(DsnError("no project"));
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            public_key: public_key.to_owned(),
            authority: authority.to_owned(),
            path_prefix: if prefix.is_empty() { String::new() } else { format!("/{prefix}") },
            project: project.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn auth(version: &str, client: &str) -> Option<Auth> {
        let (version, client) = (version.to_owned(), client.to_owned());
        Some(Auth { public_key: KEY.to_owned(), version, client })
    }

    #[test]
    fn headers() {
        let check = |value: &str, expected: Option<Auth>| {
            assert_eq!(Auth::from_header(value), expected, "{value}");
        };
        let full = format!(
            "Sentry sentry_key={KEY}, sentry_version=7, sentry_client=sentry.python/2.75.0"
        );
        check(&full, auth("7", "sentry.python/2.75.0"));
        check(
            &format!("sentry  sentry_version=7,sentry_key=\"{KEY}\",sentry_secret=x"),
            auth("7", ""),
        );
        check(&format!("Sentry sentry_timestamp=1,sentry_key={KEY}"), auth("", ""));
        check(&format!("Bearer sentry_key={KEY}"), None);
        check("Sentry sentry_version=7", None);
        check("Sentry sentry_key=", None);
        check("Sentry sentry_key=a b", None);
        check("Sentry", None);
        check("", None);
    }

    #[test]
    fn queries() {
        let check = |query: &str, expected: Option<Auth>| {
            assert_eq!(Auth::from_query(query), expected, "{query}");
        };
        let query = format!(
            "sentry_version=7&sentry_key={KEY}&sentry_client=sentry.javascript.node%2F11.12.0"
        );
        check(&query, auth("7", "sentry.javascript.node/11.12.0"));
        check(&format!("a&&b=&sentry_key={KEY}&sentry_client=a+b%"), auth("", "a b%"));
        check("sentry_key=%2f", None);
        check("sentry_key", None);
    }

    #[test]
    fn dsns() {
        let dsn = Dsn::parse("https://k1:secret@sentry.example.com:9000/a/b/42?x=1").unwrap();
        let expected = Dsn {
            scheme: "https".to_owned(),
            public_key: "k1".to_owned(),
            authority: "sentry.example.com:9000".to_owned(),
            path_prefix: "/a/b".to_owned(),
            project: "42".to_owned(),
        };
        assert_eq!(dsn, expected);
        let dsn = Dsn::parse("http://k:@[::1]:80/7/").unwrap();
        assert_eq!((&*dsn.authority, &*dsn.path_prefix, &*dsn.project), ("[::1]:80", "", "7"));
        for (text, found) in [
            ("", "no scheme"),
            ("ftp://k@h/1", "another scheme than http and https"),
            ("https://h/1", "no key"),
            ("https://@h/1", "no key of letters and digits"),
            ("https://k@/1", "no host"),
            ("https://k@h", "no project"),
            ("https://k@h/", "no project"),
        ] {
            assert_eq!(Dsn::parse(text), Err(DsnError(found)), "{text}");
        }
        assert_eq!(Auth::from_dsn(&format!("https://{KEY}@h/1")), auth("", ""));
    }
}
