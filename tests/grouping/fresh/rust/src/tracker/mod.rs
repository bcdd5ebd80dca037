//! Where the vehicles are, where they may be, and what their sensors say.

macro_rules! invariant {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            panic!($($text)+);
        }
    };
}

mod fences;
mod fixes;
mod sensors;

use std::convert::Infallible;

use trestle::{block_on, in_pool, Params, Routes};

pub fn routes() -> Routes<Infallible> {
    let zones = fences::Zones::new();
    let sensors = sensors::Sensors::new();
    Routes::new(|never: Infallible| match never {})
        .run("heading", |params| fixes::heading(&params.numbers("fixes")))
        .run("headings", |params| params.list("trips").iter().copied().for_each(trip))
        .run("heading_async", |params| block_on(heading_async(params)))
        .run("speed", |params| fixes::speed(params.number("m"), params.number("s")))
        .run("speed_later", |params| in_pool(|| fixes::speeds(&params.numbers("s"))))
        .run("odometer", |params| fixes::driven(&params.numbers("readings")))
        .run("odometer_later", |params| in_pool(|| fixes::driven(&params.numbers("readings"))))
        .run("fence", |params| fences::check(params.text("name"), &params.numbers("ring")))
        .run("fences", |params| {
            let ring = params.numbers("ring");
            params.list("names").iter().for_each(|name| fences::check(name, &ring))
        })
        .run("group", |params| fences::count(&mut params.text("fences").chars()))
        .run("merge", move |params| zones.merge(params.text("from"), params.text("into")))
        .run("ignition", |params| sensors::ignition(params.number("state")))
        .run("ignitions", |params| {
            params.numbers("states").into_iter().map(sensors::ignition).collect::<Vec<_>>()
        })
        .run("fuel", move |params| match params.text("as") {
            "litres" => sensors.read::<f64>(params.text("sensor")),
            _ => sensors.read::<u64>(params.text("sensor")) as f64,
        })
        .run("jump", |params| {
            let (vehicle, km, s) = (params.text("vehicle"), params.text("km"), params.text("s"));
            error!("vehicle {vehicle} jumped {km} km in {s} s");
        })
        .run("tow", |params| {
            let (vehicle, at) = (params.text("vehicle"), params.text("at"));
            error!("moved with ignition off", vehicle = vehicle, at = at);
        })
}

fn trip(text: &str) {
    let fixes: Vec<u64> = text.split('.').filter_map(|part| part.parse().ok()).collect();
    fixes::heading(&fixes);
}

async fn heading_async(params: &Params) {
    fixes::heading(&params.numbers("fixes"));
}
