//! Prices of lines, carts and discounts.

use std::collections::HashMap;

#[derive(Clone)]
pub struct Line {
    pub sku: String,
    pub price: Option<u32>,
    pub quantity: u32,
}

pub fn line_total(line: &Line) -> u32 {
    line.price.unwrap() * line.quantity
}

pub fn cart_total(lines: &[Line]) -> u32 {
    lines.iter().map(line_total).sum()
}

pub async fn quote(lines: Vec<Line>) -> u32 {
    cart_total(&lines)
}

pub fn change(paid: u32, total: u32) -> u32 {
    paid - total
}

pub struct Cart {
    pub total: u32,
    pub pieces: u32,
    pub tier: Option<u32>,
    pub vouchers: Vec<u32>,
}

type Rule = Box<dyn Fn(&Cart) -> u32>;

pub fn rules() -> HashMap<&'static str, Rule> {
    let mut rules: HashMap<&'static str, Rule> = HashMap::new();
    rules.insert("bulk", Box::new(|cart| cart.total / cart.pieces));
    rules.insert("tier", Box::new(|cart| cart.tier.unwrap()));
    rules.insert("first", Box::new(|cart| cart.vouchers[0]));
    rules
}

pub fn apply_rule(name: &str, cart: &Cart) -> u32 {
    rules()[name](cart)
}
