//! Makes joins end on time and within their memory. DataFusion looks at its clock between batches that
//! a scan gives out, but a join may turn one of them into billions of pairs before it asks for the next.
//! And its cross join gives out a batch for each pair of a row and a batch: of many small batches come
//! many more, and a sort counts their values but not the kilobytes that each takes besides.
//!
//! Invariants: a join's filter looks at the deadline each time it is asked; every join pauses between
//! the batches it gives out; all but the last of them are full.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{DataFusionError, JoinType};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, NestedLoopJoinExecBuilder,
};

use crate::context::Deadline;

/// Adds the deadline to joins.
#[derive(Debug)]
pub(super) struct EndOnTime(Arc<Deadline>);

impl EndOnTime {
    pub(super) fn new(deadline: &Arc<Deadline>) -> Self {
        Self(Arc::clone(deadline))
    }

    fn filter(&self, filter: &JoinFilter) -> JoinFilter {
        let inner = Arc::clone(filter.expression());
        let expression = Arc::new(Timed { inner, deadline: Arc::clone(&self.0) });
        JoinFilter::new(expression, filter.column_indices().to_vec(), Arc::clone(filter.schema()))
    }

    fn join(&self, plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
        let join: Arc<dyn ExecutionPlan> =
            if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
                let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
                let join = NestedLoopJoinExecBuilder::new(left, right, *join.join_type())
                    .with_projection_ref(join.projection().clone())
                    .with_filter(join.filter().map(|filter| self.filter(filter)))
                    .build()?;
                Arc::new(join)
            } else if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
                match join.filter().map(|filter| self.filter(filter)) {
                    Some(filter) => join.builder().with_filter(Some(filter)).build_exec()?,
                    None => plan,
                }
            } else if let Some(join) = plan.downcast_ref::<CrossJoinExec>() {
                let (left, right) = (Arc::clone(join.left()), Arc::clone(join.right()));
                Arc::new(NestedLoopJoinExecBuilder::new(left, right, JoinType::Inner).build()?)
            } else {
                return Ok(Transformed::no(plan));
            };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(join))))
    }
}

impl PhysicalOptimizerRule for EndOnTime {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| self.join(plan)).data()
    }

    fn name(&self) -> &str {
        "end_on_time"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// An expression that fails once the deadline has passed.
#[derive(Debug)]
struct Timed {
    inner: Arc<dyn PhysicalExpr>,
    deadline: Arc<Deadline>,
}

impl PartialEq for Timed {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Timed {}

impl Hash for Timed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}

impl PhysicalExpr for Timed {
    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.inner.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.inner.nullable(schema)
    }

    fn evaluate(&self, rows: &RecordBatch) -> Result<ColumnarValue> {
        self.deadline.check().map_err(|error| DataFusionError::External(Box::new(error)))?;
        self.inner.evaluate(rows)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.pop().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, deadline: Arc::clone(&self.deadline) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arrow::array::AsArray;
    use arrow::array::{Int64Array, RecordBatch};
    use arrow::datatypes::{Field, Int64Type};
    use datafusion::datasource::memory::MemorySourceConfig;
    use datafusion::physical_plan::collect;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    const BATCH_ROWS: usize = 64;

    /// A table of one-row batches.
    fn small_batches(column: &str, rows: i64) -> Arc<dyn ExecutionPlan> {
        let schema = Arc::new(Schema::new(vec![Field::new(column, DataType::Int64, false)]));
        let batch = |value| {
            let column = Arc::new(Int64Array::from(vec![value]));
            RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap()
        };
        let batches: Vec<RecordBatch> = (0..rows).map(batch).collect();
        MemorySourceConfig::try_new_exec(&[batches], Arc::clone(&schema), None).unwrap()
    }

    #[tokio::test]
    async fn all_pairs_of_small_batches_come_in_full_ones() {
        let config = SessionConfig::new().with_batch_size(BATCH_ROWS);
        let context = SessionContext::new_with_config(config);
        let pairs = Arc::new(CrossJoinExec::new(small_batches("a", 30), small_batches("b", 20)));
        let rule = EndOnTime::new(&Deadline::after(Duration::from_secs(60)));
        let plan = rule.optimize(pairs, context.state().config_options()).unwrap();
        let batches = collect(plan, context.task_ctx()).await.unwrap();
        let mut found: Vec<(i64, i64)> = Vec::new();
        for batch in &batches {
            let value = |column| batch.column_by_name(column).unwrap().as_primitive::<Int64Type>();
            let (a, b) = (value("a").values(), value("b").values());
            found.extend(a.iter().copied().zip(b.iter().copied()));
        }
        found.sort_unstable();
        let expected: Vec<_> = (0..30).flat_map(|a| (0..20).map(move |b| (a, b))).collect();
        assert_eq!(found, expected);
        assert_eq!(batches.len(), found.len().div_ceil(BATCH_ROWS));
    }
}
