//! Orders from the cart to the parcel.

use std::collections::HashMap;

use crate::checks::{ensure, fail, must};
use crate::services::pricing::{self, Line};

pub struct Customer {
    pub email: String,
}

pub struct Order {
    pub customer: Option<Customer>,
    pub status: &'static str,
}

pub struct Orders {
    orders: HashMap<i64, Order>,
    tiers: HashMap<String, u32>,
}

impl Orders {
    pub fn new() -> Orders {
        let customer = |email: &str| Some(Customer { email: email.to_owned() });
        let orders = HashMap::from([
            (4711, Order { customer: customer("ada@example.org"), status: "paid" }),
            (4712, Order { customer: None, status: "open" }),
            (4713, Order { customer: None, status: "open" }),
            (4720, Order { customer: customer("grace@example.org"), status: "paid" }),
        ]);
        Orders { orders, tiers: HashMap::from([("ada".to_owned(), 10)]) }
    }

    pub fn place(&self, lines: &[Line]) -> u32 {
        for Line { sku, quantity, .. } in lines {
            ensure(*quantity > 0, || format!("quantity of {sku} must be positive, got {quantity}"));
        }
        pricing::cart_total(lines)
    }

    pub fn confirmation_address(&self, id: i64) -> String {
        let customer = self.orders[&id].customer.as_ref().expect("an order has a customer");
        customer.email.to_lowercase()
    }

    pub fn begin_payment(&self, id: i64) {
        if self.orders[&id].status == "paid" {
            fail(format!("order {id} is already paid"));
        }
    }

    pub fn apply_voucher(&self, code: &str, expires: &str) {
        ensure(expires >= "2024-06-01", || format!("voucher {code} expired on {expires}"));
    }

    pub fn ship(&self, grams: i64, carrier: Option<&str>, address: Option<&str>) -> usize {
        ensure(grams <= 20_000, || format!("parcel of {grams} g is too heavy"));
        let carrier = must(carrier, "the carrier");
        carrier.len() + must(address, "the address").len()
    }

    pub fn tier(&self, customer: &str) -> u32 {
        self.tiers[customer]
    }

    pub fn advance(&self, from: &str) -> &'static str {
        match from {
            "open" => "paid",
            "paid" => "sent",
            other => unreachable!("an order in state {other} does not advance"),
        }
    }
}
