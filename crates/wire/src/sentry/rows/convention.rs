//! OpenTelemetry's names for what SDKs name otherwise: of attributes, kinds and statuses.
//!
//! The newer names are those of the semantic conventions; the older ones are what SDKs sent before
//! they took them up, and what OpenTelemetry itself gave up.

/// Older names of attributes and the newer ones.
const RENAMED: [(&str, &str); 30] = [
    ("http.method", "http.request.method"),
    ("http.request_method", "http.request.method"),
    ("http.status_code", "http.response.status_code"),
    ("http.response_status_code", "http.response.status_code"),
    ("http.url", "url.full"),
    ("url", "url.full"),
    ("http.target", "url.path"),
    ("http.query", "url.query"),
    ("http.fragment", "url.fragment"),
    ("http.scheme", "url.scheme"),
    ("http.host", "server.address"),
    ("http.server_name", "server.address"),
    ("net.peer.name", "server.address"),
    ("net.peer.port", "server.port"),
    ("http.user_agent", "user_agent.original"),
    ("http.flavor", "network.protocol.version"),
    ("http.request_content_length", "http.request.body.size"),
    ("http.response_content_length", "http.response.body.size"),
    ("http.client_ip", "client.address"),
    ("user.ip_address", "client.address"),
    ("db.system", "db.system.name"),
    ("db.name", "db.namespace"),
    ("db.statement", "db.query.text"),
    ("db.operation", "db.operation.name"),
    ("db.sql.table", "db.collection.name"),
    ("db.mongodb.collection", "db.collection.name"),
    ("messaging.destination", "messaging.destination.name"),
    ("code.filepath", "code.file.path"),
    ("code.lineno", "code.line.number"),
    ("code.function", "code.function.name"),
];

/// Attributes that members of a span or transaction become as well.
const FILLED: [&str; 9] = [
    "sentry.origin",
    "sentry.span.source",
    "user.id",
    "user.email",
    "user.name",
    "process.runtime.name",
    "process.runtime.version",
    "os.name",
    "os.version",
];

/// Keys whose value is a whole number, also where it is sent as a text.
const WHOLE: [&str; 5] = [
    "http.response.status_code",
    "server.port",
    "http.request.body.size",
    "http.response.body.size",
    "code.line.number",
];

/// What a key is called now.
pub(super) fn current(key: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == key).map_or(key, |(_, new)| new)
}

/// Whether a key's value is a whole number.
pub(super) fn is_whole(key: &str) -> bool {
    WHOLE.contains(&key)
}

/// The key itself, where more than one thing that SDKs send may become an attribute of this name.
pub(super) fn shared(key: &str) -> Option<&'static str> {
    let renamed = RENAMED.iter().map(|(_, new)| *new);
    renamed.chain(FILLED).find(|known| *known == key)
}

/// The name of a measurement as an attribute: web vitals have one.
pub(super) fn measurement(name: &str) -> String {
    match name {
        "lcp" | "fcp" | "fp" | "cls" | "inp" | "ttfb" => format!("browser.web_vital.{name}.value"),
        _ => name.to_owned(),
    }
}

/// OTLP's numbers of span kinds.
const INTERNAL: i8 = 1;
const SERVER: i8 = 2;
const CLIENT: i8 = 3;
const PRODUCER: i8 = 4;
const CONSUMER: i8 = 5;

/// The kind that an attribute names, in any case.
pub(super) fn named_kind(name: &str) -> Option<i8> {
    const NAMES: [(&str, i8); 5] = [
        ("internal", INTERNAL),
        ("server", SERVER),
        ("client", CLIENT),
        ("producer", PRODUCER),
        ("consumer", CONSUMER),
    ];
    NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
}

/// The kind of a span of this operation.
pub(super) fn kind_of(operation: &str) -> i8 {
    let mut parts = operation.split('.');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (first, second) {
        ("http" | "rpc" | "grpc" | "graphql" | "websocket", "server") => SERVER,
        ("http" | "rpc" | "grpc" | "graphql" | "websocket", "client") => CLIENT,
        ("db" | "cache", _) | ("http" | "rpc" | "grpc", "") => CLIENT,
        ("queue" | "messaging" | "message", "publish" | "submit" | "send" | "create") => PRODUCER,
        ("queue" | "messaging" | "message", "process" | "receive" | "task") => CONSUMER,
        _ => INTERNAL,
    }
}

/// OTLP's number of a status and the message that goes with it.
///
/// Of the names that SDKs use (those of gRPC) `cancelled` and `unknown` say that there is no
/// result, not that it is bad: they stay unset.
pub(super) fn status_of(name: &str) -> (i8, &str) {
    const UNSET: i8 = 0;
    const OK: i8 = 1;
    const ERROR: i8 = 2;
    match name {
        "" | "unset" => (UNSET, ""),
        "ok" | "success" | "0" => (OK, ""),
        "cancelled" | "canceled" | "unknown" => (UNSET, ""),
        "error" | "failure" => (ERROR, ""),
        other => (ERROR, other),
    }
}

/// OTLP's severity number of a level.
pub(super) fn severity_of(level: &str) -> i8 {
    const LEVELS: [(&str, i8); 10] = [
        ("trace", 1),
        ("debug", 5),
        ("info", 9),
        ("log", 9),
        ("warn", 13),
        ("warning", 13),
        ("error", 17),
        ("fatal", 21),
        ("critical", 21),
        ("panic", 21),
    ];
    let known = LEVELS.iter().find(|(known, _)| known.eq_ignore_ascii_case(level));
    known.map_or(0, |(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_kinds() {
        for (operation, kind) in [
            ("http.server", SERVER),
            ("http.server.middleware", SERVER),
            ("http.client", CLIENT),
            ("http", CLIENT),
            ("db", CLIENT),
            ("db.sql.query", CLIENT),
            ("cache.get", CLIENT),
            ("grpc.server", SERVER),
            ("queue.publish", PRODUCER),
            ("queue.process", CONSUMER),
            ("queue.task.celery", CONSUMER),
            ("function", INTERNAL),
            ("", INTERNAL),
            ("dbx", INTERNAL),
            ("https.client", INTERNAL),
        ] {
            assert_eq!(kind_of(operation), kind, "{operation}");
        }
    }

    #[test]
    fn names_are_renamed_once() {
        for (old, new) in RENAMED {
            assert_eq!(current(old), new);
            assert_eq!(current(new), new);
        }
    }
}
