use super::*;

fn read(toml: &str) -> Result<Config, String> {
    let raw: RawConfig = toml::from_str(toml).map_err(|error| error.to_string())?;
    Config::new(&raw, Path::new("/etc/plimsoll")).map_err(|error| error.to_string())
}

/// The only job of settings that have this for it.
fn job(settings: &str) -> Job {
    let config = read(&format!("[[scrape_configs]]\njob_name = \"a\"\n{settings}"));
    config.unwrap().jobs.remove(0)
}

#[track_caller]
fn check_wrong(settings: &str, expected: &str) {
    let error = read(&format!("[[scrape_configs]]\njob_name = \"a\"\n{settings}")).unwrap_err();
    assert_eq!(error, format!("scrape job \"a\": {expected}"), "{settings}");
}

#[test]
fn defaults() {
    let job = job("");
    assert_eq!(job.interval, Duration::from_secs(60));
    assert_eq!(job.timeout, Duration::from_secs(10));
    assert_eq!((job.metrics_path.as_str(), job.scheme.as_str()), ("/metrics", "http"));
    assert!(job.reading.honor_timestamps && !job.reading.honor_labels);
    assert!(!job.reading.track_timestamps_staleness && job.reading.fallback.is_none());
    assert_eq!(job.reading.sample_limit, None);
    assert_eq!(job.fetching.body_bytes_max, 16 << 20);
    assert!(job.fetching.follow_redirects && job.fetching.authorization.is_none());
    assert!(job.groups.is_empty() && job.files.is_empty() && job.target_limit.is_none());
    assert!(read("").unwrap().jobs.is_empty());
}

const ALL: &str = r#"
scrape_interval = "30s"
scrape_timeout = "5s"

[[scrape_configs]]
job_name = "all"
scrape_interval = "15s"
scrape_timeout = "3s"
metrics_path = "/m"
scheme = "https"
honor_labels = true
honor_timestamps = false
track_timestamps_staleness = true
follow_redirects = false
fallback_scrape_protocol = "PrometheusText0.0.4"
sample_limit = 1000
label_limit = 30
label_name_length_limit = 40
label_value_length_limit = 50
body_size_limit = "2MB"
target_limit = 7
basic_auth = { username = "u", password_file = "secrets/p" }
tls_config = { ca_file = "ca.pem", cert_file = "/c.pem", key_file = "k.pem", server_name = "s", insecure_skip_verify = true }
params = { module = ["a", "b"] }

[[scrape_configs.static_configs]]
targets = ["h:1"]
labels = { env = "prod" }

[[scrape_configs.file_sd_configs]]
files = ["targets/*.yml", "/abs/x*.json"]
refresh_interval = "10s"

[[scrape_configs.relabel_configs]]
source_labels = ["__address__"]
target_label = "host"
regex = "(.*):.*"

[[scrape_configs.metric_relabel_configs]]
action = "drop"
source_labels = ["__name__"]
regex = "go_.*"

[[scrape_configs]]
job_name = "other"
"#;

#[test]
fn everything() {
    let config = read(ALL).unwrap();
    let [job, other] = &config.jobs[..] else { panic!("{config:?}") };
    assert_eq!((job.interval, job.timeout), (Duration::from_secs(15), Duration::from_secs(3)));
    assert_eq!((other.interval, other.timeout), (Duration::from_secs(30), Duration::from_secs(5)));
    assert_eq!((job.metrics_path.as_str(), job.scheme.as_str()), ("/m", "https"));
    assert!(!job.reading.honor_timestamps && job.reading.honor_labels);
    assert!(job.reading.track_timestamps_staleness && !job.fetching.follow_redirects);
    assert_eq!(job.reading.fallback, Some(TextFormat::Prometheus));
    assert_eq!(job.reading.sample_limit, Some(1000));
    assert_eq!(job.reading.label_limit, Some(30));
    assert_eq!(job.reading.label_name_bytes, Some(40));
    assert_eq!(job.reading.label_value_bytes, Some(50));
    assert_eq!((job.fetching.body_bytes_max, job.target_limit), (2 << 20, Some(7)));
    assert_eq!(job.params["module"], ["a", "b"]);
    assert_eq!(job.groups[0].targets, ["h:1"]);
    assert_eq!(job.files[0].patterns, ["/etc/plimsoll/targets/*.yml", "/abs/x*.json"]);
    assert_eq!(job.files[0].refresh, Duration::from_secs(10));
    assert_eq!((job.relabel.len(), job.reading.relabel.len()), (1, 1));
    let tls = &job.fetching.tls;
    assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/plimsoll/ca.pem")));
    assert_eq!(tls.cert_file.as_deref(), Some(Path::new("/c.pem")));
    assert!(tls.insecure_skip_verify && tls.server_name.as_deref() == Some("s"));
    let Some(Authorization::Basic(name, SecretSource::File(file))) = &job.fetching.authorization
    else {
        panic!("{:?}", job.fetching.authorization);
    };
    assert_eq!((name.as_str(), file.as_path()), ("u", Path::new("/etc/plimsoll/secrets/p")));
}

#[test]
fn the_same_words_in_yaml() {
    let yaml = "scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['h:1']\n  \
                metric_relabel_configs:\n  - {action: labeldrop, regex: x}\n";
    let raw: RawConfig = serde_saphyr::from_str(yaml).unwrap();
    let config = Config::new(&raw, Path::new("")).unwrap();
    assert_eq!(config.jobs[0].groups[0].targets, ["h:1"]);
}

#[test]
fn timeouts_are_no_longer_than_intervals() {
    assert_eq!(job("scrape_interval = \"3s\"").timeout, Duration::from_secs(3));
    let longer = "scrape_timeout: it is longer than the interval, expected at most that";
    check_wrong("scrape_interval = \"3s\"\nscrape_timeout = \"4s\"", longer);
    check_wrong("scrape_timeout = \"0s\"", "scrape_timeout: it is 0, expected some time");
    let short = "scrape_interval: it is too short, expected at least 10ms";
    check_wrong("scrape_interval = \"0s\"", short);
    check_wrong("scrape_interval = \"9ms\"", short);
    check_wrong(
        "scrape_interval = \"x\"",
        "scrape_interval: `x` is no duration, expected one such as 15s or 1m30s",
    );
    assert_eq!(
        read("scrape_interval = \"5s\"\nscrape_timeout = \"6s\"").unwrap_err(),
        "scrape: scrape_timeout: it is longer than scrape_interval, expected at most that"
    );
    assert!(read("scrape_timeout = \"x\"").unwrap_err().starts_with("scrape: scrape_timeout: `x`"));
}

#[test]
fn names_of_jobs() {
    let error = read("[[scrape_configs]]\njob_name = \"\"").unwrap_err();
    assert_eq!(error, "scrape job \"number 1\": job_name: it is empty, expected a name");
    let twice = "[[scrape_configs]]\njob_name = \"a\"\n".repeat(2);
    assert_eq!(
        read(&twice).unwrap_err(),
        "scrape job \"a\": job_name: another job has this name, expected one of its own"
    );
    assert!(read("[[scrape_configs]]\nscheme = \"http\"").unwrap_err().contains("job_name"));
}

#[test]
fn unknown_words() {
    for text in [
        "scrape_config = []",
        "[[scrape_configs]]\njob_name = \"a\"\ninterval = \"1s\"",
        "[[scrape_configs]]\njob_name = \"a\"\nstatic_configs = [{ target = [\"a\"] }]",
        "[[scrape_configs]]\njob_name = \"a\"\nrelabel_configs = [{ labels = [\"a\"] }]",
        "[[scrape_configs]]\njob_name = \"a\"\ntls_config = { ca = \"a\" }",
        "[[scrape_configs]]\njob_name = \"a\"\nbasic_auth = { user = \"a\" }",
    ] {
        assert!(read(text).unwrap_err().contains("unknown field"), "{text}");
    }
}

#[test]
fn values_that_are_wrong() {
    check_wrong("scheme = \"ftp\"", "scheme: `ftp` is unknown, expected http or https");
    check_wrong(
        "body_size_limit = \"1X\"",
        "body_size_limit: `1X` is no size, expected one such as 512KB or 16MB",
    );
    check_wrong(
        "body_size_limit = \"1GB\"",
        "body_size_limit: 1073741824 bytes are too many, expected at most 64MB",
    );
    assert_eq!(job("body_size_limit = 5").fetching.body_bytes_max, 5);
    check_wrong(
        "relabel_configs = [{ target_label = \"a\" }, {}]",
        "relabel_configs, rule 2: action replace needs a target_label",
    );
    check_wrong(
        "metric_relabel_configs = [{ action = \"hashmod\" }]",
        "metric_relabel_configs, rule 1: action hashmod needs a modulus above 0",
    );
    check_wrong(
        "static_configs = [{ labels = { \"\" = \"a\" } }]",
        "static_configs: a label has an empty name",
    );
    check_wrong(
        "tls_config = { cert_file = \"a\" }",
        "tls_config: cert_file and key_file go together, expected both or none",
    );
    assert!(
        read("[[scrape_configs]]\njob_name = \"a\"\nfallback_scrape_protocol = \"x\"")
            .unwrap_err()
            .contains("`x` is unknown, expected PrometheusText0.0.4")
    );
}

#[test]
fn files_of_targets() {
    let wrong = |file: &str| {
        check_wrong(
            &format!("file_sd_configs = [{{ files = [\"{file}\"] }}]"),
            &format!(
                "file_sd_configs: `{file}` is no path of such files, expected one that ends in \
                 .json, .yml or .yaml and has at most one `*`, in its last part"
            ),
        );
    };
    for file in ["a", "a.txt", "*/a.yml", "*a*.yml", "a.yml/b", "a.toml"] {
        wrong(file);
    }
    for file in ["a.yml", "*.json", "b/a*c.yaml", "a.YML", "/x/y.json"] {
        job(&format!("file_sd_configs = [{{ files = [\"{file}\"] }}]"));
    }
    check_wrong(
        "file_sd_configs = [{ files = [] }]",
        "file_sd_configs: no files, expected at least one path",
    );
    check_wrong(
        "file_sd_configs = [{ files = [\"a.yml\"], refresh_interval = \"0s\" }]",
        "file_sd_configs: refresh_interval is too short, expected at least 10ms",
    );
}

#[test]
fn credentials() {
    let authorization = |settings: &str| format!("{:?}", job(settings).fetching.authorization);
    assert_eq!(
        authorization("authorization = { credentials = \"tok\" }"),
        "Some(Header(\"Bearer\", Value(<secret>)))"
    );
    assert_eq!(
        authorization("authorization = { type = \"X\", credentials_file = \"f\" }"),
        "Some(Header(\"X\", File(\"/etc/plimsoll/f\")))"
    );
    assert_eq!(
        authorization("basic_auth = { username = \"u\", password = \"p\" }"),
        "Some(Basic(\"u\", Value(<secret>)))"
    );
    let either = "authorization: expected either credentials or credentials_file";
    check_wrong("authorization = {}", either);
    check_wrong("authorization = { credentials = \"a\", credentials_file = \"b\" }", either);
    check_wrong(
        "basic_auth = { username = \"u\", password = \"a\", password_file = \"b\" }",
        "basic_auth: expected either password or password_file",
    );
    check_wrong(
        "basic_auth = { username = \"u:v\" }",
        "basic_auth: username has a colon, expected a name without",
    );
    check_wrong(
        "authorization = { type = \"Basic\", credentials = \"a\" }",
        "authorization: type is basic, expected the setting basic_auth for that",
    );
    check_wrong(
        "authorization = { type = \"a\\nb\", credentials = \"a\" }",
        "authorization: type is no word for a header, expected one such as Bearer",
    );
    check_wrong(
        "authorization = { credentials = \"a\\nb\" }",
        "authorization: credentials has characters that no header can have",
    );
    check_wrong(
        "authorization = { credentials = \"a\" }\nbasic_auth = { username = \"u\" }",
        "authorization: basic_auth is set too, expected one of them",
    );
}

#[test]
fn no_secret_is_printed() {
    let text = "[[scrape_configs]]\njob_name = \"a\"\nbasic_auth = { username = \"u\", password = \"hush\" }\n\
                [[scrape_configs]]\njob_name = \"b\"\nauthorization = { credentials = \"hush\" }";
    let raw: RawConfig = toml::from_str(text).unwrap();
    let config = Config::new(&raw, Path::new("")).unwrap();
    for printed in [format!("{raw:?}"), format!("{config:?}")] {
        assert!(!printed.contains("hush") && printed.contains("<secret>"), "{printed}");
    }
}
