//! Who sent a row, as the attributes of a resource.
//!
//! What an item says of itself counts before what the caller knows of the envelope: containers hold
//! items of many traces, and their envelopes say nothing.
//!
//! Invariant: each value is short, because every row repeats it.

use plimsoll_model::batch::{ResourceCopies, ResourceRow};

use crate::otlp::write_string;

/// Who sent an envelope. Empty texts stand for what is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin<'a> {
    /// `service.name`.
    pub service: &'a str,
    /// `service.version`.
    pub release: &'a str,
    /// `deployment.environment.name`.
    pub environment: &'a str,
    /// `host.name`.
    pub server_name: &'a str,
    /// `sentry.dist`: the build of the release.
    pub dist: &'a str,
    /// `telemetry.sdk.name`.
    pub sdk_name: &'a str,
    /// `telemetry.sdk.version`.
    pub sdk_version: &'a str,
    /// `sentry.platform`: the language or system.
    pub platform: &'a str,
}

/// Bytes of a value that is kept: releases have at most 250 characters.
const VALUE_BYTES_MAX: usize = 250;

/// What an item says of who sent it, one text a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stated {
    values: [String; KEYS.len()],
}

/// A property of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Service,
    Release,
    Environment,
    ServerName,
    Dist,
    SdkName,
    SdkVersion,
    Platform,
}

/// The attribute of each property in a resource, in the order of [`Key`].
const KEYS: [&str; 8] = [
    "service.name",
    "service.version",
    "deployment.environment.name",
    "host.name",
    "sentry.dist",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
    "sentry.platform",
];

/// The property that an attribute of an item is, if it is one.
pub(super) fn stated_by(key: &str) -> Option<Key> {
    Some(match key {
        "service.name" => Key::Service,
        "sentry.release" => Key::Release,
        "sentry.environment" => Key::Environment,
        "sentry.server_name" | "host.name" => Key::ServerName,
        "sentry.dist" => Key::Dist,
        "sentry.sdk.name" => Key::SdkName,
        "sentry.sdk.version" => Key::SdkVersion,
        "sentry.platform" => Key::Platform,
        _ => return None,
    })
}

/// The start of a text, as long as it may be.
fn short(text: &str) -> &str {
    let mut end = text.len().min(VALUE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl Stated {
    pub(super) fn set(&mut self, key: Key, value: &str) {
        let kept = &mut self.values[key as usize];
        kept.clear();
        kept.push_str(short(value));
    }

    pub(super) fn clear(&mut self) {
        self.values.iter_mut().for_each(String::clear);
    }
}

/// The attributes of a resource, ready to be a row's.
#[derive(Debug, Default)]
pub(super) struct Resource {
    values: [String; KEYS.len()],
    json: Vec<u8>,
}

impl Resource {
    pub(super) fn new(stated: &Stated, origin: &Origin<'_>) -> Self {
        let known = [
            origin.service,
            origin.release,
            origin.environment,
            origin.server_name,
            origin.dist,
            origin.sdk_name,
            origin.sdk_version,
            origin.platform,
        ];
        let mut resource = Self { json: vec![b'{'], ..Self::default() };
        for (at, key) in KEYS.iter().enumerate() {
            let stated = stated.values[at].as_str();
            let value = short(if stated.is_empty() { known[at] } else { stated });
            if value.is_empty() {
                continue;
            }
            if resource.json.len() > 1 {
                resource.json.push(b',');
            }
            write_string(&mut resource.json, key.as_bytes());
            resource.json.push(b':');
            write_string(&mut resource.json, value.as_bytes());
            value.clone_into(&mut resource.values[at]);
        }
        resource.json.push(b'}');
        resource
    }

    pub(super) fn row(&self) -> ResourceRow<'_> {
        let mut copies = ResourceCopies::default();
        for (key, value) in KEYS.iter().zip(&self.values) {
            if !value.is_empty() {
                copies.see(key.as_bytes(), value.as_bytes());
            }
        }
        ResourceRow { copies, attributes: &self.json, ..ResourceRow::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_counts_before_its_envelope() {
        let origin = Origin { service: "shop", release: "old", ..Origin::default() };
        let mut stated = Stated::default();
        stated.set(Key::Release, "shop@1.4.2");
        stated.set(Key::ServerName, &"é".repeat(200));
        let resource = Resource::new(&stated, &origin);
        let json = String::from_utf8(resource.json.clone()).unwrap();
        let host = "é".repeat(125);
        let expected = format!(
            r#"{{"service.name":"shop","service.version":"shop@1.4.2","host.name":"{host}"}}"#
        );
        assert_eq!(json, expected);
        assert_eq!(resource.row().copies.service_name(), b"shop");
    }
}
