"""The labelled traffic: what is sent to which service, and the bug it must provoke.

A row is (label, kind, endpoint, body). One row is one event. An endpoint is asked for over HTTP, or from the
queue of tasks (`later:`), or as part of a batch (`batch:`).
"""


def line(sku="MUG-1", quantity=1, price=8.5):
    return {"sku": sku, "quantity": quantity, "price": price}


def lines(*prices):
    return {"lines": [line(price=price) for price in prices], "customer": 1}


STOREFRONT = [
    ("line-price-missing", "paths", "add_to_cart", line(price=None)),
    ("line-price-missing", "paths", "checkout", lines(8.5, None)),
    ("line-price-missing", "paths", "quote", lines(None)),
    ("line-price-missing", "paths", "quote_async", lines(3, None)),
    ("line-price-missing", "generated", "preview", lines(None, 2)),
    ("line-price-missing", "paths", "report_later", lines(None)),
    ("line-price-missing", "paths", "quote_on_pool", lines(1, None)),
    ("category-cycle", "recursion", "breadcrumb", {"name": "mugs", "parents": {"mugs": "mugs"}}),
    ("category-cycle", "paths", "later:breadcrumb", {"name": "a", "parents": {"a": "b", "b": "a"}}),
    (
        "category-cycle",
        "recursion",
        "sitemap",
        {"parents": {"x": None, "a": "b", "b": "c", "c": "a"}},
    ),
    (
        "bundle-in-itself",
        "recursion",
        "bundle",
        {"name": "tea", "bundles": {"tea": ["MUG-1", "tea"]}},
    ),
    (
        "bundle-in-itself",
        "recursion",
        "bundle_weight",
        {"name": "a", "bundles": {"a": ["b"], "b": ["a"]}},
    ),
    ("order-customer-deleted", "plain", "resend_confirmation", {"order": 4712}),
    ("order-customer-deleted", "paths", "batch:resend_confirmation", {"order": 4713}),
    ("order-customer-deleted", "paths", "remind", {"order": 4712}),
    ("points-of-unknown-customer", "plain", "points", {"customer": 77}),
    ("points-of-unknown-customer", "paths", "later:points", {"customer": 78}),
    ("points-never-set", "plain", "points", {"customer": 2}),
    (
        "quantity-not-positive",
        "throw-site",
        "checkout",
        {"customer": 1, "lines": [line(quantity=0)]},
    ),
    (
        "quantity-not-positive",
        "throw-site",
        "checkout",
        {"customer": 2, "lines": [line("LAMP-2", -3)]},
    ),
    (
        "quantity-not-positive",
        "message",
        "checkout",
        {"customer": 1, "lines": [line(), line("SHADE-3", -1)]},
    ),
    (
        "voucher-expired",
        "throw-site",
        "voucher",
        {"code": "SPRING", "expires": "2024-04-30", "percent": 5},
    ),
    (
        "voucher-expired",
        "message",
        "voucher",
        {"code": "EASTER24", "expires": "2024-04-02", "percent": 9},
    ),
    (
        "voucher-expired",
        "paths",
        "vouchers",
        {"all": [{"code": "MAY", "expires": "2024-05-31", "percent": 1}]},
    ),
    ("order-paid-twice", "throw-site", "pay", {"order": 4711}),
    ("order-paid-twice", "message", "pay", {"order": 4720}),
    ("order-paid-twice", "paths", "pay_again", {"order": 4711}),
    (
        "parcel-without-postcode",
        "throw-site",
        "ship",
        {"name": "Ada", "grams": 100, "country": "France"},
    ),
    (
        "parcel-without-postcode",
        "message",
        "ship",
        {"name": "Grace Hopper", "grams": 10, "country": "Japan"},
    ),
    (
        "parcel-too-heavy",
        "throw-site",
        "ship",
        {"name": "Ada", "postcode": "1", "grams": 21000, "carrier": "bike"},
    ),
    (
        "parcel-too-heavy",
        "message",
        "ship",
        {"name": "Ada", "postcode": "2", "grams": 99500, "carrier": "post"},
    ),
    (
        "country-without-zone",
        "message",
        "ship",
        {"name": "Ada", "postcode": "3", "grams": 1, "carrier": "post", "country": "Norway"},
    ),
    (
        "country-without-zone",
        "message",
        "ship",
        {"name": "Ada", "postcode": "4", "grams": 2, "carrier": "sea", "country": "New Zealand"},
    ),
    (
        "country-without-zone",
        "message",
        "ship",
        {"name": "Ada", "postcode": "5", "grams": 3, "carrier": "sea", "country": "Chile"},
    ),
    ("report-of-dropped-column", "throw-site", "revenue", {"since": 0}),
    ("report-of-dropped-column", "paths", "batch:revenue", {"since": 4000}),
    ("email-taken", "throw-site", "register", {"email": "ada@example.org", "name": "Ada"}),
    ("email-taken", "paths", "later:register", {"email": "grace@example.org", "name": "G"}),
    (
        "email-taken",
        "paths",
        "import_customers",
        {"emails": ["new@example.org", "ada@example.org"]},
    ),
    ("guest-order-without-customer", "throw-site", "guest_checkout", {"total": 12}),
    ("guest-order-without-customer", "paths", "batch:guest_checkout", {"total": 70.25}),
    ("sort-not-checked", "throw-site", "list_products", {"sort": "colour"}),
    ("sort-not-checked", "throw-site", "list_products", {"sort": "price descending"}),
    ("sort-not-checked", "throw-site", "list_products", {"sort": "name'"}),
    ("rates-refused", "throw-site", "in_currency", {"currency": "NOK"}),
    ("rates-refused", "paths", "in_currency_async", {"currency": "SEK"}),
    ("rates-refused", "message", "in_currency", {"currency": "JPY"}),
    ("tax-refused", "throw-site", "with_tax", {"country": "NO"}),
    ("tax-refused", "message", "with_tax", {"country": "DE"}),
    ("courier-slots-timeout", "throw-site", "courier_slots", {"postcode": "10115"}),
    ("courier-slots-timeout", "message", "courier_slots", {"postcode": "SW1A"}),
    ("recommendations-not-json", "message", "similar", {"sku": "MUG-1"}),
    ("recommendations-not-json", "paths", "later:similar", {"sku": "LAMP-2"}),
    ("recommendations-not-json", "message", "similar", {"sku": "SHADE-3"}),
    ("recommendations-not-json", "message", "similar", {"sku": "VASE-4"}),
    ("delivery-day-format", "message", "delivery", {"day": "tomorrow"}),
    ("delivery-day-format", "message", "delivery", {"day": "2024-02-30"}),
    ("delivery-day-format", "paths", "delivery_range", {"days": ["2024-05-01", "next friday"]}),
    ("page-not-a-number", "paths", "list_orders", {"page": "two"}),
    ("page-not-a-number", "paths", "list_reviews", {"page": "last"}),
    ("page-not-a-number", "paths", "list_products", {"sort": "name", "page": ""}),
    ("pieces-not-a-number", "message", "set_quantity", {"pieces": "a dozen"}),
    ("pieces-not-a-number", "message", "set_quantity", {"pieces": "1.5"}),
    (
        "bulk-rule-of-empty-cart",
        "generated",
        "rule",
        {"rule": "bulk", "cart": {"total": 0, "pieces": 0}},
    ),
    (
        "bulk-rule-of-empty-cart",
        "generated",
        "best_rule",
        {"rules": ["bulk"], "cart": {"total": 5, "pieces": 0}},
    ),
    (
        "member-rule-unknown-tier",
        "generated",
        "rule",
        {"rule": "member", "cart": {"tier": "bronze"}},
    ),
    (
        "member-rule-unknown-tier",
        "generated",
        "best_rule",
        {"rules": ["member"], "cart": {"tier": "platinum"}},
    ),
    (
        "first-rule-without-voucher",
        "generated",
        "rule",
        {"rule": "first", "cart": {"vouchers": []}},
    ),
    (
        "discount-without-tier",
        "generated",
        "expression",
        {
            "number": 17,
            "expression": "total * (5 if tier else 3)",
            "cart": {"total": 4, "pieces": 1},
        },
    ),
    (
        "discount-without-tier",
        "generated",
        "expression",
        {
            "number": 23,
            "expression": "10 if tier == 'gold' else 0",
            "cart": {"total": 9, "pieces": 2},
        },
    ),
    ("signup-form-without-phone", "throw-site", "signup", {"email": "a@example.org"}),
    ("signup-form-without-phone", "paths", "batch:signup", {"email": "b@example.org", "name": "B"}),
    (
        "address-postcode-as-number",
        "throw-site",
        "new_address",
        {"street": "Elm", "postcode": 10115},
    ),
    ("address-postcode-as-number", "message", "new_address", {"street": "Oak", "postcode": 80331}),
]

PAYMENTS = [
    ("gateway-token-expired", "chain", "pay", {"cents": 850}),
    ("gateway-token-expired", "chain", "pay", {"cents": 4900}),
    ("gateway-token-expired", "chain", "refund", {"cents": 850}),
    ("gateway-token-expired", "chain", "capture", {"id": "B-7", "amounts": [100, 200]}),
    ("fee-without-parties", "chain", "settle", {"fee": 100, "parties": []}),
    ("fee-without-parties", "chain", "settle_later", {"fee": 7, "parties": []}),
    (
        "merchant-without-iban",
        "chain",
        "settle",
        {"fee": 9, "parties": [1], "merchant": {"bank": {}}},
    ),
    (
        "merchant-without-iban",
        "chain",
        "settle_later",
        {"fee": 9, "parties": [1], "merchant": {"bank": {"bic": "X"}}},
    ),
    (
        "ledger-refused",
        "chain",
        "settle",
        {"id": "P-1", "fee": 9, "parties": [1], "merchant": {"bank": {"iban": "DE1"}}},
    ),
    (
        "ledger-refused",
        "chain",
        "settle_later",
        {"id": "P-22", "fee": 9, "parties": [1, 2], "merchant": {"bank": {"iban": "FR2"}}},
    ),
    ("void-rolls-back-nothing", "chain", "void", {"cents": 0, "table": "payments"}),
    ("void-rolls-back-nothing", "chain", "void", {"cents": 10, "table": "orders"}),
    (
        "refund-above-captured",
        "message",
        "refund_amount",
        {"order": {"captured": 500}, "cents": 900, "days": 1},
    ),
    (
        "refund-above-captured",
        "message",
        "refund_amount",
        {"order": {"captured": 20}, "cents": 21, "days": 3},
    ),
    (
        "refund-window-closed",
        "message",
        "refund_amount",
        {"order": {"captured": 500, "id": 4711}, "cents": 9, "days": 31},
    ),
    (
        "refund-window-closed",
        "message",
        "refund_amount",
        {"order": {"captured": 90, "id": 4720}, "cents": 9, "days": 95},
    ),
    ("webhook-not-json", "message", "webhook", {"text": "id=5&state=ok"}),
    ("webhook-not-json", "paths", "later:webhook", {"text": ""}),
    ("webhook-not-json", "message", "webhook", {"text": '{"id": 5, "state": ok}'}),
    ("ledger-off-balance", "message", "close_day", {"entries": [10, -9]}),
    ("ledger-off-balance", "message", "close_day", {"entries": [2500, 30]}),
    ("invoice-without-lines", "plain", "invoice", {"lines": []}),
    ("invoice-without-lines", "paths", "batch:invoice", {"lines": ()}),
]

STOCK = [
    ("sku-not-in-stock-table", "message", "reserve", {"sku": "VASE-4"}),
    ("sku-not-in-stock-table", "message", "reserve", {"sku": "blue mug"}),
    ("sku-not-in-stock-table", "paths", "reserve_cart", {"wanted": {"MUG-1": 1, "SHADE-3": 2}}),
    ("sku-not-in-stock-table", "paths", "reserve_later", {"sku": "0042"}),
    ("shelf-number-too-high", "plain", "shelf", {"number": 2}),
    ("shelf-number-too-high", "paths", "later:shelf", {"number": 17}),
    ("route-past-last-stop", "plain", "route", {"stops": ["A", "B"]}),
    ("route-past-last-stop", "paths", "batch:route", {"stops": ["A", "B", "C", "D"]}),
    ("supplier-without-lead-time", "chain", "quotes", {"suppliers": [{"name": "Acme"}]}),
    (
        "supplier-without-lead-time",
        "chain",
        "quotes",
        {"suppliers": [{"name": "Acme"}, {"name": "Bolt"}]},
    ),
    (
        "supplier-without-lead-time",
        "chain",
        "quotes",
        {
            "suppliers": [
                {"name": "Cog", "lead_time": 3},
                {"name": "Dyn"},
                {"name": "Eon"},
                {"name": "Fab"},
            ]
        },
    ),
    ("north-warehouse-refused", "chain", "levels", {"warehouses": ["north"], "sku": "MUG-1"}),
    ("north-warehouse-refused", "chain", "levels", {"warehouses": ["north"], "sku": "LAMP-2"}),
]

MAILER = [
    (
        "confirmation-of-order-as-dict",
        "generated",
        "render",
        {"template": "confirmation", "values": {"name": "Ada", "order": {"total": 4}}},
    ),
    (
        "confirmation-of-order-as-dict",
        "generated",
        "render",
        {
            "template": "confirmation",
            "values": {"name": "Bo", "order": {"total": 5}},
            "greeting": "Hello! ",
        },
    ),
    (
        "confirmation-of-order-as-dict",
        "paths",
        "render_later",
        {"template": "confirmation", "values": {"name": "Cy", "order": {}}},
    ),
    (
        "invoice-country-without-vat",
        "generated",
        "render",
        {"template": "invoice", "values": {"name": "Ada", "vat": {"DE": 19}, "country": "NO"}},
    ),
    (
        "invoice-country-without-vat",
        "generated",
        "render",
        {
            "template": "invoice",
            "values": {"name": "Bo", "vat": {"DE": 19}, "country": "CH"},
            "greeting": "Moin! ",
        },
    ),
    ("invoice-file-missing", "message", "attach", {"year": 2023, "number": 88}),
    ("invoice-file-missing", "message", "attach", {"year": 2024, "number": 1207}),
    ("invoice-file-missing", "message", "attach", {"year": "draft", "number": "x"}),
    ("mail-settings-not-json", "message", "settings", {"text": "sender: shop"}),
    ("mail-settings-not-json", "message", "settings", {"text": '{"sender": "shop",}'}),
]

IMPORTER = [
    ("price-list-not-utf8", "message", "upload_one", {"row": b"M;Caf\xe9;1;2024-01-01"}),
    (
        "price-list-not-utf8",
        "message",
        "upload",
        {"rows": [b"M;Mug;1;2024-01-01", b"L;L\xfcster;1;2024-01-01"]},
    ),
    ("price-list-not-utf8", "message", "upload_later", {"rows": [b"\xff\xfeM"]}),
    ("price-row-with-other-columns", "message", "upload_one", {"row": b"M;Mug"}),
    ("price-row-with-other-columns", "message", "upload", {"rows": [b"M;Mug;1;2024-01-01;EUR;x"]}),
    ("price-with-comma", "plain", "upload_one", {"row": b"M;Mug;8,50;2024-01-01"}),
    ("price-with-comma", "paths", "upload", {"rows": [b"M;Mug;EUR 9;2024-01-01"]}),
    ("price-with-comma", "paths", "upload_later", {"rows": [b"M;Mug;n/a;2024-01-01"]}),
    ("price-date-format", "message", "upload_one", {"row": b"M;Mug;1;31/02/2024"}),
    ("price-date-format", "message", "upload", {"rows": [b"M;Mug;1;2024-06-31"]}),
    ("price-date-format", "paths", "upload_later", {"rows": [b"M;Mug;1;now"]}),
    (
        "order-line-with-new-field",
        "generated",
        "orders",
        {"records": [{"sku": "M", "quantity": 1, "gift": True}]},
    ),
    (
        "order-line-with-new-field",
        "generated",
        "orders",
        {"records": [{"sku": "M", "quantity": 1}, {"sku": "L", "quantity": 2, "engraving": "A"}]},
    ),
]

TABLES = {
    "storefront": STOREFRONT,
    "payments": PAYMENTS,
    "stock": STOCK,
    "mailer": MAILER,
    "importer": IMPORTER,
}

# What was logged without a stack: (service, label, type, message).
LOGS = [
    (
        "payments",
        "card-declined",
        "",
        "payment 8731 declined by issuer Northbank: insufficient funds",
    ),
    ("payments", "card-declined", "", "payment 19 declined by issuer First Harbour: card expired"),
    ("payments", "card-declined", "", "payment 77120 declined by issuer Kite: insufficient funds"),
    ("payments", "settlement-late", "", "settlement of merchant 12 is 4 hours late"),
    ("payments", "settlement-late", "", "settlement of merchant 9071 is 31 hours late"),
    ("mailer", "mail-bounced", "", "mail to ada@example.org bounced: 550 mailbox unavailable"),
    ("mailer", "mail-bounced", "", "mail to grace.h@post.example.net bounced: 552 mailbox full"),
    ("mailer", "mail-queue-full", "", "mail queue is full, 10000 mails wait"),
    ("mailer", "mail-queue-full", "", "mail queue is full, 10412 mails wait"),
    ("stock", "level-below-zero", "", "level of MUG-1 is below zero: -2"),
    ("stock", "level-below-zero", "", "level of LAMP-2 is below zero: -14"),
    ("stock", "warehouse-silent", "TimeoutError", "warehouse north did not answer within 5.0 s"),
    ("stock", "warehouse-silent", "TimeoutError", "warehouse harbour did not answer within 5.2 s"),
    ("stock", "warehouse-silent", "TimeoutError", "warehouse old town did not answer within 12 s"),
    ("importer", "feed-gone", "", "GET https://feeds.example.com/acme/2024-05-01.csv answered 404"),
    (
        "importer",
        "feed-gone",
        "",
        "GET https://feeds.example.com/bolt/2024-05-17.csv?page=2 answered 404",
    ),
    ("importer", "feed-stale", "", "feed of acme is from 2024-03-01T00:00:00Z, older than 30 days"),
    (
        "importer",
        "feed-stale",
        "",
        "feed of bolt & sons is from 2023-12-24T18:30:00Z, older than 30 days",
    ),
]

# Labels that the second version is asked for again.
AGAIN = {
    "line-price-missing",
    "order-customer-deleted",
    "quantity-not-positive",
    "parcel-too-heavy",
    "country-without-zone",
    "order-paid-twice",
    "email-taken",
    "rates-refused",
    "gateway-token-expired",
    "merchant-without-iban",
    "refund-window-closed",
    "bundle-in-itself",
    "bulk-rule-of-empty-cart",
}


def requests(version):
    seen = set()
    for service, table in TABLES.items():
        for label, kind, endpoint, body in table:
            if version == "v1":
                yield service, label, kind, endpoint, body
            elif label in AGAIN and label not in seen:
                seen.add(label)
                yield service, label, "version", endpoint, body


def logs(version):
    return LOGS if version == "v1" else []
