//! Percentiles.

pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let rank = (share * sorted.len() as f64) as usize;
    *sorted.get(rank).expect("there are samples")
}

pub fn percentiles(values: &[f64]) -> impl Iterator<Item = f64> + '_ {
    [0.5, 0.9, 0.99].into_iter().map(|share| percentile(values, share))
}
