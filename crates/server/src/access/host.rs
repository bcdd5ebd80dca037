//! By which names the server may be addressed, against DNS rebinding: a page from elsewhere whose
//! name is pointed at this machine sends that name in `Host`, and is refused.
//!
//! An address instead of a name involves no DNS, so a server that listens on every address answers
//! to each of them.
//!
//! Invariant: when a request names several hosts, each must be allowed.

use std::collections::HashSet;
use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Uri, header};
use plimsoll_model::ErrorCode;

use super::AccessConfig;
use crate::problem::Problem;

/// Longest text of a host that is looked at.
const HOST_BYTES_MAX: usize = 300;

/// The names and addresses the server answers to.
#[derive(Debug)]
pub(super) struct AllowedHosts {
    names: HashSet<String>,
    addresses: HashSet<IpAddr>,
    any_address: bool,
}

impl AllowedHosts {
    pub(super) fn new(config: &AccessConfig) -> Self {
        let public = config.public_url.as_ref().and_then(Uri::host);
        let named = config.allowed_hosts.iter().map(String::as_str).chain(public);
        let (mut names, mut addresses) = (HashSet::new(), HashSet::new());
        for name in named.map(|name| name.trim_start_matches('[').trim_end_matches(']')) {
            match name.parse::<IpAddr>() {
                Ok(address) => drop(addresses.insert(address.to_canonical())),
                Err(_) => drop(names.insert(normal(name))),
            }
        }
        let listen = config.listen.iter().map(|address| address.ip().to_canonical());
        let any_address = listen.clone().any(|address| address.is_unspecified());
        addresses.extend(listen);
        Self { names, addresses, any_address }
    }

    /// The host a request is addressed to, if that is one of ours.
    pub(super) fn check<'a>(&self, parts: &'a Parts) -> Result<&'a str, Problem> {
        let mut found = None;
        let headers = parts.headers.get_all(header::HOST).iter();
        let named = headers.map(|value| value.to_str().unwrap_or_default());
        // HTTP/2 and requests to a proxy name the host in the target.
        for text in named.chain(parts.uri.authority().map(Authority::as_str)) {
            if !self.allows(text) {
                return Err(refused());
            }
            found = Some(text);
        }
        found.ok_or_else(refused)
    }

    /// Whether `text`, a host with or without a port, is one of ours.
    pub(super) fn allows(&self, text: &str) -> bool {
        if text.len() > HOST_BYTES_MAX || text.contains('@') {
            return false;
        }
        let Ok(authority) = text.parse::<Authority>() else { return false };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            let address = address.to_canonical();
            return self.any_address || address.is_loopback() || self.addresses.contains(&address);
        }
        let name = normal(host);
        name == "localhost" || name.ends_with(".localhost") || self.names.contains(&name)
    }
}

fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn refused() -> Problem {
    let detail = "this server does not answer to the host that the request names";
    Problem::new(ErrorCode::PermissionDenied, detail)
        .location("header Host")
        .hint("use the address it listens on, or add the name to http.allowed_hosts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn hosts(listen: &str, change: impl FnOnce(&mut AccessConfig)) -> AllowedHosts {
        let mut config = AccessConfig::new(vec![listen.parse().unwrap()]);
        change(&mut config);
        AllowedHosts::new(&config)
    }

    fn check(hosts: &AllowedHosts, allowed: &[&str], refused: &[&str]) {
        for host in allowed {
            assert!(hosts.allows(host), "{host} is refused");
        }
        for host in refused {
            assert!(!hosts.allows(host), "{host} is allowed");
        }
    }

    #[test]
    fn loopback_answers_to_loopback_names_alone() {
        check(
            &hosts("127.0.0.1:7070", |_| ()),
            &[
                "localhost:7070",
                "LocalHost",
                "localhost.",
                "shop.localhost:1",
                "127.0.0.1:7070",
                "127.8.9.1",
                "[::1]:7070",
                "[::ffff:127.0.0.1]",
            ],
            &[
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "evillocalhost",
                "user@localhost",
                "localhost:7070@evil.example",
                "192.0.2.1",
                "0.0.0.0",
                "",
                ":7070",
                "local host",
                "localhost/",
            ],
        );
    }

    #[test]
    fn an_address_answers_to_itself_and_the_unspecified_one_to_all() {
        check(&hosts("192.0.2.1:7070", |_| ()), &["192.0.2.1:9"], &["192.0.2.2", "evil.example"]);
        check(
            &hosts("[::]:7070", |_| ()),
            &["192.0.2.2:7070", "[2001:db8::1]:7070"],
            &["evil.example", "plimsoll"],
        );
    }

    #[test]
    fn configured_names_are_allowed_in_any_case() {
        let hosts = hosts("0.0.0.0:7070", |config| {
            config.public_url = Some(Uri::from_static("https://Plimsoll.example.com:8443"));
            config.allowed_hosts = vec!["Plimsoll".to_owned()];
        });
        check(
            &hosts,
            &["plimsoll.example.com", "PLIMSOLL.example.com:8443", "plimsoll:4318"],
            &["a.plimsoll.example.com", "plimsoll.example.com.evil.example"],
        );
    }

    #[test]
    fn every_host_that_a_request_names_must_be_allowed() {
        let hosts = hosts("127.0.0.1:7070", |_| ());
        let parts = |uri: &str, names: &[&str]| {
            let request = names.iter().fold(Request::get(uri), |r, name| r.header("host", *name));
            request.body(()).unwrap().into_parts().0
        };
        assert_eq!(hosts.check(&parts("/", &["localhost:1"])).unwrap(), "localhost:1");
        assert!(hosts.check(&parts("http://localhost:1/", &[])).is_ok());
        assert!(hosts.check(&parts("/", &[])).is_err());
        assert!(hosts.check(&parts("/", &["localhost", "evil.example"])).is_err());
        assert!(hosts.check(&parts("http://evil.example/", &["localhost"])).is_err());
    }
}
