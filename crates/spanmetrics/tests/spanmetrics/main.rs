//! Spans in, series out: through the same columns and the same writer of series as in the server.

mod exactness;
mod graph;
mod limits;
mod series;
mod support;
