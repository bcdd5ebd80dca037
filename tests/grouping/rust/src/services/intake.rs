//! Price lists of suppliers.

use std::str;

/// A function for each column of a row: `price`, `pieces`.
macro_rules! columns {
    ($($name:ident = $at:expr;)*) => {
        $(pub fn $name(row: &str) -> &str {
            row.split(';').nth($at).unwrap()
        })*
    };
}

columns! {
    price = 1;
    pieces = 2;
}

pub fn cents(row: &str) -> u32 {
    price(row).parse().unwrap()
}

pub fn count(row: &str) -> u32 {
    pieces(row).trim().parse().unwrap()
}

pub fn decode(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

pub fn import(row: &str) -> (u32, u32) {
    (cents(row), count(row))
}
