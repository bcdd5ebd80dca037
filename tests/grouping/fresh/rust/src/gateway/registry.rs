//! The devices that are known, by serial number.

use std::collections::HashMap;

pub struct Registry {
    vehicles: HashMap<String, &'static str>,
}

impl Registry {
    pub fn new() -> Registry {
        Registry { vehicles: HashMap::from([("D-100".to_owned(), "truck 12")]) }
    }

    pub fn hello(&self, device: &str) {
        eprintln!("{}", self.vehicle_of(device));
    }

    fn vehicle_of(&self, device: &str) -> &'static str {
        self.vehicles.get(device).unwrap_or_else(|| panic!("device {device} is not registered"))
    }
}

/// The first two numbers of a version of firmware, as `4.17-rc1` has them.
pub fn major_minor(version: &str) -> (u32, u32) {
    let mut parts = version.split('.');
    let major = parts.next().unwrap().parse().unwrap();
    let minor = parts.next().unwrap().split('-').next().unwrap().parse().unwrap();
    (major, minor)
}
