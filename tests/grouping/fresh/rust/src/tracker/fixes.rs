//! What follows from the positions of a vehicle.

/// From the last fix but one to the last.
pub fn heading(fixes: &[u64]) -> u64 {
    let last = fixes.len() - 1;
    (fixes[last] + 360 - fixes[last - 1] % 360) % 360
}

pub fn speed(metres: u64, seconds: u64) -> u64 {
    metres * 36 / (seconds * 10)
}

/// The speeds over a hundred metres each.
pub fn speeds(seconds: &[u64]) -> Vec<u64> {
    seconds.iter().map(|&each| speed(100, each)).collect()
}

pub fn driven(readings: &[u64]) -> u64 {
    readings.windows(2).map(|pair| pair[1] - pair[0]).sum()
}
