//! Names that look like a real system's: services, their resources, operations, queries, faults.

use crate::attributes::{integer, text};
use crate::protobuf::Message;
use crate::random::{Random, mix};

const SERVICES: &[&str] = &[
    "storefront",
    "checkout",
    "catalog",
    "payments",
    "inventory",
    "mailer",
    "pricing",
    "search",
    "recommendations",
    "shipping",
    "identity",
    "reviews",
    "loyalty",
    "fraud-detection",
    "warehouse",
    "reporting",
];

/// Method and route of an HTTP operation.
pub(crate) const ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/products"),
    ("GET", "/api/v1/products/{id}"),
    ("POST", "/api/v1/carts/{id}/items"),
    ("GET", "/api/v1/carts/{id}"),
    ("POST", "/api/v1/orders"),
    ("GET", "/api/v1/orders/{id}"),
    ("POST", "/api/v1/payments"),
    ("GET", "/api/v1/stock/{id}"),
    ("PUT", "/api/v1/stock/{id}"),
    ("GET", "/api/v1/search"),
    ("POST", "/api/v1/mails"),
    ("DELETE", "/api/v1/carts/{id}"),
];

/// Operation, table and text of a query.
pub(crate) const QUERIES: &[(&str, &str, &str)] = &[
    ("SELECT", "products", "SELECT id, name, price FROM products WHERE id = $1"),
    ("SELECT", "orders", "SELECT id, state, total FROM orders WHERE customer = $1 LIMIT 20"),
    ("INSERT", "orders", "INSERT INTO orders (customer, total) VALUES ($1, $2) RETURNING id"),
    ("UPDATE", "stock", "UPDATE stock SET reserved = reserved + $1 WHERE sku = $2"),
    ("SELECT", "sessions", "SELECT data FROM sessions WHERE id = $1 AND expires > now()"),
];

pub(crate) const TASKS: &[&str] =
    &["render page", "apply discounts", "load session", "plan stock", "sign token", "parse cart"];

/// Type and message of a fault.
pub(crate) const FAULTS: &[(&str, &str)] = &[
    ("TimeoutError", "no answer from payments within 2000 ms"),
    ("ConnectionResetError", "connection reset by peer: inventory.shop.svc:8080"),
    ("DeadlockDetected", "deadlock detected: process 4711 waits for ShareLock on transaction 815"),
    ("NullPriceError", "price of product is missing in price list 2024-B"),
];

/// Patterns of log bodies; `{}` is replaced by a number.
pub(crate) const LOG_BODIES: &[&str] = &[
    "order {} accepted",
    "cart {} recalculated, 3 items",
    "user {} signed in",
    "reserved stock for order {}, warehouse north",
    "cache refreshed in {} ms",
    "mail {} queued for delivery",
    "request {} took longer than expected, retrying with the replica",
    "payment {} authorised by the bank",
];

/// The name of the n-th service.
pub(crate) fn service_name(index: usize) -> String {
    SERVICES.get(index).map_or_else(|| format!("service-{}", index + 1), |name| (*name).to_owned())
}

/// The stack trace of a fault in a service.
pub(crate) fn stack_trace(kind: &str, message: &str, service: &str) -> String {
    format!(
        "{kind}: {message}\n    at {service}::client::call (src/client.rs:118)\n    \
         at {service}::handlers::handle (src/handlers.rs:64)\n    \
         at {service}::router::dispatch (src/router.rs:203)\n    \
         at {service}::server::serve (src/server.rs:91)\n    \
         at {service}::main (src/main.rs:27)"
    )
}

/// A route with its parameter filled in.
pub(crate) fn path(route: &str, cardinality: u64, random: &mut Random) -> String {
    route.replace("{id}", &format!("{:07}", 1_000_000 + random.skewed_below(cardinality)))
}

/// An encoded `Resource` of a service.
pub(crate) fn resource(index: usize, seed: u64) -> Message {
    let name = service_name(index);
    let scattered = mix(seed ^ index as u64);
    let mut out = Message::default();
    text(&mut out, 1, "service.name", &name);
    text(&mut out, 1, "service.namespace", "shop");
    text(&mut out, 1, "service.version", &format!("1.{}.0", scattered % 20));
    text(&mut out, 1, "service.instance.id", &format!("{scattered:016x}"));
    text(&mut out, 1, "deployment.environment.name", "production");
    text(&mut out, 1, "host.name", &format!("node-{:02}", scattered % 12));
    text(&mut out, 1, "k8s.namespace.name", "shop");
    text(&mut out, 1, "k8s.pod.name", &format!("{name}-{:05x}", scattered >> 44));
    text(&mut out, 1, "telemetry.sdk.name", "opentelemetry");
    text(&mut out, 1, "telemetry.sdk.language", "rust");
    text(&mut out, 1, "telemetry.sdk.version", "0.33.0");
    integer(&mut out, 1, "process.pid", (scattered % 30_000) as i64 + 100);
    out
}

/// An encoded `InstrumentationScope`.
pub(crate) fn scope(name: &str) -> Message {
    let mut out = Message::default();
    out.text(1, name).text(2, "1.4.0");
    out
}

pub(crate) const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.37.0";
