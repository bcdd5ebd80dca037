//! Attributes of synthetic items: the keys of the semantic conventions with values of every type.
//!
//! Invariants: an item has exactly as many attributes as asked, with distinct keys; an open set
//! (user ids, order numbers) has at most `cardinality` values, fewer of them frequent than rare; a
//! closed one (methods, regions) keeps its natural size.

use crate::protobuf::Message;
use crate::random::{Random, mix};

/// Writes one `KeyValue` of a text into `out.field`.
pub(crate) fn text(out: &mut Message, field: u32, key: &str, value: &str) {
    any_value(out, field, key, |any| {
        any.text(1, value);
    });
}

pub(crate) fn boolean(out: &mut Message, field: u32, key: &str, value: bool) {
    any_value(out, field, key, |any| {
        any.varint(2, u64::from(value));
    });
}

pub(crate) fn integer(out: &mut Message, field: u32, key: &str, value: i64) {
    any_value(out, field, key, |any| {
        any.int64(3, value);
    });
}

pub(crate) fn double(out: &mut Message, field: u32, key: &str, value: f64) {
    any_value(out, field, key, |any| {
        any.double(4, value);
    });
}

pub(crate) fn texts(out: &mut Message, field: u32, key: &str, values: &[&str]) {
    let mut array = Message::default();
    for value in values {
        let mut any = Message::default();
        any.text(1, value);
        array.message(1, &any);
    }
    any_value(out, field, key, |any| {
        any.message(5, &array);
    });
}

fn any_value(out: &mut Message, field: u32, key: &str, write: impl FnOnce(&mut Message)) {
    let mut any = Message::default();
    write(&mut any);
    let mut pair = Message::default();
    pair.text(1, key).message(2, &any);
    out.message(field, &pair);
}

/// Which batch an item belongs to, carried by the item itself when there is a ledger.
#[derive(Clone, Debug)]
pub(crate) struct Audit {
    pub(crate) run: String,
}

impl Audit {
    pub(crate) fn write(&self, out: &mut Message, field: u32, sequence: usize) {
        text(out, field, "plimsoll.generate.run", &self.run);
        let mut any = Message::default();
        any.batch_number(3);
        let mut pair = Message::default();
        pair.text(1, "plimsoll.generate.batch").message(2, &any);
        out.message(field, &pair);
        integer(out, field, "plimsoll.generate.seq", sequence as i64);
    }
}

/// How a value is drawn.
#[derive(Clone, Copy, Debug)]
enum Draw {
    /// From a closed set of texts.
    Text(&'static [&'static str]),
    /// From a closed set of numbers.
    Number(&'static [i64]),
    /// From an open set of texts: a prefix and so many hexadecimal digits.
    Hex(&'static str, usize),
    /// From an open set of numbers: this one and those that follow.
    Counted(i64),
    /// From an open set of doubles, multiples of this one.
    Scaled(f64),
    /// True with this probability.
    Flag(f64),
    /// Two of these texts.
    Pair(&'static [&'static str]),
}

type Attribute = (&'static str, Draw);

/// What kind of work an item describes; decides which attributes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    HttpServer,
    HttpClient,
    Database,
    Internal,
    Consumer,
}

const HTTP_SERVER: &[Attribute] = &[
    ("url.scheme", Draw::Text(&["https", "https", "https", "http"])),
    ("server.address", Draw::Text(&["shop.example.com", "api.example.com", "m.example.com"])),
    ("server.port", Draw::Number(&[443, 8443, 8080])),
    ("client.address", Draw::Hex("2001:db8::", 4)),
    ("user_agent.original", Draw::Text(USER_AGENTS)),
    ("network.protocol.version", Draw::Text(&["1.1", "2", "2", "3"])),
    ("http.request.body.size", Draw::Counted(128)),
    ("http.response.body.size", Draw::Counted(2048)),
];

const HTTP_CLIENT: &[Attribute] = &[
    (
        "server.address",
        Draw::Text(&["inventory.shop.svc", "payments.shop.svc", "pricing.shop.svc"]),
    ),
    ("server.port", Draw::Number(&[8080, 8081, 8443])),
    ("network.protocol.version", Draw::Text(&["1.1", "2"])),
    ("network.peer.address", Draw::Text(&["10.42.0.17", "10.42.1.23", "10.42.3.9", "10.42.7.5"])),
    ("network.peer.port", Draw::Number(&[8080, 8081, 8443])),
    ("http.request.resend_count", Draw::Number(&[0, 0, 0, 0, 1, 2])),
    ("http.response.body.size", Draw::Counted(512)),
    ("app.rpc.deadline_ms", Draw::Number(&[250, 500, 1000, 2000])),
];

const DATABASE: &[Attribute] = &[
    ("db.system.name", Draw::Text(&["postgresql", "postgresql", "mysql", "redis"])),
    ("db.namespace", Draw::Text(&["shop", "shop", "ledger", "catalog"])),
    ("db.response.returned_rows", Draw::Counted(0)),
    ("db.client.connection.pool.name", Draw::Text(&["primary", "replica-a", "replica-b"])),
    ("server.address", Draw::Text(&["db-0.shop.svc", "db-1.shop.svc", "db-2.shop.svc"])),
    ("server.port", Draw::Number(&[5432, 5433, 3306, 6379])),
    ("db.app.prepared", Draw::Flag(0.8)),
    ("db.app.pool_wait_ms", Draw::Scaled(0.125)),
];

const INTERNAL: &[Attribute] = &[
    ("code.function.name", Draw::Text(FUNCTIONS)),
    (
        "code.file.path",
        Draw::Text(&["src/cart.rs", "src/price.rs", "src/render.rs", "src/auth.rs"]),
    ),
    ("code.line.number", Draw::Number(&[42, 87, 118, 163, 207, 311, 388, 540])),
    ("thread.name", Draw::Text(&["worker-0", "worker-1", "worker-2", "worker-3"])),
    ("app.component", Draw::Text(&["pricing-engine", "template-cache", "session-store"])),
    ("app.allocations", Draw::Counted(12)),
    ("app.queue_wait_ms", Draw::Scaled(0.25)),
    ("app.fallback", Draw::Flag(0.05)),
];

const CONSUMER: &[Attribute] = &[
    ("messaging.system", Draw::Text(&["kafka", "kafka", "rabbitmq"])),
    (
        "messaging.destination.name",
        Draw::Text(&["orders.placed", "mail.requested", "stock.changed"]),
    ),
    ("messaging.operation.name", Draw::Text(&["process", "receive"])),
    ("messaging.message.id", Draw::Hex("msg-", 16)),
    ("messaging.consumer.group.name", Draw::Text(&["mailer", "warehouse", "reporting"])),
    ("messaging.batch.message_count", Draw::Number(&[1, 1, 1, 8, 32])),
    ("messaging.message.body.size", Draw::Counted(256)),
    ("messaging.kafka.offset", Draw::Counted(1_000_000)),
];

/// What an application adds to every span.
const COMMON: &[Attribute] = &[
    ("enduser.id", Draw::Hex("user-", 16)),
    ("session.id", Draw::Hex("session-", 16)),
    ("app.tenant.id", Draw::Text(TENANTS)),
    ("app.region", Draw::Text(&["eu-central-1", "eu-west-1", "us-east-1", "ap-south-1"])),
    ("app.cart.items", Draw::Number(&[0, 1, 1, 2, 2, 3, 5, 8, 13])),
    ("app.cart.value", Draw::Scaled(1.25)),
    ("app.cache.hit", Draw::Flag(0.7)),
    ("app.features", Draw::Pair(&["checkout-v2", "dark-mode", "fast-search", "one-click"])),
    ("app.customer.tier", Draw::Text(&["bronze", "bronze", "silver", "gold", "platinum"])),
    ("app.build.commit", Draw::Text(&["9f2c41d7", "4be01a93", "c7d88e15"])),
    ("thread.id", Draw::Number(&[11, 12, 13, 14, 15, 16, 17, 18])),
    ("app.order.number", Draw::Counted(70_000_000)),
    ("app.experiment.variant", Draw::Text(&["control", "treatment-a", "treatment-b"])),
    ("app.customer.returning", Draw::Flag(0.6)),
    ("app.product.sku", Draw::Hex("SKU-", 6)),
    ("app.discount.ratio", Draw::Scaled(0.05)),
    ("app.locale", Draw::Text(&["de-DE", "en-GB", "en-US", "fr-FR", "it-IT"])),
    ("app.request.priority", Draw::Number(&[1, 2, 3])),
];

const USER_AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
    "ShopApp/4.12.0 (Android 14; Pixel 8)",
];

const FUNCTIONS: &[&str] = &[
    "Cart::recalculate_totals",
    "PriceEngine::apply_discounts",
    "TemplateCache::render_page",
    "SessionStore::load_session",
    "StockPlanner::reserve_items",
];

const TENANTS: &[&str] = &["northwind", "acme", "globex", "initech", "umbrella", "hooli", "stark"];

/// Writes `count` attributes of a work into `field`. `taken` of the count were written by the
/// caller, and keys of those must not be in the lists above.
pub(crate) fn write(
    out: &mut Message,
    field: u32,
    work: Work,
    count: usize,
    cardinality: u64,
    random: &mut Random,
) {
    let own = match work {
        Work::HttpServer => HTTP_SERVER,
        Work::HttpClient => HTTP_CLIENT,
        Work::Database => DATABASE,
        Work::Internal => INTERNAL,
        Work::Consumer => CONSUMER,
    };
    write_first(out, field, own.iter().chain(COMMON), count, cardinality, random);
}

/// Writes `count` attributes of an application's log record or measurement.
pub(crate) fn write_common(
    out: &mut Message,
    field: u32,
    count: usize,
    cardinality: u64,
    random: &mut Random,
) {
    write_first(out, field, COMMON.iter(), count, cardinality, random);
}

fn write_first<'a>(
    out: &mut Message,
    field: u32,
    known: impl Iterator<Item = &'a Attribute>,
    count: usize,
    cardinality: u64,
    random: &mut Random,
) {
    let mut written = 0;
    for (key, draw) in known.take(count) {
        write_drawn(out, field, key, *draw, cardinality, random);
        written += 1;
    }
    for number in written..count {
        let value = format!("{:012x}", scatter(number as u64, random, cardinality) >> 16);
        text(out, field, &format!("app.label_{number}"), &value);
    }
}

fn write_drawn(
    out: &mut Message,
    field: u32,
    key: &str,
    draw: Draw,
    cardinality: u64,
    random: &mut Random,
) {
    match draw {
        Draw::Text(set) => text(out, field, key, random.choose::<&str>(set)),
        Draw::Number(set) => integer(out, field, key, *random.choose(set)),
        Draw::Hex(prefix, digits) => {
            let scattered = scatter(key.len() as u64, random, cardinality);
            let hex = format!("{scattered:016x}");
            text(out, field, key, &format!("{prefix}{}", &hex[16 - digits..]));
        }
        Draw::Counted(first) => {
            integer(out, field, key, first + random.skewed_below(cardinality) as i64);
        }
        Draw::Scaled(step) => {
            double(out, field, key, step * random.skewed_below(cardinality) as f64);
        }
        Draw::Flag(probability) => boolean(out, field, key, random.chance(probability)),
        Draw::Pair(set) => {
            let first = random.below(set.len() as u64) as usize;
            texts(out, field, key, &[set[first], set[(first + 1) % set.len()]]);
        }
    }
}

/// The scattered number of a value of an open set.
fn scatter(salt: u64, random: &mut Random, cardinality: u64) -> u64 {
    mix(salt << 40 ^ random.skewed_below(cardinality).wrapping_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protobuf::{Value, fields};
    use std::collections::HashSet;

    fn keys_and_values(message: &Message) -> Vec<(String, Vec<u8>)> {
        fields(&message.bytes)
            .map(|(_, value)| {
                let Value::Bytes(pair) = value else { panic!("no attribute") };
                let mut parts = fields(pair).map(|(_, part)| match part {
                    Value::Bytes(bytes) => bytes.to_vec(),
                    Value::Number(_) => panic!("no key or value"),
                });
                let key = String::from_utf8(parts.next().unwrap()).unwrap();
                (key, parts.next().unwrap())
            })
            .collect()
    }

    #[test]
    fn every_work_has_the_asked_count_of_distinct_keys() {
        let works =
            [Work::HttpServer, Work::HttpClient, Work::Database, Work::Internal, Work::Consumer];
        for work in works {
            for count in [0, 1, 7, 20, 60] {
                let mut out = Message::default();
                write(&mut out, 9, work, count, 10, &mut Random::new(1));
                let keys: HashSet<_> =
                    keys_and_values(&out).into_iter().map(|(key, _)| key).collect();
                assert_eq!(keys.len(), count, "{work:?}");
            }
        }
    }

    #[test]
    fn cardinality_bounds_open_sets() {
        let mut random = Random::new(5);
        let mut seen = HashSet::new();
        for _ in 0..5_000 {
            let mut out = Message::default();
            write_common(&mut out, 9, 1, 20, &mut random);
            seen.insert(keys_and_values(&out));
        }
        assert_eq!(seen.len(), 20);
    }
}
