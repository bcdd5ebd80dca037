//! Prometheus' protocols: what they send becomes series, samples, histograms and exemplars.
//!
//! Where to start reading: `series` turns labels into series of the tables; the decoders of each
//! protocol call it, `remote_write` first of all. `text` and `protobuf` read what services
//! expose to be scraped.
//!
//! Invariant: what is already known of a series comes through [`Admission`] alone, so that decoding
//! stays free of I/O and locks of its own.

mod admission;
mod histogram;
mod labels;
pub mod protobuf;
mod remote_write;
mod series;
pub mod text;

pub use admission::{Admission, Admitted, Candidate, MetadataKind, Noted, SampleVerdict};
pub use histogram::{BucketSpans, FLAG_FLOAT, HistogramValue, RESET_HINT_SHIFT};
pub use labels::{Label, series_identity};
pub use remote_write::{RemoteWrite, decode_remote_write};
pub use series::{Built, SERIES_KIND, SeriesBuilder, SeriesRef};
