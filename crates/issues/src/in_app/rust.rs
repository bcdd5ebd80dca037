//! What names and paths tell of a frame of Rust.
//!
//! Invariant: a frame whose crate is not known is nobody's by its name.

use plimsoll_model::Frame;

/// Crates whose code is never a service's own.
const LIBRARIES: &[&str] = &[
    "std",
    "core",
    "alloc",
    "proc_macro",
    "test",
    "__rustc",
    "rustc_demangle",
    "backtrace",
    "actix",
    "actix_http",
    "actix_rt",
    "actix_server",
    "actix_web",
    "anyhow",
    "async_std",
    "axum",
    "axum_core",
    "color_eyre",
    "crossbeam",
    "diesel",
    "eyre",
    "futures",
    "futures_core",
    "futures_executor",
    "futures_util",
    "h2",
    "http",
    "http_body",
    "hyper",
    "hyper_util",
    "log",
    "mio",
    "opentelemetry",
    "opentelemetry_sdk",
    "parking_lot",
    "prost",
    "rayon",
    "rayon_core",
    "reqwest",
    "rocket",
    "rustls",
    "sentry",
    "sentry_actix",
    "sentry_anyhow",
    "sentry_backtrace",
    "sentry_contexts",
    "sentry_core",
    "sentry_log",
    "sentry_panic",
    "sentry_slog",
    "sentry_tower",
    "sentry_tracing",
    "serde",
    "serde_json",
    "smol",
    "sqlx",
    "sqlx_core",
    "thiserror",
    "tokio",
    "tokio_rustls",
    "tokio_util",
    "tonic",
    "tower",
    "tower_http",
    "tower_layer",
    "tower_service",
    "tracing",
    "tracing_core",
    "tracing_opentelemetry",
    "tracing_subscriber",
    "ureq",
    "warp",
];

/// Crates that only Rust has: a stack with one of them is of Rust, whatever it is said to be of.
const SIGNS: &[&str] = &["core", "alloc", "__rustc", "sentry_backtrace"];

/// Whether a frame is the service's own. Its path has slashes, and one before it.
pub(super) fn is_ours(function: &str, path: &str) -> bool {
    // The place of a panic has no function beside it.
    let is_place = function.is_empty() && path != "/";
    !is_of_toolchain(path) && (is_place || crates(function).any(|name| !LIBRARIES.contains(&name)))
}

/// Whether a frame is known to be a library's or C's. The SDK of Rust calls all its own that it has not heard
/// of: `axum`, and each function that debug information names without its crate.
pub(super) fn is_foreign(function: &str, path: &str) -> bool {
    let mut named = crates(function).peekable();
    let is_c = named.peek().is_none() && !path.ends_with(".rs");
    is_c || is_of_toolchain(path)
        || (named.peek().is_some() && named.all(|name| LIBRARIES.contains(&name)))
}

/// Whether a stack is one of Rust.
pub(super) fn is_stack(frames: &[Frame]) -> bool {
    frames.iter().any(|frame| {
        let path = if frame.path.is_empty() { &frame.file } else { &frame.path };
        path.ends_with(".rs") || crates(&frame.function).any(|name| SIGNS.contains(&name))
    })
}

fn is_of_toolchain(path: &str) -> bool {
    path.starts_with("/rustc/")
        || path.contains("/.rustup/")
        || path.contains("/library/std/src/")
        || path.contains("/library/core/src/")
        || path.contains("/library/alloc/src/")
}

/// The crates that a function may be of: `<A as B>::f` that of either. A name without a path is C's.
fn crates(function: &str) -> impl Iterator<Item = &str> {
    let inner = match function.strip_prefix('<') {
        Some(inner) => inner.split_once(">::").map_or(inner, |(inner, _)| inner),
        None => function,
    };
    inner.split(" as ").filter_map(|name| {
        let name = name.trim_start_matches(['&', '<', '*', '[', '(', ' ']);
        let name = name.strip_prefix("mut ").or_else(|| name.strip_prefix("dyn ")).unwrap_or(name);
        let (name, _) = name.split_once("::")?;
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (is_plain && !name.is_empty()).then_some(name)
    })
}
