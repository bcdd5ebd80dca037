//! Makes joins end on time. DataFusion looks at its clock between batches that a scan gives out, but a
//! join may turn one of them into billions of pairs before it asks for the next.
//!
//! Invariant: a join's filter looks at the deadline each time it is asked, and every join pauses
//! between the batches it gives out.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use datafusion::common::DataFusionError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
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
            } else if plan.downcast_ref::<CrossJoinExec>().is_some() {
                plan
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
