//! Buckets of a counter, in the order of time.

use std::net::TcpStream;
use std::str::FromStr;

use super::error::{Kind, RollupError};

const WAREHOUSE: &str = "127.0.0.1:2";

#[derive(Default)]
pub struct Buckets {
    last: Option<(u64, u64)>,
}

impl Buckets {
    pub fn add(&mut self, bucket: u64, value: u64) -> Result<(), RollupError> {
        if let Some((last, before)) = self.last {
            if bucket < last {
                return Err(Kind::OutOfOrder { bucket, last }.into());
            }
            if value < before {
                return Err(Kind::CounterReset { before, now: value }.into());
            }
        }
        self.last = Some((bucket, value));
        Ok(())
    }
}

pub enum Unit {
    Metres,
    Kilometres,
}

impl FromStr for Unit {
    type Err = RollupError;

    fn from_str(text: &str) -> Result<Unit, RollupError> {
        match text {
            "m" => Ok(Unit::Metres),
            "km" => Ok(Unit::Kilometres),
            other => Err(Kind::UnknownUnit(other.to_owned()).into()),
        }
    }
}

pub fn in_metres(value: u64, unit: &str) -> Result<u64, RollupError> {
    Ok(match unit.parse()? {
        Unit::Metres => value,
        Unit::Kilometres => value * 1000,
    })
}

pub fn flush(batch: &str) -> Result<(), RollupError> {
    let sent = TcpStream::connect(WAREHOUSE);
    sent.map(drop).map_err(|source| Kind::Warehouse { batch: batch.to_owned(), source }.into())
}
