//! The dashboard document: what is stored, sent to the page and edited there.
//!
//! Invariants: a field that is left out has the default written here; an unknown one is refused; a
//! document is always written with the same fields in the same order.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The version of the document's shape that this build reads and writes.
pub const SCHEMA: u32 = 1;

/// The columns of the grid that panels lie on.
pub const COLUMNS: u32 = 24;

/// A dashboard: panels on a grid, and the variables that their queries use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// The version of the shape: 1.
    pub schema: u32,
    /// The name for people; never empty.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The times shown first.
    pub time: TimeRange,
    /// Seconds between refreshes; 0 never refreshes.
    pub refresh_seconds: u32,
    /// What a reader may choose, in the order shown.
    pub variables: Vec<Variable>,
    /// The panels.
    pub panels: Vec<Panel>,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            title: String::new(),
            description: String::new(),
            tags: Vec::new(),
            time: TimeRange::default(),
            refresh_seconds: 0,
            variables: Vec::new(),
            panels: Vec::new(),
        }
    }
}

/// From when to when: `now`, a time before now as `-6h`, or an RFC 3339 time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardTimeRange)]
pub struct TimeRange {
    /// The first time.
    pub from: String,
    /// The end.
    pub to: String,
}

impl Default for TimeRange {
    fn default() -> Self {
        Self { from: "-1h".into(), to: "now".into() }
    }
}

/// A value that a reader chooses and queries name as `$name`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardVariable)]
pub struct Variable {
    /// Letters, digits and `_`; unique, and not one of the page's own, which begin with `__`.
    pub name: String,
    /// The name for people; the name itself where empty.
    pub label: String,
    /// Where its values come from.
    #[serde(rename = "type")]
    pub kind: VariableKind,
    /// Of kind `query`: `label_values(metric, label)`, `label_names(metric)`, `metrics(pattern)` or
    /// `query_result(promql)`; or a selector of series.
    pub query: String,
    /// Of kind `query`: which values, and which part of them, as a regular expression of the page.
    pub regex: String,
    /// Of kinds `custom` and `interval`: the values.
    pub options: Vec<Choice>,
    /// Whether several may be chosen.
    pub multi: bool,
    /// Whether all may be chosen at once, which `$__all` among the chosen values says.
    pub include_all: bool,
    /// What all stands for in queries; every value where null.
    pub all_value: Option<String>,
    /// What is chosen first; the value itself for `text` and `constant`.
    pub default: Vec<String>,
    /// Whether the page hides it.
    pub hidden: bool,
    /// The order of the values of a query.
    pub sort: Sort,
}

/// Where the values of a variable come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardVariableKind)]
pub enum VariableKind {
    /// From the store.
    Query,
    /// From a fixed list.
    #[default]
    Custom,
    /// Typed by the reader.
    Text,
    /// From a fixed list of durations.
    Interval,
    /// One value that nobody changes.
    Constant,
}

/// A value to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardChoice)]
pub struct Choice {
    /// What queries get.
    pub value: String,
    /// What the reader sees; the value where empty.
    pub text: String,
}

/// An order of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardSort)]
pub enum Sort {
    /// As the store gives them.
    #[default]
    None,
    /// By text.
    Alphabetical,
    /// By text, last first.
    AlphabeticalDesc,
    /// By number.
    Numeric,
    /// By number, largest first.
    NumericDesc,
}

/// One panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardPanel)]
pub struct Panel {
    /// Unique within the dashboard, from 1.
    pub id: u32,
    /// How it shows what it shows.
    #[serde(rename = "type")]
    pub kind: PanelKind,
    /// The name for people; may name variables.
    pub title: String,
    /// What to know about it.
    pub description: String,
    /// Where it lies.
    pub grid: Grid,
    /// What it asks; empty for text, rows, logs and traces.
    pub queries: Vec<Query>,
    /// The unit of the values: one of [`crate::UNITS`], or a text shown after each value.
    pub unit: String,
    /// Digits after the point; the page chooses where null.
    pub decimals: Option<u8>,
    /// The low end of the axis; from the data where null.
    pub min: Option<f64>,
    /// The high end of the axis; from the data where null.
    pub max: Option<f64>,
    /// Colours by value, from low to high.
    pub thresholds: Vec<Threshold>,
    /// Texts and colours for single values.
    pub mappings: Vec<Mapping>,
    /// Whether series are stacked.
    pub stack: Stack,
    /// How strongly the area under a line is filled: 0 to 1.
    pub fill: f64,
    /// Pixels: 0 to 10.
    pub line_width: u8,
    /// The list of series.
    pub legend: Legend,
    /// How one value is made of many, where a panel shows one.
    pub reduce: Reduce,
    /// The variable for each of whose values the panel is shown once.
    pub repeat: Option<String>,
    /// Where to look further.
    pub links: Vec<Link>,
    /// Of type `text`: Markdown.
    pub text: String,
    /// Of types `logs` and `traces`: which.
    pub filter: Filter,
    /// Of type `row`: whether what is under it starts hidden.
    pub collapsed: bool,
}

impl Default for Panel {
    fn default() -> Self {
        Self {
            id: 0,
            kind: PanelKind::default(),
            title: String::new(),
            description: String::new(),
            grid: Grid::default(),
            queries: Vec::new(),
            unit: "none".into(),
            decimals: None,
            min: None,
            max: None,
            thresholds: Vec::new(),
            mappings: Vec::new(),
            stack: Stack::default(),
            fill: 0.1,
            line_width: 1,
            legend: Legend::default(),
            reduce: Reduce::default(),
            repeat: None,
            links: Vec::new(),
            text: String::new(),
            filter: Filter::default(),
            collapsed: false,
        }
    }
}

/// How a panel shows what it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardPanelKind)]
pub enum PanelKind {
    /// Lines over time.
    #[default]
    TimeSeries,
    /// One value, large.
    Stat,
    /// One value on a scale.
    Gauge,
    /// Rows and columns.
    Table,
    /// One bar for each series.
    Bar,
    /// Buckets over time.
    HeatMap,
    /// Log records.
    Logs,
    /// Traces.
    Traces,
    /// Words.
    Text,
    /// A heading over the panels under it, until the next one.
    Row,
}

impl PanelKind {
    /// Whether it shows the answers of queries.
    #[must_use]
    pub fn asks(self) -> bool {
        !matches!(self, Self::Logs | Self::Traces | Self::Text | Self::Row)
    }
}

/// A place on the grid, in its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardGrid)]
pub struct Grid {
    /// Columns left of it.
    pub x: u32,
    /// Cells above it.
    pub y: u32,
    /// Columns it takes.
    pub w: u32,
    /// Cells it is high.
    pub h: u32,
}

impl Default for Grid {
    fn default() -> Self {
        Self { x: 0, y: 0, w: 12, h: 8 }
    }
}

/// One query of a panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardQuery)]
pub struct Query {
    /// Unique within the panel, as `A`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The expression, in which variables stand.
    pub promql: String,
    /// The name of a series, in which `{{label}}` stands; the page chooses where empty.
    pub legend: String,
    /// Whether only the end of the times is asked for.
    pub instant: bool,
    /// Whether it is kept but not asked.
    pub hidden: bool,
}

/// A colour from a value up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardThreshold)]
pub struct Threshold {
    /// From here up; from below everything where null, which only the first may be.
    pub value: Option<f64>,
    /// One of [`crate::COLOURS`], or `#` and 3, 4, 6 or 8 hex digits.
    pub color: String,
}

/// What a single value is shown as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardMapping)]
pub struct Mapping {
    /// The value, as text; `low..high`, one of which may be left out; `null` or `nan` for none.
    pub value: String,
    /// What stands in its place.
    pub text: String,
    /// Its colour, as a threshold's.
    pub color: Option<String>,
}

/// Whether and how series are stacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardStack)]
pub enum Stack {
    /// Each by itself.
    #[default]
    None,
    /// On top of each other.
    Normal,
    /// On top of each other, as shares of their sum.
    Percent,
}

/// The list of series of a panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardLegend)]
pub enum Legend {
    /// Names.
    #[default]
    List,
    /// Names and figures.
    Table,
    /// None.
    Hidden,
}

/// How one value is made of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DashboardReduce)]
pub enum Reduce {
    /// The last.
    #[default]
    Last,
    /// Their mean.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// Their sum.
    Sum,
    /// The first.
    First,
    /// How many there are.
    Count,
}

/// Where to look further.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardLink)]
pub struct Link {
    /// What the reader sees.
    pub title: String,
    /// `https:`, `http:`, or a path of this server.
    pub url: String,
}

/// Which log records or traces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = DashboardFilter)]
pub struct Filter {
    /// Of exactly this service; of all where empty.
    pub service: String,
    /// Of logs: the text that a record contains.
    pub search: String,
    /// Of logs: the least severity: trace, debug, info, warn, error or fatal; any where empty.
    pub severity: String,
    /// Of traces: the least duration, milliseconds.
    pub min_duration_ms: Option<f64>,
    /// Of traces: only those with errors.
    pub errors_only: bool,
}
