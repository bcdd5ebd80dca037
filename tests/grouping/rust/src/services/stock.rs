//! Stock levels, shelves and what is counted.

use std::collections::HashMap;
use std::panic::panic_any;
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard};

pub struct Stock {
    levels: HashMap<String, u32>,
    counts: Mutex<Vec<u32>>,
    shelves: Vec<&'static str>,
    audit: Sender<String>,
}

/// A payload that is no text: what a panic says of it is nothing.
struct Halt;

impl Stock {
    pub fn new(audit: Sender<String>) -> Stock {
        let levels = HashMap::from([("MUG-1".to_owned(), 4), ("LAMP-2".to_owned(), 1)]);
        Stock { levels, counts: Mutex::new(vec![3]), shelves: vec!["A", "B", "C"], audit }
    }

    pub fn level(&self, sku: &str) -> u32 {
        self.levels[sku]
    }

    pub fn take(&self, sku: &str, pieces: u32) -> u32 {
        self.level(sku) - pieces
    }

    pub fn shelf(&self, number: usize) -> &'static str {
        self.shelves[number]
    }

    pub fn shelves_until(&self, end: usize) -> &[&'static str] {
        &self.shelves[..end]
    }

    fn counts(&self) -> MutexGuard<'_, Vec<u32>> {
        self.counts.lock().unwrap()
    }

    /// A count of nothing is a bug, and the lock it holds stays poisoned.
    pub fn recount(&self, halls: &[&str]) -> usize {
        let mut counts = self.counts();
        counts.push(0);
        halls.iter().map(|hall| hall.len()).max().expect("there is a hall to count")
    }

    pub fn last_count(&self) -> u32 {
        self.counts()[0]
    }

    pub fn sum_of_counts(&self) -> u32 {
        self.counts().iter().sum()
    }

    pub fn prefix(&self, name: &str) -> String {
        name[..4].to_owned()
    }

    pub fn note(&self, entry: &str) {
        self.audit.send(entry.to_owned()).unwrap();
    }

    pub fn halt(&self) {
        panic_any(Halt);
    }

    pub fn halt_at_night(&self) {
        panic_any(23_u8);
    }
}
