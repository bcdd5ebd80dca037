//! Sensors, whose readings are of one type each.

use std::any::Any;
use std::collections::HashMap;

pub struct Sensors {
    readings: HashMap<&'static str, Box<dyn Any + Send>>,
}

impl Sensors {
    pub fn new() -> Sensors {
        Sensors { readings: HashMap::from([("tank", boxed(40.5)), ("reserve", boxed("empty"))]) }
    }

    pub fn read<T: Copy + 'static>(&self, sensor: &str) -> T {
        *self.readings[sensor].downcast_ref::<T>().expect("a sensor has readings of its type")
    }
}

fn boxed<T: Send + 'static>(value: T) -> Box<dyn Any + Send> {
    Box::new(value)
}

pub fn ignition(state: u64) -> &'static str {
    match state {
        0 => "off",
        1 => "on",
        other => unreachable!("ignition is {other}"),
    }
}
