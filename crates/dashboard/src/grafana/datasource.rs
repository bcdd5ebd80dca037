//! Whether a data source speaks PromQL.

use std::collections::BTreeMap;

use serde_json::Value;

/// Types of data sources that speak PromQL.
const PROMETHEUS: [&str; 5] = [
    "prometheus",
    "victoriametrics-datasource",
    "victoriametrics-metrics-datasource",
    "grafana-amazonprometheus-datasource",
    "grafana-azureprometheus-datasource",
];

/// What a data source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Prometheus,
    /// Grafana's default, or one whose type is not in the file: the query decides.
    Unknown,
    Other(String),
}

/// What the file says of the data sources and library panels that its panels name.
pub(super) struct Sources<'a> {
    /// Name of an input or a variable → type.
    types: BTreeMap<&'a str, &'a str>,
    elements: Option<&'a Value>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(
        inputs: &'a [Value],
        variables: &'a [Value],
        elements: Option<&'a Value>,
    ) -> Self {
        let text = |value: &'a Value, key| value.get(key).and_then(Value::as_str);
        let input = |value| Some((text(value, "name")?, text(value, "pluginId")?));
        let variable = |value| {
            let is_datasource = text(value, "type") == Some("datasource");
            is_datasource.then_some((text(value, "name")?, text(value, "query")?))
        };
        let inputs = inputs.iter().filter_map(input);
        let types = inputs.chain(variables.iter().filter_map(variable)).collect();
        Self { types, elements }
    }

    /// What a `datasource` field names: null, a name, or `{"type", "uid"}`.
    pub(super) fn of(&self, datasource: Option<&Value>) -> Source {
        match datasource {
            Some(Value::String(name)) => self.by_name(name),
            Some(Value::Object(fields)) => {
                let text = |key| fields.get(key).and_then(Value::as_str).unwrap_or_default();
                match (text("type"), text("uid")) {
                    (_, uid) if uid.starts_with("-- ") => self.by_name(uid),
                    ("", uid) => self.by_name(uid),
                    (kind, uid) => match by_type(kind) {
                        Source::Other(_) if self.by_name(uid) == Source::Prometheus => {
                            Source::Prometheus
                        }
                        source => source,
                    },
                }
            }
            _ => Source::Unknown,
        }
    }

    fn by_name(&self, name: &str) -> Source {
        match name {
            "-- Grafana --" => return Source::Other("Grafana's own data".into()),
            "-- Dashboard --" => return Source::Other("the data of another panel".into()),
            _ => {}
        }
        let name = name.trim_start_matches(['$', '{', '[']).trim_end_matches(['}', ']']);
        self.types.get(name).map_or(Source::Unknown, |kind| by_type(kind))
    }

    /// The model of a library panel that the file brings along.
    pub(super) fn library(&self, uid: &str) -> Option<&'a Value> {
        self.elements?.get(uid)?.get("model")
    }
}

fn by_type(kind: &str) -> Source {
    match kind {
        "" => Source::Unknown,
        "datasource" | "grafana" => Source::Other("Grafana's own data".into()),
        kind if PROMETHEUS.contains(&kind) => Source::Prometheus,
        kind => Source::Other(crate::problem::excerpt(kind, 60)),
    }
}
