//! Gives routes to drivers.

mod jobs;
mod partners;
mod routes;

use std::net::SocketAddr;

use crate::telemetry;
use partners::Partners;
use plight::{Report, Result};
use trestle::{block_on, retry, Params, Routes};

pub fn routes(traffic: SocketAddr) -> Routes<Report> {
    let partners = Partners::new(traffic);
    Routes::new(record)
        .at("route", |params| routes::load(params.text("route")))
        .at("route_retried", |params| retry(3, || routes::load(params.text("route"))))
        .at("shift", |params| block_on(plan_shift(params)))
        .at("stop", |params| routes::minutes(params.text("time")))
        .at("stops", |params| routes::stops(&params.list("times")))
        .at("weight", |params| routes::weight(params.text("row")))
        .at("weights", |params| routes::weights(&params.list("rows")))
        .at("assign", jobs::check_driver)
        .at("assign_async", |params| block_on(async { jobs::check_driver(params) }))
        .at("open", |params| jobs::assign(params.text("job"), params.text("state")))
        .at("complete", |params| jobs::complete(params.text("job"), params.text("state")))
        .at("depot", move |params| partners.announce(params.text("truck")))
        .at("depot_retried", move |params| retry(2, || partners.announce(params.text("truck"))))
        .at("eta", move |params| partners.delay(params.text("road")))
        .at("etas", move |params| partners.delays(&params.list("roads")))
        .run("decline", |params| {
            let (driver, reason) = (params.text("driver"), params.text("reason"));
            error!("driver {driver} declined: {reason}", job = params.text("job"));
        })
        .run("late", |params| {
            error!("stop missed its window", route = params.text("route"), by = params.text("by"));
        })
}

/// The form a person reads in the log: the report, its causes, and its place.
fn record(report: Report) {
    telemetry::write("plight::Report", &report.to_string(), &format!("{report:?}"));
}

async fn plan_shift(params: &Params) -> Result<()> {
    for route in params.list("routes") {
        routes::load(route)?;
    }
    Ok(())
}
