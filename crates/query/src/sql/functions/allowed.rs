//! DataFusion's functions that SQL may call, by their first name. What is not listed does not exist.
//!
//! Left out: what makes large values out of small ones (`repeat`, `lpad`, `rpad`, `range`,
//! `generate_series`, `array_repeat`, `array_resize`), for the memory of single values is not
//! accounted for; what tells of files, the machine or the version.

/// Of rows.
#[rustfmt::skip]
pub(super) const SCALAR: &[&str] = &[
    "abs", "acos", "acosh", "arrow_cast", "arrow_typeof", "ascii", "asin", "asinh", "atan",
    "atan2", "atanh", "bit_length", "btrim", "cbrt", "ceil", "character_length", "chr",
    "coalesce", "concat", "concat_ws", "contains", "cos", "cosh", "cot", "current_date",
    "current_time", "date_bin", "date_part", "date_trunc", "degrees", "ends_with", "exp",
    "factorial", "find_in_set", "floor", "from_unixtime", "gcd", "get_field", "greatest",
    "initcap", "isnan", "iszero", "lcm", "least", "left", "levenshtein", "ln", "log", "log10",
    "log2", "lower", "ltrim", "make_date", "make_time", "named_struct", "nanvl", "now", "nullif",
    "nvl", "nvl2", "octet_length", "overlay", "pi", "power", "radians", "random", "regexp_count",
    "regexp_instr", "regexp_like", "regexp_match", "regexp_replace", "replace", "reverse",
    "right", "round", "rtrim", "signum", "sin", "sinh", "split_part", "sqrt", "starts_with",
    "strpos", "struct", "substr", "substr_index", "tan", "tanh", "to_char", "to_date", "to_hex",
    "to_timestamp", "to_timestamp_micros", "to_timestamp_millis", "to_timestamp_nanos",
    "to_timestamp_seconds", "to_unixtime", "translate", "trunc", "upper", "array_any_value",
    "array_append", "array_concat", "array_distinct", "array_element", "array_except",
    "array_has", "array_has_all", "array_has_any", "array_intersect", "array_length", "array_max",
    "array_min", "array_position", "array_positions", "array_prepend", "array_remove",
    "array_remove_all", "array_reverse", "array_slice", "array_sort", "array_sum",
    "array_to_string", "array_union", "cardinality", "empty", "flatten", "make_array", "map",
    "map_entries", "map_extract", "map_keys", "map_values", "string_to_array",
];

/// Of groups.
#[rustfmt::skip]
pub(super) const AGGREGATE: &[&str] = &[
    "any_value", "approx_distinct", "approx_median", "approx_percentile_cont",
    "approx_percentile_cont_with_weight", "array_agg", "avg", "bit_and", "bit_or", "bit_xor",
    "bool_and", "bool_or", "corr", "count", "covar_pop", "covar_samp", "first_value", "grouping",
    "last_value", "max", "median", "min", "nth_value", "percentile_cont", "regr_avgx",
    "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy",
    "regr_syy", "stddev", "stddev_pop", "string_agg", "sum", "var", "var_pop",
];

/// Of windows of rows.
#[rustfmt::skip]
pub(super) const WINDOW: &[&str] = &[
    "cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
    "percent_rank", "rank", "row_number",
];
