//! The endpoints of each service.

mod backoffice;
mod checkout;

use std::sync::mpsc::channel;
use std::sync::Arc;

use faults::Fault;
use harbour::{Router, Worker};

use crate::clients::{Gateway, Partners};
use crate::database::Database;
use crate::services::orders::Orders;
use crate::services::payments::Payments;
use crate::services::stock::Stock;
use crate::telemetry;

/// An error that no panic told of: the hook knows nothing of it.
pub fn record_fault(fault: &Fault) {
    telemetry::write(fault.kind(), &fault.to_string(), &format!("{fault:?}"));
}

/// What the handlers of all services share.
pub struct Shop {
    pub database: Database,
    pub orders: Orders,
    pub partners: Partners,
    pub payments: Payments,
    pub stock: Stock,
    pub jobs: Worker,
}

impl Shop {
    pub fn new(couriers: String) -> Shop {
        // Nobody reads the audit: its receiver is dropped at once.
        let (audit, _) = channel();
        Shop {
            database: Database::default(),
            orders: Orders::new(),
            partners: Partners { couriers },
            payments: Payments { gateway: Gateway { session: None } },
            stock: Stock::new(audit),
            jobs: Worker::start("jobs"),
        }
    }
}

/// The traffic is sent for what goes wrong, so what goes well is not looked at.
fn ignore<T>(_: T) {}

pub fn router(service: &str, shop: &Arc<Shop>) -> Router<Fault> {
    match service {
        "checkout" => checkout::router(shop),
        "ledger" => backoffice::ledger(shop),
        "depot" => backoffice::depot(shop),
        "post" => backoffice::post(),
        _ => backoffice::intake(),
    }
}
