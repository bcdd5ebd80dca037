//! What settings resolve to, and what is said about those that do not.

use super::*;

fn resolve(file: &str, flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut raw = RawConfig::default();
    raw.add_text("plimsoll.toml", file)?;
    for (name, value) in flags {
        raw.add_flag(Key::find(name).unwrap(), (*value).to_owned());
    }
    Config::resolve(raw)
}

fn check_error(file: &str, flags: &[(&str, &str)], expected: &str) {
    assert_eq!(resolve(file, flags).unwrap_err().to_string(), expected);
}

#[test]
fn defaults_are_safe_and_complete() {
    let config = resolve("", &[("memory", "256MiB")]).unwrap();
    assert_eq!(config.data, PathBuf::from("./data"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:7070");
    assert_eq!(config.otlp.grpc.unwrap().to_string(), "127.0.0.1:4317");
    assert_eq!(config.otlp.http.unwrap().to_string(), "127.0.0.1:4318");
    assert!(!config.otlp.require_token && config.tls.is_none() && !config.self_observe);
    assert_eq!(config.otlp.body_bytes_max, config.memory.body_bytes_max());
    assert_eq!(config.retention.disk_bytes_max, None);
}

#[test]
fn every_default_parses() {
    // `resolve` reads each setting once; a default that does not parse would fail here.
    resolve("", &[]).unwrap();
}

#[test]
fn wrong_values_name_their_place_and_what_was_expected() {
    check_error(
        "",
        &[("memory", "lots")],
        "--memory is \"lots\", expected a size like 512MiB or 4GiB",
    );
    check_error("", &[("memory", "64MiB")], "--memory is \"64MiB\", expected at least 128MiB");
    check_error(
        "[retention]\ntraces = 7",
        &[],
        "plimsoll.toml: retention.traces is \"7\", expected a duration like 30s, 15m or 7d",
    );
    check_error(
        "",
        &[("listen", "example.org")],
        "--listen is \"example.org\", expected an address like 127.0.0.1:7070; port 0 takes any \
         free port",
    );
    check_error("", &[("tls.cert", "a.pem")], "tls.cert and tls.key go together; set both");
    let error = resolve("", &[("memory", "256MiB"), ("otlp.body_max", "64MiB")]).unwrap_err();
    assert!(error.to_string().contains("at most "), "{error}");
}

#[test]
fn beyond_loopback_needs_tls_and_tokens_or_an_override() {
    let exposed = ("listen", "0.0.0.0:7070");
    let error = resolve("", &[exposed]).unwrap_err().to_string();
    assert!(error.contains("refusing to listen on 0.0.0.0:7070"), "{error}");
    assert!(error.contains("--allow-insecure-bind"), "{error}");
    let tls = [("tls.cert", "c.pem"), ("tls.key", "k.pem")];
    let config = resolve("", &[exposed, tls[0], tls[1]]).unwrap();
    assert!(config.otlp.require_token);
    let closed = ("otlp.require_token", "false");
    assert!(resolve("", &[exposed, tls[0], tls[1], closed]).is_err());
    let config = resolve("", &[exposed, ("allow_insecure_bind", "true")]).unwrap();
    assert!(config.otlp.require_token);
    let behind_proxy = ("http.public_url", "https://plimsoll.example.com");
    assert!(resolve("", &[behind_proxy]).unwrap().otlp.require_token);
}

#[test]
fn secrets_are_never_shown() {
    let mut raw = RawConfig::default();
    let token = "correct-horse-battery";
    raw.add_environment([("PLIMSOLL_BOOTSTRAP_TOKEN".to_owned(), token.to_owned())]);
    let config = Config::resolve(raw).unwrap();
    assert_eq!(config.bootstrap_token.as_ref().unwrap().reveal(), token);
    let shown = format!("{}{config:?}", config.show());
    assert!(!shown.contains(token), "{shown}");

    let mut raw = RawConfig::default();
    raw.add_environment([("PLIMSOLL_BOOTSTRAP_TOKEN".to_owned(), "short".to_owned())]);
    let error = Config::resolve(raw).unwrap_err().to_string();
    assert!(!error.contains("short\""), "{error}");
}

#[test]
fn what_is_shown_is_a_settings_file() {
    let config = resolve("", &[("otlp.grpc", "off"), ("memory", "1GiB")]).unwrap();
    let again = resolve(&config.show(), &[]).unwrap();
    assert_eq!(again.otlp.grpc, None);
    assert_eq!(again.memory, config.memory);
}
