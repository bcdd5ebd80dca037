//! The endpoints of the ledger, the depot, the post and the intake.

use std::sync::Arc;

use faults::{Fault, Result};
use harbour::{Request, Router};

use super::{ignore, record_fault, Shop};
use crate::services::payments::{self, Payout};
use crate::services::post::{self, Html, Mail, Text};
use crate::services::{intake, stock::Stock};

pub fn ledger(shop: &Arc<Shop>) -> Router<Fault> {
    let with = |call: fn(&Arc<Shop>, &Request) -> Result<()>| {
        let shop = shop.clone();
        move |request: &Request| call(&shop, request)
    };
    Router::default()
        .route("pay", with(|shop, request| shop.payments.pay(request.number("cents")).map(ignore)))
        .route(
            "refund",
            with(|shop, request| shop.payments.give_back(request.number("cents")).map(ignore)),
        )
        .route(
            "capture",
            with(|shop, request| shop.payments.capture(request.get("batch"), &[100, 200])),
        )
        .route("settle", with(settle))
        .route(
            "settle_later",
            with(|shop, request| {
                let (later, request) = (
                    shop.clone(),
                    Request { endpoint: "settle".to_owned(), values: request.values.clone() },
                );
                shop.jobs.submit(move || {
                    if let Err(fault) = settle(&later, &request) {
                        record_fault(&fault);
                    }
                });
                Ok(())
            }),
        )
        .route("refundable", |request| {
            let number = |name| request.number(name);
            payments::refundable(500, number("cents"), number("order"), number("days")).map(ignore)
        })
        .route("webhook", |request| payments::webhook_amount(request.get("amount")).map(ignore))
        .route("voucher", |request| payments::voucher_amount(request.get("amount")).map(ignore))
        .route("close_day", |request| {
            payments::check_ledger(request.number("debit"), request.number("credit"));
            Ok(())
        })
        .route("invoice", |request| {
            payments::invoice_header(&request.list("lines"));
            Ok(())
        })
}

fn settle(shop: &Arc<Shop>, request: &Request) -> Result<()> {
    let payout = Payout {
        id: request.get("payout"),
        fee: request.number("fee"),
        parties: request.number("parties"),
        iban: Some(request.get("iban")).filter(|text| !text.is_empty()),
    };
    payments::settle(&shop.partners, &payout)
}

pub fn depot(shop: &Arc<Shop>) -> Router<Fault> {
    let with = |call: fn(&Stock, &Request)| {
        let shop = shop.clone();
        move |request: &Request| {
            call(&shop.stock, request);
            Ok(())
        }
    };
    let later = shop.clone();
    Router::default()
        .route("level", with(|stock, request| ignore(stock.level(request.get("sku")))))
        .route(
            "levels",
            with(|stock, request| {
                let _: u32 = request.list("skus").iter().map(|sku| stock.level(sku)).sum();
            }),
        )
        .route("level_later", move |request| {
            let (shop, sku) = (later.clone(), request.get("sku").to_owned());
            later.jobs.submit(move || ignore(shop.stock.level(&sku)));
            Ok(())
        })
        .route(
            "take",
            with(|stock, request| {
                stock.take(request.get("sku"), request.number("pieces") as u32);
            }),
        )
        .route(
            "shelf",
            with(|stock, request| ignore(stock.shelf(request.number("number") as usize))),
        )
        .route(
            "shelves",
            with(|stock, request| {
                ignore(stock.shelves_until(request.number("end") as usize).len())
            }),
        )
        .route("recount", with(|stock, request| ignore(stock.recount(&request.list("halls")))))
        .route("last_count", with(|stock, _| ignore(stock.last_count())))
        .route("sum_of_counts", with(|stock, _| ignore(stock.sum_of_counts())))
        .route("prefix", with(|stock, request| ignore(stock.prefix(request.get("name")))))
        .route("note", with(|stock, request| stock.note(request.get("entry"))))
        .route("halt", with(|stock, _| stock.halt()))
        .route("halt_at_night", with(|stock, _| stock.halt_at_night()))
}

fn mail(request: &Request) -> Mail {
    let given = |name| Some(request.get(name).to_owned()).filter(|text| !text.is_empty());
    Mail { title: given("title"), body: given("body") }
}

pub fn post() -> Router<Fault> {
    Router::default()
        .route("html", |request| Ok(ignore(post::render_all(&Html, &[mail(request)]))))
        .route("text", |request| Ok(ignore(post::render_all(&Text, &[mail(request)]))))
        .route("preview", |request| {
            Ok(ignore(post::render_as(request.get("format"), &mail(request))))
        })
        .route("letter", |request| Ok(ignore(post::letter(request.get("customer")))))
        .route("logo", |_| Ok(ignore(post::logo())))
        .route("settings", |request| {
            post::settings(request.get("text"));
            Ok(())
        })
}

pub fn intake() -> Router<Fault> {
    Router::default()
        .route("import", |request| {
            intake::import(request.get("row"));
            Ok(())
        })
        .route("import_all", |request| {
            request.get("rows").split('+').for_each(|row| ignore(intake::import(row)));
            Ok(())
        })
        .route("cents", |request| Ok(ignore(intake::cents(request.get("row")))))
        .route("count", |request| Ok(ignore(intake::count(request.get("row")))))
        .route("decode", |request| {
            let bytes: Vec<u8> =
                request.list("bytes").iter().filter_map(|byte| byte.parse().ok()).collect();
            intake::decode(&bytes);
            Ok(())
        })
}
