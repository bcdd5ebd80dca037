//! A session for one statement: its tables as they are now, and the functions that are allowed.

use std::sync::{Arc, LazyLock};

use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider,
};
use datafusion::catalog::{CatalogProviderList, MemoryCatalogProviderList};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::prelude::SessionConfig;
use datafusion::sql::parser::Statement;
use plimsoll_model::Table;

use super::deadline::EndOnTime;
use super::error;
use super::filters::ReadableFilters;
use super::functions;
use super::provider::TableRows;
use super::views;
use crate::context::Deadline;
use crate::engine::Inner;
use crate::scan::PREDICATE_CACHE_BYTES;
use crate::{Limits, QueryError};

const CATALOG: &str = "plimsoll";
const SCHEMA: &str = "public";

/// A session in which a statement can be planned and run.
pub(super) async fn state(
    inner: &Arc<Inner>,
    deadline: &Arc<Deadline>,
    statement: &Statement,
    query: &str,
) -> Result<SessionState, QueryError> {
    let schema = Arc::new(MemorySchemaProvider::new());
    for table in Table::ALL {
        let rows = TableRows::new(inner, table);
        schema.register_table(table.name().to_owned(), Arc::new(rows)).map_err(error::from)?;
    }
    let catalog = Arc::new(MemoryCatalogProvider::new());
    catalog
        .register_schema(SCHEMA, Arc::clone(&schema) as Arc<dyn SchemaProvider>)
        .map_err(error::from)?;
    let catalogs = MemoryCatalogProviderList::new();
    catalogs.register_catalog(CATALOG.to_owned(), catalog);
    let mut state = SessionStateBuilder::new()
        .with_config(config(&inner.limits))
        .with_runtime_env(Arc::clone(&inner.runtime_env))
        .with_default_features()
        .with_catalog_list(Arc::new(catalogs))
        .with_scalar_functions(functions::scalar())
        .with_aggregate_functions(functions::aggregate())
        .with_window_functions(functions::window())
        .with_higher_order_functions(Vec::new())
        .with_table_functions(Default::default())
        .with_file_formats(Vec::new())
        .with_table_factories(Default::default())
        .with_optimizer_rules(RULES.clone())
        .with_physical_optimizer_rule(Arc::new(EndOnTime::new(deadline)))
        .build();
    // `now()` is this moment; a state that never began has none, and fails.
    state.mark_start_execution();
    // Planning all views for each query would cost more than most queries.
    let listed = !matches!(statement, Statement::Statement(ast)
        if matches!(ast.as_ref(), datafusion::sql::sqlparser::ast::Statement::Query(_)));
    let lower = query.to_ascii_lowercase();
    for view in views::ALL {
        if listed || lower.contains(view.name) || lower.contains("information_schema") {
            let table = view.plan(&state).await?;
            schema.register_table(view.name.to_owned(), table).map_err(error::from)?;
        }
    }
    Ok(state)
}

/// DataFusion's own rules, then ours.
static RULES: LazyLock<Vec<Arc<dyn OptimizerRule + Send + Sync>>> = LazyLock::new(|| {
    let mut rules = Optimizer::new().rules;
    rules.push(Arc::new(ReadableFilters));
    rules
});

fn config(limits: &Limits) -> SessionConfig {
    let mut config = SessionConfig::new()
        .with_target_partitions(limits.threads.max(1))
        .with_batch_size(limits.sql_batch_rows)
        .with_information_schema(true)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = true;
    options.execution.parquet.reorder_filters = true;
    options.execution.parquet.schema_force_view_types = false;
    options.execution.parquet.max_predicate_cache_size = Some(PREDICATE_CACHE_BYTES);
    // What a sort keeps back for merging what it spilled, a partition: 1/32 of all memory.
    options.execution.sort_spill_reservation_bytes = limits.memory_bytes / 32;
    // A recursion may produce rows without end.
    options.execution.enable_recursive_ctes = false;
    options.sql_parser.map_string_types_to_utf8view = false;
    options.sql_parser.collect_spans = true;
    config
}
