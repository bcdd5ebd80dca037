//! The endpoints of the checkout.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;

use faults::{Fault, Result};
use harbour::{block_on, retry, Request, Router};

use super::{ignore, Shop};
use crate::services::catalogue::{Bus, Category};
use crate::services::pricing::{self, Cart, Line};

/// Lines as `sku:quantity:price`, the price left out where it is not known.
fn lines(request: &Request) -> Vec<Line> {
    let line = |text: &str| {
        let mut parts = text.split(':');
        let sku = parts.next().unwrap_or("").to_owned();
        let quantity = parts.next().and_then(|text| text.parse().ok()).unwrap_or(1);
        Line { sku, quantity, price: parts.next().and_then(|text| text.parse().ok()) }
    };
    request.list("lines").into_iter().map(line).collect()
}

fn cart(request: &Request) -> Cart {
    Cart { total: 90, pieces: request.number("pieces") as u32, tier: None, vouchers: Vec::new() }
}

fn page(request: &Request) -> usize {
    request.get("page").parse().unwrap()
}

fn add(request: &Request) -> Result<()> {
    pricing::line_total(&lines(request)[0]);
    Ok(())
}

fn quote_async(request: &Request) -> Result<()> {
    block_on(async { pricing::quote(lines(request)).await });
    Ok(())
}

fn quote_scoped(request: &Request) -> Result<()> {
    let lines = lines(request);
    thread::scope(|scope| {
        let total = scope.spawn(|| pricing::cart_total(&lines));
        // The panic was reported where it happened; here the request just fails.
        let _ = total.join();
    });
    Ok(())
}

fn preview(request: &Request) -> Result<()> {
    let mut lines = lines(request);
    lines.sort_by_key(|line| pricing::line_total(line));
    Ok(())
}

fn quote_retried(request: &Request) -> Result<()> {
    retry(3, || Ok::<_, Fault>(pricing::cart_total(&lines(request)))).map(ignore)
}

fn best_rule(request: &Request) -> Result<()> {
    let cart = cart(request);
    request.list("rules").iter().map(|name| pricing::apply_rule(name, &cart)).max();
    Ok(())
}

fn listen_while_emitting(request: &Request) -> Result<()> {
    let bus = Bus::default();
    let topic = request.get("topic").to_owned();
    let again = topic.clone();
    bus.on(&topic, Box::new(move |bus| bus.on(&again, Box::new(|_| ()))));
    bus.emit(&topic);
    Ok(())
}

fn merge_carts(request: &Request) -> Result<()> {
    let cart = RefCell::new(lines(request));
    let merge = |other: &RefCell<Vec<Line>>| {
        for line in cart.borrow().iter() {
            other.borrow_mut().push(line.clone());
        }
    };
    merge(&cart);
    Ok(())
}

pub fn router(shop: &Arc<Shop>) -> Router<Fault> {
    pricing_routes(Router::default(), shop)
        .route("first_product", |request| {
            Category::chain(request.number("depth")).first_product();
            Ok(())
        })
        .route("products", |request| {
            request.list("depths").iter().for_each(|depth| {
                Category::chain(depth.parse().unwrap_or(0)).first_product();
            });
            Ok(())
        })
        .route("depth", |request| {
            Category::chain(request.number("depth")).depth_even(4);
            Ok(())
        })
        .route("listen", listen_while_emitting)
        .route("merge", merge_carts)
        .route("list_orders", |request| {
            page(request);
            Ok(())
        })
        .route("list_reviews", |request| {
            let _ = (0..page(request)).count();
            Ok(())
        })
}

fn pricing_routes(router: Router<Fault>, shop: &Arc<Shop>) -> Router<Fault> {
    let later = shop.clone();
    let routes = router
        .route("add", add)
        .route("quote_async", quote_async)
        .route("quote_scoped", quote_scoped)
        .route("quote_retried", quote_retried)
        .route("preview", preview)
        .route("report_later", move |request| {
            let lines = lines(request);
            later.jobs.submit(move || ignore(pricing::cart_total(&lines)));
            Ok(())
        })
        .route("change", |request| {
            pricing::change(request.number("paid") as u32, request.number("total") as u32);
            Ok(())
        })
        .route("rule", |request| {
            pricing::apply_rule(request.get("rule"), &cart(request));
            Ok(())
        })
        .route("best_rule", best_rule);
    order_routes(routes, shop)
}

fn order_routes(router: Router<Fault>, shop: &Arc<Shop>) -> Router<Fault> {
    let with = |call: fn(&Arc<Shop>, &Request) -> Result<()>| {
        let shop = shop.clone();
        move |request: &Request| call(&shop, request)
    };
    router
        .route("checkout", with(|shop, request| Ok(ignore(shop.orders.place(&lines(request))))))
        .route(
            "confirm",
            with(|shop, request| {
                shop.orders.confirmation_address(request.number("order"));
                Ok(())
            }),
        )
        .route(
            "confirm_later",
            with(|shop, request| {
                let (orders, id) = (shop.clone(), request.number("order"));
                shop.jobs.submit(move || ignore(orders.orders.confirmation_address(id)));
                Ok(())
            }),
        )
        .route("pay", with(|shop, request| Ok(shop.orders.begin_payment(request.number("order")))))
        .route(
            "pay_all",
            with(|shop, request| {
                request
                    .list("orders")
                    .iter()
                    .for_each(|id| shop.orders.begin_payment(id.parse().unwrap_or(0)));
                Ok(())
            }),
        )
        .route(
            "voucher",
            with(|shop, request| {
                Ok(shop.orders.apply_voucher(request.get("code"), request.get("expires")))
            }),
        )
        .route(
            "vouchers",
            with(|shop, request| {
                let apply = |code: &&str| shop.orders.apply_voucher(code, request.get("expires"));
                request.list("codes").iter().for_each(apply);
                Ok(())
            }),
        )
        .route(
            "ship",
            with(|shop, request| {
                let given = |name| Some(request.get(name)).filter(|text| !text.is_empty());
                shop.orders.ship(request.number("grams"), given("carrier"), given("address"));
                Ok(())
            }),
        )
        .route("tier", with(|shop, request| Ok(ignore(shop.orders.tier(request.get("customer"))))))
        .route(
            "advance",
            with(|shop, request| Ok(ignore(shop.orders.advance(request.get("state"))))),
        )
        .route(
            "register",
            with(|shop, request| {
                shop.database.insert("customers", request.get("email"), Some("self"))?;
                shop.database.insert("customers", request.get("email"), Some("self"))
            }),
        )
        .route("order", with(|shop, request| add_order(shop, request.get("id"))))
        .route("revenue", with(|shop, _| shop.database.select("order_total")))
        .route(
            "rate",
            with(|shop, request| shop.partners.rate(request.get("currency")).map(ignore)),
        )
        .route(
            "rate_retried",
            with(|shop, request| {
                retry(3, || shop.partners.rate(request.get("currency"))).map(ignore)
            }),
        )
        .route(
            "rate_async",
            with(|shop, request| {
                block_on(async { shop.partners.rate(request.get("currency")) }).map(ignore)
            }),
        )
        .route("tax", with(|shop, request| shop.partners.tax(request.get("country")).map(ignore)))
        .route(
            "slots",
            with(|shop, request| shop.partners.slots(request.get("postcode")).map(ignore)),
        )
}

fn add_order(shop: &Shop, id: &str) -> Result<()> {
    shop.database.insert("orders", id, None)
}
