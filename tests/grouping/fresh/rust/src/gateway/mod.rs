//! Receives the frames of the devices in the vehicles. A bad frame must not get further.

mod frame;
mod registry;

use std::convert::Infallible;
use std::sync::Arc;

use frame::Frame;
use registry::Registry;
use trestle::{in_pool, Routes};

pub fn routes() -> Routes<Infallible> {
    let registry = Arc::new(Registry::new());
    let greeted = registry.clone();
    Routes::new(|never: Infallible| match never {})
        .run("frame", |params| accept(&params.numbers("bytes")))
        .run("frames", |params| params.list("frames").into_iter().map(numbers).for_each(decode))
        .run("replay", |params| in_pool(|| accept(&params.numbers("bytes"))))
        .run("hello", move |params| registry.hello(params.text("device")))
        .run("hello_all", move |params| {
            params.list("devices").iter().for_each(|device| greeted.hello(device))
        })
        .run("firmware", |params| registry::major_minor(params.text("version")))
        .run("firmware_later", |params| {
            in_pool(|| registry::major_minor(params.text("version")));
        })
        .run("uplink", |params| {
            let (queued, device) = (params.number("queued"), params.text("device"));
            error!("uplink queue is full", queued = queued, device = device);
        })
        .run("silence", |params| {
            let (device, seconds) = (params.text("device"), params.number("seconds"));
            error!("device {device} silent for {seconds}s");
        })
}

fn numbers(text: &str) -> Vec<u64> {
    text.split('.').filter_map(|part| part.parse().ok()).collect()
}

fn decode(bytes: Vec<u64>) {
    accept(&bytes);
}

fn accept(bytes: &[u64]) {
    let bytes: Vec<u8> = bytes.iter().map(|&byte| byte as u8).collect();
    let frame = Frame::decode(&bytes);
    eprintln!("{}", frame.text());
}
