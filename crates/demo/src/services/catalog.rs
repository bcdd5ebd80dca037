//! The catalog: articles and search, from a database behind a cache.
//!
//! For a part of the day its search runs without an index: the query takes seconds, the few
//! connections are soon all in use, and everything else of the catalog waits for them.

use std::sync::Arc;

use axum::extract::{Path, Query as QueryString};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::StatusCode;
use opentelemetry::KeyValue;
use serde::Deserialize;
use tokio::task::JoinHandle;

use crate::database::{Database, Query};
use crate::failure::Failure;
use crate::service::Service;
use crate::services::{ARTICLES, Article, price_cents};
use crate::work::Work;

pub(crate) const NAME: &str = "catalog";
pub(crate) const VERSION: &str = "1.14.2";

const CONNECTIONS: usize = 6;
const CACHE_HIT_SHARE: f64 = 0.8;
const FEATURED: usize = 12;

const ARTICLE_BY_ID: Query = Query {
    operation: "SELECT",
    collection: "articles",
    text: "SELECT id, name, price_cents FROM articles WHERE id = $1",
    median_ms: 3.0,
};
const FEATURED_ARTICLES: Query = Query {
    operation: "SELECT",
    collection: "articles",
    text: "SELECT id, name, price_cents FROM articles WHERE featured ORDER BY rank LIMIT 12",
    median_ms: 9.0,
};
const SEARCH: Query = Query {
    operation: "SELECT",
    collection: "article_texts",
    text: "SELECT article FROM article_texts WHERE words @@ plainto_tsquery($1) LIMIT 20",
    median_ms: 14.0,
};
/// The same while the index is missing.
const SEARCH_WITHOUT_INDEX: Query = Query { median_ms: 2_000.0, ..SEARCH };
const CACHE_GET: Query =
    Query { operation: "GET", collection: "featured", text: "GET featured", median_ms: 0.6 };

#[derive(Debug)]
struct Stores {
    database: Database,
    cache: Database,
}

pub(crate) fn routes(_: &Arc<Service>) -> (Router, Option<JoinHandle<()>>) {
    let stores = Arc::new(Stores {
        database: Database::postgresql("catalog", "catalog-db.shop.internal", CONNECTIONS),
        cache: Database::redis("catalog-cache.shop.internal", 32),
    });
    let router = Router::new()
        .route("/articles", get(list_featured))
        .route("/articles/{id}", get(show))
        .route("/search", get(search))
        .layer(Extension(stores));
    (router, None)
}

async fn list_featured(
    Extension(work): Extension<Work>,
    Extension(stores): Extension<Arc<Stores>>,
) -> Result<Json<Vec<Article>>, Failure> {
    stores.cache.run(&work, CACHE_GET, 1).await?;
    let hit = work.service.random.chance(CACHE_HIT_SHARE);
    work.set(KeyValue::new("app.cache.hit", hit));
    if !hit {
        stores.database.run(&work, FEATURED_ARTICLES, FEATURED as i64).await?;
    }
    Ok(Json((1..=FEATURED).map(article).collect()))
}

async fn show(
    Extension(work): Extension<Work>,
    Extension(stores): Extension<Arc<Stores>>,
    Path(id): Path<usize>,
) -> Result<Json<Article>, Failure> {
    work.set(KeyValue::new("app.article.id", id as i64));
    let found = (1..=ARTICLES).contains(&id);
    stores.database.run(&work, ARTICLE_BY_ID, i64::from(found)).await?;
    if !found {
        let message = format!("there is no article {id}");
        return Err(Failure::client(StatusCode::NOT_FOUND, "NoSuchArticle", message));
    }
    Ok(Json(article(id)))
}

#[derive(Debug, Deserialize)]
struct Search {
    q: String,
}

async fn search(
    Extension(work): Extension<Work>,
    Extension(stores): Extension<Arc<Stores>>,
    QueryString(search): QueryString<Search>,
) -> Result<Json<Vec<Article>>, Failure> {
    let found = 1 + work.service.random.below(20);
    work.set(KeyValue::new("app.search.text", search.q.clone()));
    let slow = work.service.scene.conditions().search_slow;
    let query = if slow { SEARCH_WITHOUT_INDEX } else { SEARCH };
    stores.database.run(&work, query, found as i64).await?;
    work.service.compute(2.0).await;
    if slow {
        let attributes = vec![
            KeyValue::new("db.collection.name", SEARCH.collection),
            KeyValue::new("app.search.text", search.q),
        ];
        work.warn("search fell back to a sequential scan: index words_idx is invalid", attributes);
    }
    Ok(Json((1..=found).map(article).collect()))
}

fn article(id: usize) -> Article {
    const THINGS: [&str; 10] =
        ["kettle", "lamp", "desk", "chair", "rug", "clock", "vase", "shelf", "mirror", "basket"];
    const KINDS: [&str; 6] = ["oak", "brass", "linen", "walnut", "steel", "rattan"];
    let name = format!("{} {}", KINDS[id % KINDS.len()], THINGS[id % THINGS.len()]);
    Article { id, name, price_cents: price_cents(id) }
}
