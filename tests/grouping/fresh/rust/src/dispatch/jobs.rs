//! Jobs: who drives, and how far a job has come.

use plight::{bail, Result};
use trestle::Params;

pub fn check_driver(params: &Params) -> Result<()> {
    let (driver, hours) = (params.text("driver"), params.number("hours"));
    let (pallets, room) = (params.number("pallets"), params.number("room"));
    if hours > 9 {
        bail!("driver {driver} would drive {hours} hours");
    }
    if pallets > room {
        bail!("truck of {driver} has room for {room} of {pallets} pallets");
    }
    Ok(())
}

pub fn assign(job: &str, state: &str) -> Result<()> {
    expect_state(job, state, "open")
}

pub fn complete(job: &str, state: &str) -> Result<()> {
    expect_state(job, state, "started")?;
    Ok(())
}

fn expect_state(job: &str, state: &str, expected: &str) -> Result<()> {
    if state != expected {
        bail!("job {job} is {state}, expected {expected}");
    }
    Ok(())
}
