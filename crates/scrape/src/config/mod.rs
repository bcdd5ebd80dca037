//! Settings after they were checked; each problem names its job.
//!
//! Invariants: what is here can be used without a further check; paths are absolute or relative to
//! the working directory; every limit has a value.

mod raw;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderValue;
use plimsoll_wire::prometheus::protobuf::Histograms;
use plimsoll_wire::prometheus::text::TextFormat;

pub use raw::{
    RawAuthorization, RawBasicAuth, RawConfig, RawFileDiscovery, RawGroup, RawJob, RawTls, Secret,
    Size,
};

use crate::relabel::{RawRule, Rule};
use crate::units::{parse_duration, parse_size};

/// Bytes of a body where a job sets no limit, and at most: it is held as a whole.
pub const BODY_BYTES_MAX: usize = 64 << 20;
const BODY_BYTES_DEFAULT: usize = 16 << 20;
/// Targets of a job, dropped ones included.
pub(crate) const TARGETS_MAX: usize = 10_000;
/// An interval below this would be no interval but a loop.
const INTERVAL_MIN: Duration = Duration::from_millis(10);
/// Prometheus' own default.
const REFRESH_DEFAULT: Duration = Duration::from_secs(300);
const REFRESH_MIN: Duration = Duration::from_millis(10);

/// Why settings cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A setting of a job.
    #[error("scrape job {job:?}: {field}: {problem}")]
    Job {
        /// The job's name, or its place where it has none.
        job: String,
        /// The setting.
        field: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// A setting for all jobs.
    #[error("scrape: {field}: {problem}")]
    Global {
        /// The setting.
        field: &'static str,
        /// What is wrong, and what was expected.
        problem: String,
    },
}

/// All of scraping.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The jobs, each with a name of its own.
    pub jobs: Vec<Job>,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// How often a target is scraped, unless its labels say otherwise.
    pub interval: Duration,
    /// How long a scrape may take, unless its labels say otherwise.
    pub timeout: Duration,
    /// The path, unless labels say otherwise.
    pub metrics_path: String,
    /// `http` or `https`, unless labels say otherwise.
    pub scheme: String,
    /// The query of the URL.
    pub params: BTreeMap<String, Vec<String>>,
    /// Targets that the settings name.
    pub groups: Vec<RawGroup>,
    /// Files of targets.
    pub files: Vec<FileDiscovery>,
    /// Rules for targets.
    pub relabel: Vec<Rule>,
    /// How bodies become series.
    pub reading: Reading,
    /// How bodies are fetched.
    pub fetching: Fetching,
    /// Targets after relabelling.
    pub target_limit: Option<usize>,
}

/// How bodies become series.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Whether labels that a target exposes win over its own.
    pub honor_labels: bool,
    /// Whether times that a target exposes are kept.
    pub honor_timestamps: bool,
    /// Whether series with times of their own end when they vanish.
    pub track_timestamps_staleness: bool,
    /// The format of a body whose content type says none.
    pub fallback: Option<TextFormat>,
    /// Which histograms of protobuf are kept.
    pub histograms: Histograms,
    /// Rules for series.
    pub relabel: Vec<Rule>,
    /// Samples after relabelling.
    pub sample_limit: Option<u64>,
    /// Labels of a series.
    pub label_limit: Option<usize>,
    /// Bytes of a label's name.
    pub label_name_bytes: Option<usize>,
    /// Bytes of a label's value.
    pub label_value_bytes: Option<usize>,
}

/// How bodies are fetched.
#[derive(Clone, Debug)]
pub struct Fetching {
    /// Bytes of a body, uncompressed.
    pub body_bytes_max: usize,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether protobuf is asked for first.
    pub protobuf: bool,
    /// The header `Authorization`.
    pub authorization: Option<Authorization>,
    /// What is asked of certificates.
    pub tls: RawTls,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Authorization {
    /// A name and a password.
    Basic(String, SecretSource),
    /// A word and what follows it.
    Header(String, SecretSource),
}

/// Where a secret comes from; a file is read for each scrape.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// The settings.
    Value(Secret),
    /// A file.
    File(PathBuf),
}

/// Files of targets.
#[derive(Clone, Debug)]
pub struct FileDiscovery {
    /// Paths, with `*` in the last part.
    pub patterns: Vec<String>,
    /// How often they are looked at.
    pub refresh: Duration,
}

impl Config {
    /// Checks settings. Paths of files in them are relative to `base`.
    ///
    /// # Errors
    ///
    /// The first problem.
    pub fn new(raw: &RawConfig, base: &Path) -> Result<Self, ConfigError> {
        let global = |field, text: &Option<String>| {
            let parsed = text.as_deref().map(parse_duration).transpose();
            parsed.map_err(|problem| ConfigError::Global { field, problem })
        };
        let interval = global("scrape_interval", &raw.scrape_interval)?;
        let timeout = global("scrape_timeout", &raw.scrape_timeout)?;
        let interval = interval.unwrap_or(Duration::from_secs(60));
        let timeout = match timeout {
            Some(timeout) if timeout > interval => {
                let problem = "it is longer than scrape_interval, expected at most that".to_owned();
                return Err(ConfigError::Global { field: "scrape_timeout", problem });
            }
            Some(timeout) => timeout,
            None => Duration::from_secs(10).min(interval),
        };
        let mut names = HashSet::new();
        let mut jobs = Vec::with_capacity(raw.scrape_configs.len());
        for (at, job) in raw.scrape_configs.iter().enumerate() {
            let named = match job.job_name.as_str() {
                "" => format!("number {}", at + 1),
                name => name.to_owned(),
            };
            let unique = names.insert(job.job_name.as_str());
            let checked = check_job(job, unique, (interval, timeout), base);
            jobs.push(checked.map_err(|Problem(field, problem)| ConfigError::Job {
                job: named,
                field,
                problem,
            })?);
        }
        Ok(Self { jobs })
    }
}

/// The setting and what is wrong with it.
struct Problem(String, String);

fn wrong<T>(field: &str, problem: impl Into<String>) -> Result<T, Problem> {
    Err(Problem(field.to_owned(), problem.into()))
}

fn at(field: impl Into<String>) -> impl FnOnce(String) -> Problem {
    move |problem| Problem(field.into(), problem)
}

fn check_job(
    raw: &RawJob,
    unique: bool,
    defaults: (Duration, Duration),
    base: &Path,
) -> Result<Job, Problem> {
    if raw.job_name.is_empty() {
        return wrong("job_name", "it is empty, expected a name");
    }
    if !unique {
        return wrong("job_name", "another job has this name, expected one of its own");
    }
    let (interval, timeout) = times(raw, defaults)?;
    let scheme = raw.scheme.clone().unwrap_or_else(|| "http".to_owned());
    if scheme != "http" && scheme != "https" {
        return wrong("scheme", format!("`{scheme}` is unknown, expected http or https"));
    }
    for group in &raw.static_configs {
        check_group(group).map_err(at("static_configs"))?;
    }
    let targets: usize = raw.static_configs.iter().map(|group| group.targets.len()).sum();
    if targets > TARGETS_MAX {
        return wrong("static_configs", format!("{targets} targets, at most {TARGETS_MAX}"));
    }
    let files = raw.file_sd_configs.iter().map(|files| check_files(files, base));
    Ok(Job {
        name: raw.job_name.clone(),
        interval,
        timeout,
        metrics_path: raw.metrics_path.clone().unwrap_or_else(|| "/metrics".to_owned()),
        scheme,
        params: raw.params.clone(),
        groups: raw.static_configs.clone(),
        files: files.collect::<Result<_, _>>()?,
        relabel: rules("relabel_configs", &raw.relabel_configs)?,
        reading: reading(raw)?,
        fetching: fetching(raw, base)?,
        target_limit: limit(raw.target_limit),
    })
}

fn times(raw: &RawJob, defaults: (Duration, Duration)) -> Result<(Duration, Duration), Problem> {
    let read = |field: &str, text: &Option<String>| {
        text.as_deref().map(parse_duration).transpose().map_err(at(field))
    };
    let interval = read("scrape_interval", &raw.scrape_interval)?.unwrap_or(defaults.0);
    let timeout = read("scrape_timeout", &raw.scrape_timeout)?;
    check_times(interval, timeout.unwrap_or(defaults.1.min(interval)))
        .map_err(|(field, problem)| Problem(field.to_owned(), problem))
}

/// Checks how often and how long, wherever it is said.
pub(crate) fn check_times(
    interval: Duration,
    timeout: Duration,
) -> Result<(Duration, Duration), (&'static str, String)> {
    if interval < INTERVAL_MIN {
        return Err(("scrape_interval", "it is too short, expected at least 10ms".to_owned()));
    }
    if timeout.is_zero() {
        return Err(("scrape_timeout", "it is 0, expected some time".to_owned()));
    }
    if timeout > interval {
        let problem = "it is longer than the interval, expected at most that".to_owned();
        return Err(("scrape_timeout", problem));
    }
    Ok((interval, timeout))
}

/// Checks a group of targets from settings or a file.
pub(crate) fn check_group(group: &RawGroup) -> Result<(), String> {
    match group.labels.keys().find(|name| name.is_empty()) {
        Some(_) => Err("a label has an empty name".to_owned()),
        None => Ok(()),
    }
}

fn check_files(raw: &RawFileDiscovery, base: &Path) -> Result<FileDiscovery, Problem> {
    let field = "file_sd_configs";
    if raw.files.is_empty() {
        return wrong(field, "no files, expected at least one path");
    }
    let mut patterns = Vec::with_capacity(raw.files.len());
    for path in &raw.files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = [".json", ".yml", ".yaml", ".JSON", ".YML", ".YAML"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending));
        let stars = stem.map(|stem| stem.matches('*').count());
        if folder.contains('*') || stars.is_none_or(|stars| stars > 1) {
            return wrong(
                field,
                format!(
                    "`{path}` is no path of such files, expected one that ends in .json, .yml or \
                     .yaml and has at most one `*`, in its last part"
                ),
            );
        }
        patterns.push(base.join(path).to_string_lossy().into_owned());
    }
    let refresh = raw.refresh_interval.as_deref().map(parse_duration).transpose();
    let refresh = refresh.map_err(at(field))?.unwrap_or(REFRESH_DEFAULT);
    if refresh < REFRESH_MIN {
        return wrong(field, "refresh_interval is too short, expected at least 10ms");
    }
    Ok(FileDiscovery { patterns, refresh })
}

fn rules(field: &str, raw: &[RawRule]) -> Result<Vec<Rule>, Problem> {
    let rule = |(number, raw)| Rule::new(raw).map_err(at(format!("{field}, rule {}", number + 1)));
    raw.iter().enumerate().map(rule).collect()
}

fn reading(raw: &RawJob) -> Result<Reading, Problem> {
    let fallback = match raw.fallback_scrape_protocol.as_deref() {
        None => None,
        Some("PrometheusText0.0.4" | "PrometheusText1.0.0") => Some(TextFormat::Prometheus),
        Some("OpenMetricsText0.0.1" | "OpenMetricsText1.0.0") => Some(TextFormat::OpenMetrics),
        Some(other) => {
            return wrong(
                "fallback_scrape_protocol",
                format!(
                    "`{other}` is unknown, expected PrometheusText0.0.4, PrometheusText1.0.0, \
                     OpenMetricsText0.0.1 or OpenMetricsText1.0.0"
                ),
            );
        }
    };
    Ok(Reading {
        honor_labels: raw.honor_labels,
        honor_timestamps: raw.honor_timestamps.unwrap_or(true),
        track_timestamps_staleness: raw.track_timestamps_staleness,
        fallback,
        histograms: Histograms {
            native: raw.scrape_native_histograms,
            classic: raw.always_scrape_classic_histograms,
        },
        relabel: rules("metric_relabel_configs", &raw.metric_relabel_configs)?,
        sample_limit: (raw.sample_limit > 0).then_some(raw.sample_limit),
        label_limit: limit(raw.label_limit),
        label_name_bytes: limit(raw.label_name_length_limit),
        label_value_bytes: limit(raw.label_value_length_limit),
    })
}

fn limit(count: usize) -> Option<usize> {
    (count > 0).then_some(count)
}

fn fetching(raw: &RawJob, base: &Path) -> Result<Fetching, Problem> {
    let field = "body_size_limit";
    let bytes = match &raw.body_size_limit {
        None => 0,
        Some(Size::Bytes(bytes)) => *bytes,
        Some(Size::Text(text)) => parse_size(text).map_err(at(field))?,
    };
    if bytes > BODY_BYTES_MAX {
        let most = BODY_BYTES_MAX >> 20;
        return wrong(field, format!("{bytes} bytes are too many, expected at most {most}MB"));
    }
    let mut tls = raw.tls_config.clone().unwrap_or_default();
    for path in [&mut tls.ca_file, &mut tls.cert_file, &mut tls.key_file].into_iter().flatten() {
        *path = base.join(&path);
    }
    if tls.cert_file.is_some() != tls.key_file.is_some() {
        return wrong("tls_config", "cert_file and key_file go together, expected both or none");
    }
    Ok(Fetching {
        body_bytes_max: if bytes == 0 { BODY_BYTES_DEFAULT } else { bytes },
        follow_redirects: raw.follow_redirects.unwrap_or(true),
        protobuf: raw.scrape_native_histograms,
        authorization: authorization(raw, base)?,
        tls,
    })
}

fn authorization(raw: &RawJob, base: &Path) -> Result<Option<Authorization>, Problem> {
    match (&raw.basic_auth, &raw.authorization) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => wrong("authorization", "basic_auth is set too, expected one of them"),
        (Some(basic), None) => {
            let field = "basic_auth";
            if basic.username.contains(':') {
                return wrong(field, "username has a colon, expected a name without");
            }
            let none = Secret::from("");
            let password = basic.password.as_ref();
            let source = match (password, &basic.password_file) {
                (None, None) => SecretSource::Value(none),
                _ => source(field, "password", password, basic.password_file.as_deref(), base)?,
            };
            Ok(Some(Authorization::Basic(basic.username.clone(), source)))
        }
        (None, Some(header)) => {
            let field = "authorization";
            let kind = header.kind.as_deref().unwrap_or("Bearer").trim().to_owned();
            if kind.eq_ignore_ascii_case("basic") {
                return wrong(field, "type is basic, expected the setting basic_auth for that");
            }
            if kind.is_empty() || HeaderValue::from_str(&kind).is_err() {
                return wrong(field, "type is no word for a header, expected one such as Bearer");
            }
            let value = header.credentials.as_ref();
            let file = header.credentials_file.as_deref();
            Ok(Some(Authorization::Header(kind, source(field, "credentials", value, file, base)?)))
        }
    }
}

fn source(
    field: &str,
    name: &str,
    value: Option<&Secret>,
    file: Option<&Path>,
    base: &Path,
) -> Result<SecretSource, Problem> {
    match (value, file) {
        (Some(value), None) => match HeaderValue::from_str(value.expose()) {
            Ok(_) => Ok(SecretSource::Value(value.clone())),
            Err(_) => wrong(field, format!("{name} has characters that no header can have")),
        },
        (None, Some(file)) => Ok(SecretSource::File(base.join(file))),
        _ => wrong(field, format!("expected either {name} or {name}_file")),
    }
}
