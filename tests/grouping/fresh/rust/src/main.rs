//! Sends the labelled traffic through the fleet's services; prints one JSON line for each panic,
//! error or log.
//!
//! Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.

#[macro_use]
mod log;
mod dispatch;
mod gateway;
mod rollup;
mod telemetry;
mod tracker;

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;

use telemetry::Current;
use trestle::{Params, Server};

fn main() {
    let first = std::env::args().nth(1).is_some_and(|version| version == "v1");
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port of loopback is free");
    let traffic_service = silent.local_addr().expect("a bound port has an address");
    telemetry::install(&["gateway"]);
    let servers: HashMap<&str, Server> = HashMap::from([
        ("gateway", Server::start("gateway", gateway::routes)),
        ("tracker", Server::start("tracker", tracker::routes)),
        ("dispatch", Server::start("dispatch", move || dispatch::routes(traffic_service))),
        ("rollup", Server::start("rollup", rollup::routes)),
    ]);
    let traffic =
        std::fs::read_to_string("traffic.txt").expect("the traffic is beside the program");
    let mut again = HashSet::new();
    for line in traffic.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.splitn(5, '|').map(str::trim).collect();
        if cells[0] == "again" {
            again.extend(cells[1].split(' '));
        } else if first || again.remove(cells[1]) {
            expect(cells[1], if first { cells[2] } else { "version" }, cells[0]);
            servers[cells[0]].handle(cells[3], Params::parse(cells[4]));
            let count = telemetry::current().take().map_or(0, |current| current.count);
            if count != 1 {
                eprintln!("{line}: gave {count} events");
                std::process::exit(1);
            }
        }
    }
}

fn expect(label: &str, kind: &str, service: &str) {
    let (label, kind, service) = (label.to_owned(), kind.to_owned(), service.to_owned());
    *telemetry::current() = Some(Current { label, kind, service, count: 0 });
}
