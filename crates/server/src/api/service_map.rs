//! Who calls whom: the service graph's metrics over a window, as nodes and edges.
//!
//! Invariant: every figure is the answer of a query that anybody may ask; nothing is counted twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use plimsoll_promql::{Labels, Point, Quoted, Value};
use plimsoll_query::{MetricsError, PromqlQuery};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::{Answer, json};
use super::{Params, query_problem};
use crate::app::App;
use crate::problem::Problem;

/// Services, databases, queues and others, and the calls between them.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct ServiceMap {
    /// The start of the window.
    from: String,
    /// The end of the window.
    to: String,
    /// By id.
    nodes: Vec<Node>,
    /// By who calls whom.
    edges: Vec<Edge>,
}

/// Whoever calls or is called.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ServiceMapNode)]
struct Node {
    /// Tells it from others: its kind and name.
    id: String,
    /// `service`, `database`, `queue`, `external` or `user`.
    kind: &'static str,
    /// Its name.
    name: String,
    /// Of databases and queues, what they are: `postgresql`.
    system: Option<String>,
    /// Calls to it.
    #[serde(flatten)]
    figures: Figures,
}

/// Calls of one by another.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ServiceMapEdge)]
struct Edge {
    /// Id of the node that calls.
    from: String,
    /// Id of the node that is called.
    to: String,
    /// The calls.
    #[serde(flatten)]
    figures: Figures,
}

/// Rate, errors and duration of calls.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
#[schema(as = ServiceMapFigures)]
struct Figures {
    /// How many, about.
    requests: f64,
    /// Per second.
    rate_per_second: f64,
    /// The part that failed, 0 to 1.
    error_ratio: f64,
    /// Half took at most this, in milliseconds.
    p50_ms: Option<f64>,
    /// All but one of a hundred took at most this, in milliseconds.
    p99_ms: Option<f64>,
}

/// What each figure is asked by.
const BY_EDGE: &str = "client, client_system, server, server_system, connection_type";
const BY_SERVER: &str = "server, server_system, connection_type";

/// Who calls whom, with rate, errors and duration.
#[utoipa::path(get, path = "/api/v1/monitoring/service-map", tag = "monitoring",
    operation_id = "service_map",
    params(
        ("from" = Option<String>, Query, description = "From this time; an hour ago by default"),
        ("to" = Option<String>, Query, description = "Before this time; now by default"),
        ("environment" = Option<String>, Query, description = "Of exactly this deployment environment"),
    ),
    responses((status = 200, description = "Nodes and edges", body = ServiceMap)))]
pub(super) async fn service_map(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    params: Params,
) -> Answer {
    params.only(&["from", "to", "environment"])?;
    let window = params.window(app.clock.now())?;
    let environment = params.text("environment")?;
    let (from, to) = (window.from.div_euclid(1_000_000), window.to.div_euclid(1_000_000));
    let asked = Asked { app: &app, time: to, range_ms: (to - from).max(1), environment };
    let mut map = ServiceMap {
        from: plimsoll_query::rfc3339(window.from),
        to: plimsoll_query::rfc3339(window.to),
        ..ServiceMap::default()
    };
    let edges = asked.figures(BY_EDGE).await?;
    let servers = asked.figures(BY_SERVER).await?;
    let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
    for (labels, figures) in servers {
        let node = called(&labels);
        nodes.insert(node.id.clone(), Node { figures, ..node });
    }
    for (labels, figures) in edges {
        let (from, to) = (calling(&labels), called(&labels));
        map.edges.push(Edge { from: from.id.clone(), to: to.id, figures });
        nodes.entry(from.id.clone()).or_insert(from);
    }
    map.nodes = nodes.into_values().collect();
    json(&headers, &map)
}

struct Asked<'a> {
    app: &'a App,
    /// Unix milliseconds.
    time: i64,
    range_ms: i64,
    environment: Option<String>,
}

impl Asked<'_> {
    async fn figures(&self, by: &str) -> Result<BTreeMap<Labels, Figures>, Problem> {
        let range = format!("[{}ms]", self.range_ms);
        let metric = |name: &str| {
            let matcher = self.environment.as_ref().map_or(String::new(), |environment| {
                format!("{{deployment_environment={}}}", Quoted(environment))
            });
            increase(&format!("traces_service_graph_request_{name}{matcher}{range}"))
        };
        let total = format!("sum by ({by}) ({})", metric("total"));
        let failed = format!("sum by ({by}) ({})", metric("failed_total"));
        let seconds = format!("sum by ({by}) ({})", metric("server_seconds"));
        let from_client = format!("sum by ({by}) ({})", metric("client_seconds"));
        let mut figures: BTreeMap<Labels, Figures> = BTreeMap::new();
        for (labels, requests) in self.ask(total).await? {
            let rate_per_second = requests / (self.range_ms as f64 / 1e3);
            figures.insert(labels, Figures { requests, rate_per_second, ..Figures::default() });
        }
        figures.retain(|_, figures| figures.requests > 0.0);
        for (labels, failed) in self.ask(failed).await? {
            if let Some(figures) = figures.get_mut(&labels) {
                figures.error_ratio = (failed / figures.requests).clamp(0.0, 1.0);
            }
        }
        // Databases and the like tell nothing themselves: what their callers saw is taken.
        let durations = format!("({seconds}) or ({from_client})");
        for (quantile, of) in [(0.5, 0), (0.99, 1)] {
            let query = format!("histogram_quantile({quantile}, {durations})");
            for (labels, seconds) in self.ask(query).await? {
                let Some(figures) = figures.get_mut(&labels) else { continue };
                let ms = seconds.is_finite().then_some(seconds * 1e3);
                match of {
                    0 => figures.p50_ms = ms,
                    _ => figures.p99_ms = ms,
                }
            }
        }
        Ok(figures)
    }

    async fn ask(&self, query: String) -> Result<Vec<(Labels, f64)>, Problem> {
        let answer = self.app.metrics.promql(PromqlQuery::Instant { query, time: self.time }).await;
        let answer = answer.map_err(|error| match error {
            MetricsError::Query(error) => query_problem(error),
            MetricsError::Promql(error) => Problem::internal(error),
        })?;
        let Value::Vector(series) = answer.value else { return Ok(Vec::new()) };
        let number = |(labels, point)| match point {
            Point::Float(value) => Some((labels, value)),
            Point::Histogram(_) => None,
        };
        Ok(series.into_iter().filter_map(number).collect())
    }
}

/// What a metric has grown by. What calls a service, be it a user or a message, does not tell it from the
/// same service called by others.
fn increase(selector: &str) -> String {
    let by_user = format!(
        "label_replace(increase({selector}), \"connection_type\", \"\", \"client\", \"user\")"
    );
    let kind = "\"kind\", \"/\", \"connection_type\", \"server_system\"";
    format!(
        "label_replace(label_join({by_user}, {kind}), \"connection_type\", \"\", \"kind\", \"messaging_system/\")"
    )
}

fn called(labels: &Labels) -> Node {
    let kind = match labels.get("connection_type") {
        "database" => "database",
        "messaging_system" => "queue",
        "virtual_node" => "external",
        _ => "service",
    };
    node(kind, labels.get("server"), labels.get("server_system"))
}

fn calling(labels: &Labels) -> Node {
    let kind = match (labels.get("client"), labels.get("client_system")) {
        ("user", "") => "user",
        (_, "") => "service",
        _ => "queue",
    };
    node(kind, labels.get("client"), labels.get("client_system"))
}

fn node(kind: &'static str, name: &str, system: &str) -> Node {
    Node {
        id: format!("{kind}:{name}"),
        kind,
        // Some databases are only numbered.
        name: match name.bytes().all(|byte| byte.is_ascii_digit()) && !system.is_empty() {
            true => format!("{system} {name}"),
            false => name.to_owned(),
        },
        system: (!system.is_empty()).then(|| system.to_owned()),
        figures: Figures::default(),
    }
}
