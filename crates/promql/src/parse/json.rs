//! Expressions as JSON, as Prometheus' `/api/v1/parse_query` answers.
//!
//! Invariants: every field of Prometheus' answer is there, also those of what is not supported here, which say
//! that it is not used.

use serde_json::{Value, json};

use crate::ast::{
    At, Binary, BinaryOp, DurationExpr, Expr, ExprKind, Function, Grouping, MatchOp, Matcher,
    Selector, ValueType, When,
};

/// An expression as JSON: an object with `type` and what belongs to it. Durations are in milliseconds but for
/// those within calculations, which are in seconds as text, as all numbers are.
#[must_use]
pub fn to_json(expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Number { value, .. } => json!({"type": "numberLiteral", "val": number(*value)}),
        ExprKind::Text(text) => json!({"type": "stringLiteral", "val": text}),
        ExprKind::Paren(inner) => json!({"type": "parenExpr", "expr": to_json(inner)}),
        ExprKind::Unary { negative, expr } => json!({
            "type": "unaryExpr",
            "op": if *negative { "-" } else { "+" },
            "expr": to_json(expr),
        }),
        ExprKind::Selector(selector) => selected("vectorSelector", selector),
        ExprKind::Matrix { selector, range_ms, range } => {
            let mut object = selected("matrixSelector", selector);
            object["range"] = json!(range_ms);
            object["rangeExpr"] = calculated(range.as_deref());
            object
        }
        ExprKind::Subquery { expr, range_ms, range, step_ms, step, when } => {
            let mut object = json!({
                "type": "subquery",
                "expr": to_json(expr),
                "range": range_ms,
                "rangeExpr": calculated(range.as_deref()),
                "step": step_ms.unwrap_or_default(),
                "stepExpr": calculated(step.as_deref()),
            });
            add_when(&mut object, when);
            object
        }
        ExprKind::Call { function, args } => json!({
            "type": "call",
            "func": function_json(function),
            "args": args.iter().map(to_json).collect::<Vec<_>>(),
        }),
        ExprKind::Aggregate { op, grouping, param, expr } => {
            let (Grouping::By(labels) | Grouping::Without(labels)) = grouping;
            json!({
                "type": "aggregation",
                "op": op.name(),
                "expr": to_json(expr),
                "param": param.as_deref().map(to_json),
                "grouping": labels,
                "without": matches!(grouping, Grouping::Without(_)),
            })
        }
        ExprKind::Binary(binary) => json!({
            "type": "binaryExpr",
            "op": binary.op.symbol(),
            "lhs": to_json(&binary.lhs),
            "rhs": to_json(&binary.rhs),
            "matching": matching(binary),
            "bool": binary.return_bool,
        }),
    }
}

/// A number as Go writes it without an exponent.
fn number(value: f64) -> String {
    if value == f64::INFINITY { "+Inf".to_owned() } else { value.to_string().replace("inf", "Inf") }
}

fn selected(kind: &str, selector: &Selector) -> Value {
    let (name, matchers) = match &selector.matchers[..] {
        // Prometheus adds the name behind the others.
        [name, others @ ..] if selector.named => {
            (&*name.value, others.iter().chain([name]).collect::<Vec<_>>())
        }
        others => ("", others.iter().collect()),
    };
    let matcher = |matcher: &&Matcher| {
        let op = match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Matches(_) => "=~",
            MatchOp::NotMatches(_) => "!~",
        };
        json!({"name": matcher.name, "type": op, "value": matcher.value})
    };
    let mut object = json!({
        "type": kind,
        "name": name,
        "matchers": matchers.iter().map(matcher).collect::<Vec<_>>(),
        "anchored": false,
        "smoothed": false,
    });
    add_when(&mut object, &selector.when);
    object
}

fn add_when(object: &mut Value, when: &When) {
    object["offset"] = json!(when.offset_ms);
    object["offsetExpr"] = calculated(when.offset.as_deref());
    let (time, edge) = match when.at {
        None => (None, None),
        Some(At::Time(time)) => (Some(time), None),
        Some(At::Start) => (None, Some("start")),
        Some(At::End) => (None, Some("end")),
    };
    object["timestamp"] = json!(time);
    object["startOrEnd"] = json!(edge);
}

fn function_json(function: &Function) -> Value {
    let types: Vec<&str> = function.args.iter().map(|arg| type_name(*arg)).collect();
    let variadic = match function.optional {
        None => json!(-1),
        Some(count) => json!(count),
    };
    json!({
        "name": function.name,
        "argTypes": types,
        "variadic": variadic,
        "returnType": type_name(function.returns),
    })
}

fn type_name(of: ValueType) -> &'static str {
    match of {
        ValueType::Scalar => "scalar",
        ValueType::String => "string",
        ValueType::Vector => "vector",
        ValueType::Matrix => "matrix",
    }
}

/// How series are matched; nothing where one side is a scalar.
fn matching(binary: &Binary) -> Value {
    let types = [binary.lhs.value_type(), binary.rhs.value_type()];
    if types != [ValueType::Vector; 2] {
        return Value::Null;
    }
    let card = match &binary.group {
        Some(group) if group.left => "many-to-one",
        Some(_) => "one-to-many",
        None if binary.op.is_set() => "many-to-many",
        None => "one-to-one",
    };
    let (Grouping::By(labels) | Grouping::Without(labels)) = &binary.matching;
    let include = binary.group.as_ref().map(|group| &group.include[..]).unwrap_or_default();
    json!({
        "card": card,
        "labels": labels,
        "on": matches!(binary.matching, Grouping::By(_)),
        "include": include,
        "fillValues": {"lhs": null, "rhs": null},
    })
}

fn calculated(expr: Option<&DurationExpr>) -> Value {
    let Some(expr) = expr else { return Value::Null };
    let of = |op: &str, lhs: Option<&DurationExpr>, rhs: Option<&DurationExpr>| {
        json!({
            "type": "durationExpr",
            "op": op,
            "lhs": calculated(lhs),
            "rhs": calculated(rhs),
            "wrapped": false,
        })
    };
    match expr {
        DurationExpr::Number { seconds, is_duration } => json!({
            "type": "numberLiteral",
            "val": number(*seconds),
            "duration": is_duration,
        }),
        DurationExpr::Step => of("step", None, None),
        DurationExpr::Range => of("range", None, None),
        DurationExpr::MinOf(a, b) => of("min_of", Some(a), Some(b)),
        DurationExpr::MaxOf(a, b) => of("max_of", Some(a), Some(b)),
        DurationExpr::Negative(expr) => of("-", None, Some(expr)),
        DurationExpr::Binary { op, lhs, rhs } => of(op.symbol(), Some(lhs), Some(rhs)),
        DurationExpr::Paren(inner) => {
            // A number has no place to say so, and gets a sign that has.
            let mut object = match **inner {
                DurationExpr::Number { .. } => of(BinaryOp::Add.symbol(), None, Some(inner)),
                _ => calculated(Some(inner)),
            };
            object["wrapped"] = json!(true);
            object
        }
    }
}
