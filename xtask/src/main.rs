//! Checks of the repository that no compiler makes: `cargo xtask edges`.
//!
//! Invariant: the table below is the only place where an edge between crates is allowed.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Each crate and the internal crates it may depend on. A crate that is not here is an error.
const EDGES: &[(&str, &[&str])] = &[
    ("plimsoll-model", &[]),
    ("plimsoll-wire", &["plimsoll-model"]),
    ("plimsoll-store", &["plimsoll-model"]),
    ("plimsoll-state", &["plimsoll-model"]),
    ("plimsoll-promql", &[]),
    ("plimsoll-scrape", &["plimsoll-model", "plimsoll-wire", "plimsoll-promql"]),
    ("plimsoll-series", &["plimsoll-model", "plimsoll-promql", "plimsoll-wire"]),
    (
        "plimsoll-query",
        &[
            "plimsoll-model",
            "plimsoll-promql",
            "plimsoll-series",
            "plimsoll-store",
            "plimsoll-wire",
        ],
    ),
    ("plimsoll-rules", &["plimsoll-promql"]),
    ("plimsoll-issues", &["plimsoll-model"]),
    ("plimsoll-dashboard", &["plimsoll-promql"]),
    ("plimsoll-spanmetrics", &["plimsoll-model", "plimsoll-wire"]),
    (
        "plimsoll-server",
        &[
            "plimsoll-dashboard",
            "plimsoll-issues",
            "plimsoll-model",
            "plimsoll-promql",
            "plimsoll-query",
            "plimsoll-rules",
            "plimsoll-scrape",
            "plimsoll-series",
            "plimsoll-spanmetrics",
            "plimsoll-state",
            "plimsoll-store",
            "plimsoll-wire",
        ],
    ),
    // These reach a server over public protocols only.
    ("plimsoll-generate", &[]),
    ("plimsoll-demo", &[]),
    (
        "plimsoll",
        &[
            "plimsoll-model",
            "plimsoll-rules",
            "plimsoll-state",
            "plimsoll-server",
            "plimsoll-generate",
            "plimsoll-demo",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that some of ours must never reach, through whatever path.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("plimsoll-model", &["tokio", "datafusion", "axum"]),
    ("plimsoll-wire", &["tokio", "datafusion", "axum"]),
    ("plimsoll-store", &["datafusion", "axum"]),
    ("plimsoll-state", &["datafusion", "axum"]),
    ("plimsoll-promql", &["tokio", "datafusion", "axum"]),
    ("plimsoll-scrape", &["datafusion", "axum"]),
    ("plimsoll-series", &["tokio", "datafusion", "axum"]),
    ("plimsoll-rules", &["tokio", "datafusion", "axum"]),
    ("plimsoll-issues", &["tokio", "datafusion", "axum"]),
    ("plimsoll-dashboard", &["tokio", "datafusion", "axum"]),
    ("plimsoll-spanmetrics", &["tokio", "datafusion", "axum"]),
    ("plimsoll-query", &["axum"]),
];

fn main() -> ExitCode {
    let run = match std::env::args().nth(1).as_deref() {
        Some("edges") => check_edges(),
        other => Err(anyhow::anyhow!("expected `edges`, found {other:?}")),
    };
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check_edges() -> Result<()> {
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("packages")?;
    let members = metadata["workspace_members"].as_array().context("workspace_members")?;
    let allowed: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in packages.iter().filter(|package| members.contains(&package["id"])) {
        let name = package["name"].as_str().context("a package has a name")?;
        let Some(edges) = allowed.get(name) else {
            wrong.push(format!("{name} is not in the table of edges"));
            continue;
        };
        for dependency in package["dependencies"].as_array().context("dependencies")? {
            let to = dependency["name"].as_str().context("a dependency has a name")?;
            let internal = allowed.contains_key(to) || to.starts_with("plimsoll");
            // What only tests use does not shape the program.
            if internal && dependency["kind"] != "dev" && !edges.contains(&to) {
                wrong.push(format!("{name} may not depend on {to}"));
            }
        }
    }
    let graph = graph(&metadata)?;
    for (from, forbidden) in FORBIDDEN {
        let reached = reachable(&graph, from);
        let hit = forbidden.iter().filter(|name| reached.contains(&name.to_string()));
        wrong.extend(hit.map(|name| format!("{from} may not reach {name}")));
    }
    if !wrong.is_empty() {
        bail!("crate edges (xtask/src/main.rs lists the allowed ones):\n  {}", wrong.join("\n  "));
    }
    Ok(())
}

fn metadata() -> Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .context("could not run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata's answer")
}

/// Package name → names of the packages it uses in the program (not in tests or builds).
fn graph(metadata: &Value) -> Result<BTreeMap<String, Vec<String>>> {
    let name_of: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .context("packages")?
        .iter()
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let mut graph: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().context("nodes")? {
        let from = name_of[node["id"].as_str().context("a node has an id")?];
        let edges = graph.entry(from.to_owned()).or_default();
        for dependency in node["deps"].as_array().context("deps")? {
            let kinds = dependency["dep_kinds"].as_array().context("dep_kinds")?;
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                let to = dependency["pkg"].as_str().context("a dependency has an id")?;
                edges.push(name_of[to].to_owned());
            }
        }
    }
    Ok(graph)
}

fn reachable(graph: &BTreeMap<String, Vec<String>>, from: &str) -> Vec<String> {
    let mut found = vec![from.to_owned()];
    let mut next = 0;
    while next < found.len() {
        for to in graph.get(&found[next]).into_iter().flatten() {
            if !found.contains(to) {
                found.push(to.clone());
            }
        }
        next += 1;
    }
    found
}
