//! A series' labels.

use std::fmt;
use std::hash::Hasher;
use std::sync::Arc;

use twox_hash::XxHash64;

/// The label that holds a metric's name.
pub const METRIC_NAME: &str = "__name__";

/// Labels, sorted by name; none is empty. Clones share them.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Arc<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// Sorts labels and leaves out those without a value; of a name that comes twice the last counts.
    pub fn new<K: Into<Arc<str>>, V: Into<Arc<str>>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let mut labels: Vec<(Arc<str>, Arc<str>)> =
            pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        labels.sort_by(|a, b| a.0.cmp(&b.0));
        labels.reverse();
        labels.dedup_by(|next, kept| next.0 == kept.0);
        labels.reverse();
        labels.retain(|(_, value)| !value.is_empty());
        Self(labels.into())
    }

    /// A label's value, empty where it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        match self.0.binary_search_by(|(found, _)| (**found).cmp(name)) {
            Ok(at) => &self.0[at].1,
            Err(_) => "",
        }
    }

    /// The labels in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that pass.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        if self.0.iter().all(|(name, _)| keep(name)) {
            return self.clone();
        }
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    /// A hash of all labels, the same as Prometheus': xxHash64 of names and values, each followed by a byte
    /// that is in no text.
    #[must_use]
    pub fn hash_64(&self) -> u64 {
        let mut hasher = XxHash64::with_seed(0);
        for (name, value) in self.iter() {
            for text in [name, value] {
                hasher.write(text.as_bytes());
                hasher.write(&[0xff]);
            }
        }
        hasher.finish()
    }

    /// With a label set, or removed where the value is empty.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(found, _)| **found != *name).cloned();
        Self::new(others.chain([(Arc::from(name), Arc::from(value))]))
    }
}

impl fmt::Display for Labels {
    /// As in a query: `up{job="a"}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get(METRIC_NAME))?;
        f.write_str("{")?;
        let labels = self.iter().filter(|(name, _)| *name != METRIC_NAME);
        for (at, (name, value)) in labels.enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{name}={}", crate::Quoted(value))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_prometheus() {
        assert_eq!(Labels::default().hash_64(), 0xef46_db37_51d8_e999);
        let labels = Labels::new([("b", "c"), ("__name__", "a")]);
        let expected = XxHash64::oneshot(0, b"__name__\xffa\xffb\xffc\xff");
        assert_eq!(labels.hash_64(), expected);
    }
}
