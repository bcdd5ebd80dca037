//! Fences around places, and the zones that they form.

use std::cell::RefCell;
use std::collections::HashMap;
use std::str::Chars;

pub fn check(name: &str, ring: &[u64]) {
    invariant!(ring.len() > 2, "fence {name} has {} points", ring.len());
    invariant!(ring.first() == ring.last(), "fence {name} is not closed");
}

/// How many fences there are in nested groups like `a(bc)d)`, of which the first is open already.
pub fn count(group: &mut Chars) -> usize {
    let mut fences = 0;
    loop {
        match group.next().expect("a group is closed") {
            '(' => fences += count(group),
            ')' => return fences,
            _ => fences += 1,
        }
    }
}

pub struct Zones {
    vehicles: HashMap<&'static str, RefCell<Vec<u64>>>,
}

impl Zones {
    pub fn new() -> Zones {
        let zones = [("north", vec![12, 17]), ("harbour", vec![4])];
        Zones { vehicles: zones.map(|(name, ids)| (name, RefCell::new(ids))).into() }
    }

    /// Moves the vehicles of one zone to another.
    pub fn merge(&self, from: &str, into: &str) {
        let mut kept = self.vehicles[into].borrow_mut();
        kept.append(&mut self.vehicles[from].borrow_mut());
    }
}
