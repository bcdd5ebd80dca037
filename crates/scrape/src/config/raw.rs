//! Settings as they are written: the words of Prometheus' `scrape_configs`.
//!
//! Invariants: an unknown word is an error; a secret is never printed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use crate::relabel::RawRule;

/// All of scraping: `[scrape]` of the settings file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawConfig {
    /// For jobs that have none of their own; `1m` where it is missing.
    pub scrape_interval: Option<String>,
    /// Likewise; `10s`, or the interval where that is shorter.
    pub scrape_timeout: Option<String>,
    /// The jobs.
    #[serde(default)]
    pub scrape_configs: Vec<RawJob>,
}

/// A job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawJob {
    /// Its name, the label `job` of its targets.
    pub job_name: String,
    /// How often a target is scraped.
    pub scrape_interval: Option<String>,
    /// How long a scrape may take.
    pub scrape_timeout: Option<String>,
    /// `/metrics` where it is missing.
    pub metrics_path: Option<String>,
    /// `http` or `https`.
    pub scheme: Option<String>,
    /// The query of the URL.
    #[serde(default)]
    pub params: BTreeMap<String, Vec<String>>,
    /// Whether labels that a target exposes win over its own.
    #[serde(default)]
    pub honor_labels: bool,
    /// Whether times that a target exposes are kept; yes where it is missing.
    pub honor_timestamps: Option<bool>,
    /// Whether series with times of their own end when they vanish.
    #[serde(default)]
    pub track_timestamps_staleness: bool,
    /// Whether redirects are followed; yes where it is missing.
    pub follow_redirects: Option<bool>,
    /// How bodies without a known content type are read: `PrometheusText0.0.4`,
    /// `OpenMetricsText1.0.0`.
    pub fallback_scrape_protocol: Option<String>,
    /// Whether protobuf is asked for, for the sake of native histograms.
    #[serde(default)]
    pub scrape_native_histograms: bool,
    /// Whether the buckets of a native histogram are kept as series, too.
    #[serde(default)]
    pub always_scrape_classic_histograms: bool,
    /// Targets that are written here.
    #[serde(default)]
    pub static_configs: Vec<RawGroup>,
    /// Targets that are written in files.
    #[serde(default)]
    pub file_sd_configs: Vec<RawFileDiscovery>,
    /// Rules for targets.
    #[serde(default)]
    pub relabel_configs: Vec<RawRule>,
    /// Rules for series.
    #[serde(default)]
    pub metric_relabel_configs: Vec<RawRule>,
    /// A name and a password for each request.
    pub basic_auth: Option<RawBasicAuth>,
    /// A header for each request.
    pub authorization: Option<RawAuthorization>,
    /// What is asked of a target's certificate.
    pub tls_config: Option<RawTls>,
    /// Samples after relabelling; 0 for no limit, as for the next ones.
    #[serde(default)]
    pub sample_limit: u64,
    /// Labels of a series.
    #[serde(default)]
    pub label_limit: usize,
    /// Bytes of a label's name.
    #[serde(default)]
    pub label_name_length_limit: usize,
    /// Bytes of a label's value.
    #[serde(default)]
    pub label_value_length_limit: usize,
    /// Bytes of a body, uncompressed.
    pub body_size_limit: Option<Size>,
    /// Targets after relabelling.
    #[serde(default)]
    pub target_limit: usize,
}

/// A size, with a unit or as a number of bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Size {
    /// Bytes.
    Bytes(usize),
    /// `16MB`
    Text(String),
}

/// Targets that share labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGroup {
    /// Hosts and ports.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Labels of each.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// Files of groups.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawFileDiscovery {
    /// Paths that may have `*` in their last part, of JSON or YAML files.
    pub files: Vec<String>,
    /// How often they are looked at; `5m` where it is missing.
    pub refresh_interval: Option<String>,
}

/// A name and a password.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawBasicAuth {
    /// The name.
    #[serde(default)]
    pub username: String,
    /// The password.
    pub password: Option<Secret>,
    /// Or the file with it.
    pub password_file: Option<PathBuf>,
}

/// The header `Authorization`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawAuthorization {
    /// `Bearer` where it is missing.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What follows.
    pub credentials: Option<Secret>,
    /// Or the file with it.
    pub credentials_file: Option<PathBuf>,
}

/// What is asked of a target's certificate, and the own one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTls {
    /// Authorities that are trusted instead of the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// The own certificate, PEM.
    pub cert_file: Option<PathBuf>,
    /// Its key, PEM.
    pub key_file: Option<PathBuf>,
    /// The name in the certificate where it is not the target's host.
    pub server_name: Option<String>,
    /// Whether any certificate will do.
    #[serde(default)]
    pub insecure_skip_verify: bool,
}

/// A text that is not printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}
