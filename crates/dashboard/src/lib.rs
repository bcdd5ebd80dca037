//! Dashboards: the document, its validation, the import of Grafana's, and those that come
//! ready-made.
//!
//! Invariants: pure: no I/O, no clock, no runtime; what is read here is valid, and what is wrong is
//! all said at once; an imported dashboard is valid, too, and what it lost is in its notes.

mod builtin;
mod check;
mod document;
mod grafana;
mod lookup;
mod palette;
mod problem;
mod read;
mod substitute;

pub use builtin::{Builtin, builtin};
pub use document::{
    COLUMNS, Choice, Dashboard, Filter, Grid, Legend, Link, Mapping, Panel, PanelKind, Query,
    Reduce, SCHEMA, Sort, Stack, Threshold, TimeRange, Variable, VariableKind,
};
pub use grafana::{Imported, Note, import_grafana};
pub use palette::{COLOURS, UNITS};
pub use problem::Problem;

/// The largest document that is read, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// The largest dashboard of Grafana that is imported, bytes; its JSON says the same in more words.
pub const GRAFANA_BYTES_MAX: usize = 4 << 20;
