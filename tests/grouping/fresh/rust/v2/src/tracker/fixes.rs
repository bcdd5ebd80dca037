//! What follows from the positions of a vehicle.

const FULL_TURN: u64 = 360;

/// From the last fix but one to the last.
pub fn heading(fixes: &[u64]) -> u64 {
    let last = fixes.len() - 1;
    let turn = fixes[last] + FULL_TURN - fixes[last - 1] % FULL_TURN;
    turn % FULL_TURN
}

pub fn speed(metres: u64, seconds: u64) -> u64 {
    let tenths = seconds * 10;
    metres * 36 / tenths
}

/// The speeds over a hundred metres each.
pub fn speeds(seconds: &[u64]) -> Vec<u64> {
    seconds.iter().map(|&each| speed(100, each)).collect()
}

pub fn driven(readings: &[u64]) -> u64 {
    readings.windows(2).map(|pair| pair[1] - pair[0]).sum()
}
