//! Expressions as they were written, each with its place in the text.

use std::ops::Range;

use regex::Regex;

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The bytes of the query that it takes.
    pub span: Range<usize>,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `1.5`, `0x1f`, `5m` (seconds), `Inf`.
    Number {
        /// What it is worth.
        value: f64,
        /// Whether it was written as a duration.
        is_duration: bool,
    },
    /// `"text"`.
    Text(String),
    /// `up{job="a"} offset 5m`.
    Selector(Selector),
    /// `up[5m]`: the samples of a range.
    Matrix {
        /// Which series, and when.
        selector: Selector,
        /// Milliseconds; 0 where `range` is not resolved yet.
        range_ms: i64,
        /// How the range is calculated, where it is.
        range: Option<Box<DurationExpr>>,
    },
    /// `expr[1h:5m]`: an expression at each step of a range.
    Subquery {
        /// What is evaluated.
        expr: Box<Expr>,
        /// Milliseconds; 0 where `range` is not resolved yet.
        range_ms: i64,
        /// How the range is calculated, where it is.
        range: Option<Box<DurationExpr>>,
        /// Milliseconds; `None` for the default, and where `step` is not resolved yet.
        step_ms: Option<i64>,
        /// How the step is calculated, where it is.
        step: Option<Box<DurationExpr>>,
        /// When.
        when: When,
    },
    /// `rate(x[5m])`.
    Call {
        /// The function.
        function: &'static Function,
        /// Its arguments.
        args: Vec<Expr>,
    },
    /// `sum by (job) (x)`.
    Aggregate {
        /// `sum`, `topk`, …
        op: AggregateOp,
        /// `by` or `without`; none is `by ()`.
        grouping: Grouping,
        /// The first argument of those that have two.
        param: Option<Box<Expr>>,
        /// What is aggregated.
        expr: Box<Expr>,
    },
    /// `a + b`.
    Binary(Box<Binary>),
    /// `-a` or `+a`.
    Unary {
        /// Whether it is `-`.
        negative: bool,
        /// The operand.
        expr: Box<Expr>,
    },
    /// `(a)`.
    Paren(Box<Expr>),
}

impl Expr {
    /// The type of what it gives.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            ExprKind::Number { .. } => ValueType::Scalar,
            ExprKind::Text(_) => ValueType::String,
            ExprKind::Selector(_) | ExprKind::Aggregate { .. } => ValueType::Vector,
            ExprKind::Matrix { .. } | ExprKind::Subquery { .. } => ValueType::Matrix,
            ExprKind::Call { function, .. } => function.returns,
            ExprKind::Binary(binary) => binary.value_type(),
            ExprKind::Unary { expr, .. } | ExprKind::Paren(expr) => expr.value_type(),
        }
    }

    /// The expressions within it, in the order in which they were written.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Selector(_)
            | ExprKind::Matrix { .. } => Vec::new(),
            ExprKind::Subquery { expr, .. }
            | ExprKind::Unary { expr, .. }
            | ExprKind::Paren(expr) => vec![expr],
            ExprKind::Call { args, .. } => args.iter().collect(),
            ExprKind::Aggregate { param, expr, .. } => {
                param.as_deref().into_iter().chain([&**expr]).collect()
            }
            ExprKind::Binary(binary) => vec![&binary.lhs, &binary.rhs],
        }
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.kind {
            ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Selector(_)
            | ExprKind::Matrix { .. } => Vec::new(),
            ExprKind::Subquery { expr, .. }
            | ExprKind::Unary { expr, .. }
            | ExprKind::Paren(expr) => vec![expr],
            ExprKind::Call { args, .. } => args.iter_mut().collect(),
            ExprKind::Aggregate { param, expr, .. } => {
                param.as_deref_mut().into_iter().chain([&mut **expr]).collect()
            }
            ExprKind::Binary(binary) => {
                let Binary { lhs, rhs, .. } = &mut **binary;
                vec![lhs, rhs]
            }
        }
    }
}

/// All selectors of an expression, in the order in which they were written; those of ranges and of subqueries
/// among them.
#[must_use]
pub fn selectors(expr: &Expr) -> Vec<&Selector> {
    match &expr.kind {
        ExprKind::Selector(selector) | ExprKind::Matrix { selector, .. } => vec![selector],
        _ => expr.children().into_iter().flat_map(selectors).collect(),
    }
}

/// A type of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// A number for each step.
    Scalar,
    /// A text.
    String,
    /// A value for each series.
    Vector,
    /// Samples of a range for each series.
    Matrix,
}

impl ValueType {
    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }
}

/// Which series, and when.
#[derive(Clone, Debug)]
pub struct Selector {
    /// All must match; the metric's name is a matcher of `__name__`.
    pub matchers: Vec<Matcher>,
    /// Whether the first matcher is the metric's name, written before the braces.
    pub named: bool,
    /// When.
    pub when: When,
}

/// The time that a selector looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct When {
    /// `@`: a fixed time instead of the step's.
    pub at: Option<At>,
    /// `offset`, in milliseconds: earlier where positive; 0 where `offset` is not resolved yet.
    pub offset_ms: i64,
    /// How the offset is calculated, where it is.
    pub offset: Option<Box<DurationExpr>>,
}

/// A calculation with durations, in seconds. Once the steps of a query are known it has a value.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationExpr {
    /// `300` or `5m`.
    Number {
        /// Seconds.
        seconds: f64,
        /// Whether it was written as a duration.
        is_duration: bool,
    },
    /// `step()`: between two steps of the query; nothing where it has one time only.
    Step,
    /// `range()`: from the query's first step to its last.
    Range,
    /// `min_of(a, b)`.
    MinOf(Box<Self>, Box<Self>),
    /// `max_of(a, b)`.
    MaxOf(Box<Self>, Box<Self>),
    /// `-a`.
    Negative(Box<Self>),
    /// `a + b`, and so with `-`, `*`, `/`, `%` and `^`.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The left operand.
        lhs: Box<Self>,
        /// The right operand.
        rhs: Box<Self>,
    },
    /// `(a)`; never another one within.
    Paren(Box<Self>),
}

/// A fixed time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// `@ start()`: the first step of the query.
    Start,
    /// `@ end()`: its end, which may be after the last step.
    End,
    /// `@ 1609746000`: milliseconds since 1970.
    Time(i64),
}

/// A condition on a label. A label that is missing has the empty text.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// How its value is tested.
    pub op: MatchOp,
    /// The text or the pattern as it was written.
    pub value: String,
}

/// How a label's value is tested.
#[derive(Clone, Debug)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`, anchored at both ends.
    Matches(Regex),
    /// `!~`, likewise.
    NotMatches(Regex),
}

impl Matcher {
    /// Whether a value passes.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match &self.op {
            MatchOp::Equal => self.value == value,
            MatchOp::NotEqual => self.value != value,
            MatchOp::Matches(pattern) => pattern.is_match(value),
            MatchOp::NotMatches(pattern) => !pattern.is_match(value),
        }
    }
}

/// A function and its types.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Types of its arguments; the last one may come again or be missing, see `optional`.
    pub args: &'static [ValueType],
    /// How many arguments may be missing at the end; `None`: the last may come any number of times, also not
    /// at all.
    pub optional: Option<usize>,
    /// What it gives.
    pub returns: ValueType,
}

/// What is kept apart when series are aggregated or matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `by` and `on`: these labels.
    By(Vec<String>),
    /// `without` and `ignoring`: all but these.
    Without(Vec<String>),
}

/// How series become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregateOp {
    /// The mean.
    Avg,
    /// The smallest, as series.
    Bottomk,
    /// How many.
    Count,
    /// How many of each value.
    CountValues,
    /// One.
    Group,
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// A quantile.
    Quantile,
    /// Standard deviation of the population.
    Stddev,
    /// Variance of the population.
    Stdvar,
    /// The sum.
    Sum,
    /// The largest, as series.
    Topk,
    /// Any few, as series.
    Limitk,
    /// A share, as series.
    LimitRatio,
}

impl AggregateOp {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Avg,
        Self::Bottomk,
        Self::Count,
        Self::CountValues,
        Self::Group,
        Self::Max,
        Self::Min,
        Self::Quantile,
        Self::Stddev,
        Self::Stdvar,
        Self::Sum,
        Self::Topk,
        Self::Limitk,
        Self::LimitRatio,
    ];

    /// Its name in a query.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Avg => "avg",
            Self::Bottomk => "bottomk",
            Self::Count => "count",
            Self::CountValues => "count_values",
            Self::Group => "group",
            Self::Max => "max",
            Self::Min => "min",
            Self::Quantile => "quantile",
            Self::Stddev => "stddev",
            Self::Stdvar => "stdvar",
            Self::Sum => "sum",
            Self::Topk => "topk",
            Self::Limitk => "limitk",
            Self::LimitRatio => "limit_ratio",
        }
    }

    /// The type of its first argument where it takes two.
    #[must_use]
    pub fn param(self) -> Option<ValueType> {
        match self {
            Self::CountValues => Some(ValueType::String),
            Self::Bottomk | Self::Quantile | Self::Topk | Self::Limitk | Self::LimitRatio => {
                Some(ValueType::Scalar)
            }
            _ => None,
        }
    }
}

/// A binary operation.
#[derive(Clone, Debug)]
pub struct Binary {
    /// `+`, `and`, …
    pub op: BinaryOp,
    /// The left operand.
    pub lhs: Expr,
    /// The right operand.
    pub rhs: Expr,
    /// `bool`: comparisons give 0 and 1 and filter nothing.
    pub return_bool: bool,
    /// `on` or `ignoring`; none is `ignoring ()`.
    pub matching: Grouping,
    /// `group_left` or `group_right`.
    pub group: Option<Group>,
}

impl Binary {
    /// The type of what it gives.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        match (self.lhs.value_type(), self.rhs.value_type()) {
            (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
            _ => ValueType::Vector,
        }
    }
}

/// Which side has many series for one of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `group_left`: the left side has many.
    pub left: bool,
    /// Labels taken from the side that has one.
    pub include: Vec<String>,
}

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `<`
    Less,
    /// `>=`
    GreaterEqual,
    /// `<=`
    LessEqual,
    /// `</`: what a histogram has below a value.
    TrimUpper,
    /// `>/`: what a histogram has above a value.
    TrimLower,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
}

impl BinaryOp {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Add,
        Self::Sub,
        Self::Mul,
        Self::Div,
        Self::Mod,
        Self::Pow,
        Self::Atan2,
        Self::Equal,
        Self::NotEqual,
        Self::Greater,
        Self::Less,
        Self::GreaterEqual,
        Self::LessEqual,
        Self::TrimUpper,
        Self::TrimLower,
        Self::And,
        Self::Or,
        Self::Unless,
    ];

    /// How it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Mod => "%",
            Self::Pow => "^",
            Self::Atan2 => "atan2",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::GreaterEqual => ">=",
            Self::LessEqual => "<=",
            Self::TrimUpper => "</",
            Self::TrimLower => ">/",
            Self::And => "and",
            Self::Or => "or",
            Self::Unless => "unless",
        }
    }

    /// How strongly it binds, from 1.
    #[must_use]
    pub fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            Self::Add | Self::Sub => 4,
            Self::Mul | Self::Div | Self::Mod | Self::Atan2 => 5,
            Self::Pow => 6,
            _ => 3,
        }
    }

    /// Whether it compares.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Greater
                | Self::Less
                | Self::GreaterEqual
                | Self::LessEqual
        )
    }

    /// Whether it works on sets of series.
    #[must_use]
    pub fn is_set(self) -> bool {
        matches!(self, Self::And | Self::Or | Self::Unless)
    }
}
