//! Payments, refunds and payouts.

use faults::{Context, Fault, Result};

use crate::clients::{Gateway, Partners};

// The rest of the division stays with the shop.
fn split_fee(fee: i64, parties: i64) -> Result<i64> {
    fee.checked_div(parties).ok_or_else(|| Fault::message("fee of no parties"))
}

fn account(iban: Option<&str>) -> Result<String> {
    let iban = iban.ok_or_else(|| Fault::message("merchant has no account"))?;
    Ok(iban.replace(' ', ""))
}

pub struct Payments {
    pub gateway: Gateway,
}

impl Payments {
    pub fn pay(&self, cents: i64) -> Result<String> {
        self.gateway.charge(cents).context(format!("payment of {cents} cents failed"))
    }

    pub fn give_back(&self, cents: i64) -> Result<String> {
        self.gateway.refund(cents).context("the gateway did not refund")
    }

    pub fn capture(&self, batch: &str, amounts: &[i64]) -> Result<()> {
        amounts.iter().try_for_each(|&cents| {
            self.pay(cents).map(drop).context(format!("capture batch {batch} stopped"))
        })
    }
}

pub struct Payout<'a> {
    pub id: &'a str,
    pub fee: i64,
    pub parties: i64,
    pub iban: Option<&'a str>,
}

/// Every failure of a settlement leaves here with one message.
pub fn settle(partners: &Partners, payout: &Payout) -> Result<()> {
    settle_steps(partners, payout).context("payment could not be settled")
}

fn settle_steps(partners: &Partners, payout: &Payout) -> Result<()> {
    split_fee(payout.fee, payout.parties)?;
    account(payout.iban)?;
    partners.book(payout.id)
}

pub fn refundable(captured: i64, cents: i64, order: i64, days: i64) -> Result<i64> {
    if cents > captured {
        return Err(Fault::message(format!("refund of {cents} exceeds the captured {captured}")));
    }
    // Thirty days, by the terms of sale.
    if days > 30 {
        let late = days - 30;
        return Err(Fault::message(format!(
            "refund window of order {order} closed {late} days ago"
        )));
    }
    Ok(cents)
}

pub fn webhook_amount(text: &str) -> Result<u64> {
    Ok(text.parse()?)
}

pub fn voucher_amount(text: &str) -> Result<u64> {
    let digits = text.trim_start_matches("EUR");
    Ok(digits.parse()?)
}

pub fn check_ledger(debit: i64, credit: i64) {
    assert_eq!(debit, credit, "ledger is off");
}

pub fn invoice_header(lines: &[&str]) {
    assert!(!lines.is_empty());
}
