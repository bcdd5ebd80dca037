//! Prometheus' protocols: what they send becomes series, samples, histograms and exemplars.
//!
//! Where to start reading: `series` turns labels into series of the tables; the decoders of each
//! protocol call it. `text` reads what services expose to be scraped.
//!
//! Invariant: what is already known of a series comes through [`Admission`] alone, so that decoding
//! stays free of I/O and locks of its own.

mod series;
pub mod text;

pub use series::{
    Admission, Admitted, Built, Candidate, FLAG_FLOAT, HistogramValue, Label, MetadataKind, Noted,
    RESET_HINT_SHIFT, SERIES_KIND, SampleVerdict, SeriesBuilder, SeriesRef, series_identity,
};
