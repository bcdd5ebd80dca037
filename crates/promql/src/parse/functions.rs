//! The functions of the language and the types they take.
//!
//! Invariants: the table holds every function of Prometheus 3, also those it calls experimental; names are
//! in order.

use crate::ast::Function;
use crate::ast::ValueType::{self, Matrix, Scalar, String, Vector};

/// Every function, by name.
pub(crate) static FUNCTIONS: &[Function] = &[
    of_vector("abs"),
    of_vector("absent"),
    over_time("absent_over_time"),
    of_vector("acos"),
    of_vector("acosh"),
    of_vector("asin"),
    of_vector("asinh"),
    of_vector("atan"),
    of_vector("atanh"),
    over_time("avg_over_time"),
    of_vector("ceil"),
    over_time("changes"),
    fixed("clamp", &[Vector, Scalar, Scalar], Vector),
    fixed("clamp_max", &[Vector, Scalar], Vector),
    fixed("clamp_min", &[Vector, Scalar], Vector),
    of_vector("cos"),
    of_vector("cosh"),
    over_time("count_over_time"),
    with_optional("day_of_month", &[Vector], Some(1)),
    with_optional("day_of_week", &[Vector], Some(1)),
    with_optional("day_of_year", &[Vector], Some(1)),
    with_optional("days_in_month", &[Vector], Some(1)),
    of_vector("deg"),
    over_time("delta"),
    over_time("deriv"),
    fixed("double_exponential_smoothing", &[Matrix, Scalar, Scalar], Vector),
    fixed("end", &[], Scalar),
    of_vector("exp"),
    over_time("first_over_time"),
    of_vector("floor"),
    of_vector("histogram_avg"),
    of_vector("histogram_count"),
    fixed("histogram_fraction", &[Scalar, Scalar, Vector], Vector),
    fixed("histogram_quantile", &[Scalar, Vector], Vector),
    with_optional(
        "histogram_quantiles",
        &[
            Vector, String, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar, Scalar,
            Scalar,
        ],
        Some(9),
    ),
    of_vector("histogram_stddev"),
    of_vector("histogram_stdvar"),
    of_vector("histogram_sum"),
    with_optional("hour", &[Vector], Some(1)),
    over_time("idelta"),
    over_time("increase"),
    with_optional("info", &[Vector, Vector], Some(1)),
    over_time("irate"),
    with_optional("label_join", &[Vector, String, String, String], None),
    fixed("label_replace", &[Vector, String, String, String, String], Vector),
    over_time("last_over_time"),
    of_vector("ln"),
    of_vector("log10"),
    of_vector("log2"),
    over_time("mad_over_time"),
    fixed("max_of", &[Scalar, Scalar], Scalar),
    over_time("max_over_time"),
    fixed("min_of", &[Scalar, Scalar], Scalar),
    over_time("min_over_time"),
    with_optional("minute", &[Vector], Some(1)),
    with_optional("month", &[Vector], Some(1)),
    fixed("pi", &[], Scalar),
    fixed("predict_linear", &[Matrix, Scalar], Vector),
    over_time("present_over_time"),
    fixed("quantile_over_time", &[Scalar, Matrix], Vector),
    of_vector("rad"),
    fixed("range", &[], Scalar),
    over_time("rate"),
    over_time("resets"),
    with_optional("round", &[Vector, Scalar], Some(1)),
    fixed("scalar", &[Vector], Scalar),
    of_vector("sgn"),
    of_vector("sin"),
    of_vector("sinh"),
    of_vector("sort"),
    with_optional("sort_by_label", &[Vector, String], None),
    with_optional("sort_by_label_desc", &[Vector, String], None),
    of_vector("sort_desc"),
    of_vector("sqrt"),
    fixed("start", &[], Scalar),
    of_vector("start_timestamp"),
    over_time("stddev_over_time"),
    over_time("stdvar_over_time"),
    fixed("step", &[], Scalar),
    over_time("sum_over_time"),
    of_vector("tan"),
    of_vector("tanh"),
    fixed("time", &[], Scalar),
    of_vector("timestamp"),
    over_time("ts_of_first_over_time"),
    over_time("ts_of_last_over_time"),
    over_time("ts_of_max_over_time"),
    over_time("ts_of_min_over_time"),
    fixed("vector", &[Scalar], Vector),
    with_optional("year", &[Vector], Some(1)),
];

/// The function of a name.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    let at = FUNCTIONS.binary_search_by(|function| function.name.cmp(name)).ok()?;
    Some(&FUNCTIONS[at])
}

const fn fixed(name: &'static str, args: &'static [ValueType], returns: ValueType) -> Function {
    Function { name, args, optional: Some(0), returns }
}

const fn of_vector(name: &'static str) -> Function {
    fixed(name, &[Vector], Vector)
}

const fn over_time(name: &'static str) -> Function {
    fixed(name, &[Matrix], Vector)
}

const fn with_optional(
    name: &'static str,
    args: &'static [ValueType],
    optional: Option<usize>,
) -> Function {
    Function { name, args, optional, returns: Vector }
}
