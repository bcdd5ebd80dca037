//! Sends the labelled traffic through the services; prints one JSON line for each panic or error.
//!
//! Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.

mod batch;
mod checks;
mod clients;
mod database;
mod handlers;
mod services;
mod telemetry;

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::Arc;

use faults::Fault;
use handlers::Shop;
use harbour::{Request, Router, Worker};
use telemetry::Current;

struct Service {
    router: Arc<Router<Fault>>,
    worker: Worker,
}

fn main() {
    let first = std::env::args().nth(1).is_some_and(|version| version == "v1");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port of loopback is free");
    let couriers = silent.local_addr().expect("a bound port has an address").to_string();
    let shop = Arc::new(Shop::new(couriers));
    let services: HashMap<&str, Service> = ["checkout", "ledger", "depot", "post", "intake"]
        .map(|name| {
            let router = Arc::new(handlers::router(name, &shop));
            (name, Service { router, worker: Worker::start(name) })
        })
        .into();
    telemetry::install(&["depot", "post"]);
    let traffic =
        std::fs::read_to_string("traffic.txt").expect("the traffic is beside the program");
    let mut again = HashSet::new();
    for line in traffic.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.splitn(5, '|').map(str::trim).collect();
        match cells[0] {
            "again" => again.extend(cells[1].split(' ')),
            "log" if first => log(&cells),
            "log" => {}
            name if first || again.remove(cells[1]) => {
                let kind = if first { cells[2] } else { "version" };
                expect(cells[1], kind, name);
                send(&services[name], &shop, cells[3], cells[4]);
                let count = telemetry::current().take().map_or(0, |current| current.count);
                if count != 1 {
                    eprintln!("{line}: gave {count} events");
                    std::process::exit(1);
                }
            }
            _ => {}
        }
    }
}

fn expect(label: &str, kind: &str, service: &str) {
    let (label, kind, service) = (label.to_owned(), kind.to_owned(), service.to_owned());
    *telemetry::current() = Some(Current { label, kind, service, count: 0 });
}

/// A log without a stack: service, label, type and message.
fn log(cells: &[&str]) {
    expect(cells[2], "no-stack", cells[1]);
    let (kind, message) = cells[4].split_once('|').expect("a log has a type and a message");
    telemetry::write(kind.trim(), message.trim(), "");
}

fn send(service: &Service, shop: &Shop, endpoint: &str, parameters: &str) {
    let values = parameters.split("& ").filter_map(|pair| pair.split_once('='));
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let (way, name) = endpoint.split_once(':').unwrap_or(("", endpoint));
    let request = Request { endpoint: name.to_owned(), values };
    let router = service.router.clone();
    match way {
        "later" => shop.jobs.submit(move || record(router.dispatch(&request))),
        "batch" => service.worker.submit(move || record(batch::run(&router, &[request]))),
        _ => service.worker.submit(move || record(router.dispatch(&request))),
    }
    service.worker.drain();
    shop.jobs.drain();
}

fn record(answer: Result<(), Fault>) {
    if let Err(fault) = answer {
        handlers::record_fault(&fault);
    }
}
