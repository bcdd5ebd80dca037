// The labelled traffic: what is sent to which service, and the bug it must provoke.
//
// A row is [label, kind, endpoint, body]. One row is one event.
'use strict';

const line = (amount, sku = 'MUG-1', quantity = 1) => ({
  sku,
  quantity,
  price: amount === null ? undefined : { amount },
});
const lines = (...amounts) => ({ customer: 1, lines: amounts.map((amount) => line(amount)) });
const ordered = (sku, quantity) => ({ customer: 1, lines: [line(2), line(3, sku, quantity)] });
const item = (name, label) => ({ name, price: label ? { label } : {} });

const storefront = [
  ['line-price-missing', 'paths', 'addToCart', line(null)],
  ['line-price-missing', 'paths', 'checkout', lines(8, null)],
  ['line-price-missing', 'paths', 'quote', lines(null)],
  ['line-price-missing', 'paths', 'quoteAll', { carts: [[line(1)], [line(2), line(null)]] }],
  ['line-price-missing', 'generated', 'preview', lines(null, 2)],
  ['line-price-missing', 'paths', 'cartChanged', line(null)],
  ['line-price-missing', 'paths', 'reportLater', lines(null)],
  ['category-cycle', 'recursion', 'breadcrumb', { name: 'mugs', parents: { mugs: 'mugs' } }],
  ['menu-in-itself', 'recursion', 'menu', { name: 'tea', children: { tea: ['tea'] } }],
  ['order-customer-deleted', 'plain', 'resendConfirmation', { order: 4712 }],
  ['order-customer-deleted', 'paths', 'later:resendConfirmation', { order: 4713 }],
  ['points-of-unknown-customer', 'plain', 'points', { customer: 77 }],
  ['points-of-unknown-customer', 'paths', 'batch:points', { customer: 78 }],
  ['points-never-set', 'plain', 'points', { customer: 2 }],
  ['quantity-not-positive', 'throw-site', 'checkout', ordered('MUG-1', 0)],
  ['quantity-not-positive', 'message', 'checkout', ordered('LAMP-2', -3)],
  ['quantity-not-positive', 'message', 'checkout', ordered('SHADE-3', -1)],
  ['voucher-expired', 'throw-site', 'voucher', { code: 'SPRING', expires: '2024-04-30' }],
  ['voucher-expired', 'message', 'voucher', { code: 'EASTER24', expires: '2024-04-02' }],
  ['voucher-expired', 'paths', 'vouchers', { all: [{ code: 'MAY', expires: '2024-05-31' }] }],
  ['order-paid-twice', 'throw-site', 'pay', { order: 4711 }],
  ['order-paid-twice', 'message', 'pay', { order: 4720 }],
  ['order-paid-twice', 'paths', 'later:payAgain', { order: 4711 }],
  ['parcel-without-postcode', 'throw-site', 'ship', { name: 'Ada' }],
  ['parcel-without-postcode', 'message', 'ship', { name: 'Grace Hopper' }],
  ['parcel-too-heavy', 'throw-site', 'ship', { postcode: '1', grams: 21000, carrier: 'bike' }],
  ['parcel-too-heavy', 'message', 'ship', { postcode: '2', grams: 99500, carrier: 'post' }],
  ['carrier-without-strategy', 'plain', 'ship', { postcode: '3', grams: 1, carrier: 'drone' }],
  ['carrier-without-strategy', 'paths', 'batch:ship', { postcode: '4', grams: 2, carrier: 'sea' }],
  ['label-of-order-without-address', 'plain', 'label', { id: 1 }],
  ['label-of-order-without-address', 'paths', 'later:label', { id: 2, lines: [] }],
  ['lines-not-a-list', 'plain', 'count', { lines: { sku: 'MUG-1' } }],
  ['lines-not-a-list', 'paths', 'batch:count', { lines: 3 }],
  ['greeting-without-title', 'throw-site', 'greeting', { name: 'Ada' }],
  ['greeting-without-title', 'paths', 'later:greeting', { name: 'Bo', id: 3 }],
  ['customer-without-phone', 'throw-site', 'phone', { name: 'Ada' }],
  ['customer-without-phone', 'paths', 'batch:phone', { name: 'Cy', title: 'Dr' }],
  ['report-of-dropped-column', 'throw-site', 'revenue', { since: 0 }],
  ['report-of-dropped-column', 'paths', 'later:revenue', { since: 4000 }],
  ['email-taken', 'throw-site', 'register', { email: 'ada@example.org' }],
  ['email-taken', 'paths', 'importCustomers', { emails: ['grace@example.org'] }],
  ['guest-order-without-customer', 'throw-site', 'guestCheckout', { total: 12 }],
  ['rates-refused', 'throw-site', 'inCurrency', { currency: 'NOK' }],
  ['rates-refused', 'message', 'inCurrency', { currency: 'JPY' }],
  ['rates-refused', 'paths', 'inCurrencies', { all: ['SEK'] }],
  ['tax-refused', 'throw-site', 'withTax', { country: 'NO' }],
  ['tax-refused', 'message', 'withTax', { country: 'DE' }],
  ['courier-slots-timeout', 'plain', 'courierSlots', { postcode: '10115' }],
  ['courier-slots-timeout', 'paths', 'later:courierSlots', { postcode: 'SW1A' }],
  ['recommendations-not-json', 'message', 'similar', { sku: 'MUG-1' }],
  ['recommendations-not-json', 'message', 'similar', { sku: 'LAMP-2' }],
  ['recommendations-not-json', 'message', 'similar', { sku: 'SHADE-3' }],
  ['recommendations-not-json', 'message', 'similar', { sku: 'VASE-4' }],
  ['delivery-day-format', 'plain', 'delivery', { day: 'tomorrow' }],
  ['delivery-day-format', 'paths', 'deliveryRange', { days: ['2024-05-01', 'next friday'] }],
  ['page-not-a-number', 'paths', 'listOrders', { page: 'two' }],
  ['page-not-a-number', 'paths', 'listReviews', { page: '-1' }],
  ['page-not-a-number', 'paths', 'listShops', { page: 'last' }],
  ['redirect-not-a-url', 'plain', 'afterLogin', { to: '/cart' }],
  ['redirect-not-a-url', 'paths', 'batch:afterLogin', { to: 'account?tab=2' }],
  ['rule-digits-out-of-range', 'generated', 'rule', { rule: 0, cart: { pieces: 2, digits: 120 } }],
  [
    'rule-digits-out-of-range',
    'generated',
    'firstRule',
    { rules: [0], cart: { pieces: 9, digits: -1 } },
  ],
  ['rule-of-guest', 'generated', 'rule', { rule: 1, cart: {} }],
  ['rule-of-guest', 'generated', 'firstRule', { rules: [1, 2], cart: { pieces: 3 } }],
  ['rule-without-voucher', 'generated', 'rule', { rule: 2, cart: { vouchers: [] } }],
  [
    'rule-without-voucher',
    'generated',
    'firstRule',
    { rules: [2], cart: { vouchers: [], pieces: 1 } },
  ],
  [
    'discount-without-tier',
    'generated',
    'expression',
    { expression: 'total * (tier ? 5 : 3)', cart: {} },
  ],
  [
    'discount-without-tier',
    'generated',
    'expression',
    { expression: "tier === 'gold' ? 10 : 0", cart: {} },
  ],
  ['cheapest-of-no-offers', 'plain', 'cheapest', { offers: [] }],
  ['cheapest-of-no-offers', 'paths', 'later:cheapest', { offers: [], sku: 'LAMP-2' }],
  ['signup-form-without-phone', 'throw-site', 'signup', { email: 'a@example.org' }],
  ['signup-form-without-phone', 'paths', 'batch:signup', { email: 'b@example.org', name: 'B' }],
  ['address-postcode-as-number', 'throw-site', 'newAddress', { street: 'Elm', postcode: 10115 }],
  ['address-postcode-as-number', 'paths', 'later:newAddress', { street: 'Oak', postcode: 80331 }],
  ['page-item-without-label', 'generated', 'pageList', { items: [item('Mug')] }],
  ['page-item-without-label', 'paths', 'pageDetail', item('Lamp')],
  [
    'page-item-without-label',
    'paths',
    'page',
    { seo: { title: 'All' }, items: [item('Mug', '8.50'), item('Vase')] },
  ],
  ['page-without-seo-title', 'generated', 'pageHead', { seo: {} }],
  ['page-without-seo-title', 'paths', 'page', { seo: {}, items: [] }],
];

const bank = (iban) => ({ bank: { iban } });
const payments = [
  ['gateway-session-expired', 'chain', 'pay', { cents: 850 }],
  ['gateway-session-expired', 'chain', 'pay', { cents: 4900 }],
  ['gateway-session-expired', 'chain', 'refund', { cents: 850 }],
  ['gateway-session-expired', 'chain', 'capture', { id: 'B-7', amounts: [100, 200] }],
  ['fee-without-parties', 'chain', 'settle', { fee: 100, parties: [] }],
  ['fee-without-parties', 'chain', 'settleLater', { fee: 7, parties: [] }],
  ['merchant-without-iban', 'chain', 'settle', { fee: 9, parties: [1], merchant: bank() }],
  ['merchant-without-iban', 'chain', 'settleLater', { fee: 2, parties: [1], merchant: bank() }],
  ['ledger-refused', 'chain', 'settle', { id: 'P-1', fee: 9, parties: [1], merchant: bank('DE1') }],
  [
    'ledger-refused',
    'chain',
    'settleLater',
    { id: 'P-22', fee: 9, parties: [1], merchant: bank('FR2') },
  ],
  [
    'refund-above-captured',
    'message',
    'refundAmount',
    { order: { captured: 500 }, cents: 900, days: 1 },
  ],
  [
    'refund-above-captured',
    'message',
    'refundAmount',
    { order: { captured: 20 }, cents: 21, days: 3 },
  ],
  [
    'refund-window-closed',
    'message',
    'refundAmount',
    { order: { captured: 500, id: 4711 }, cents: 9, days: 31 },
  ],
  [
    'refund-window-closed',
    'message',
    'refundAmount',
    { order: { captured: 90, id: 4720 }, cents: 9, days: 95 },
  ],
  ['webhook-not-json', 'message', 'webhook', { text: 'id=5&state=ok' }],
  ['webhook-not-json', 'message', 'webhook', { text: '' }],
  ['webhook-not-json', 'message', 'webhook', { text: '{"id": 5, "state": ok}' }],
  ['ledger-off-balance', 'message', 'closeDay', { entries: [10, -9] }],
  ['ledger-off-balance', 'message', 'closeDay', { entries: [2500, 30] }],
  ['invoice-without-lines', 'plain', 'invoice', { lines: [] }],
  ['invoice-without-lines', 'paths', 'batch:invoice', { lines: '' }],
  ['processor-without-key', 'chain', 'fastest', { processors: [{ name: 'kite' }] }],
  [
    'processor-without-key',
    'chain',
    'fastest',
    { processors: [{ name: 'kite' }, { name: 'north' }] },
  ],
  ['receipt-of-order-without-one', 'paths', 'receipt', { id: 4711 }],
  [
    'receipt-of-order-without-one',
    'paths',
    'later:receipts',
    { orders: [{ id: 1, receipt: {} }, { id: 2 }] },
  ],
];

const stock = [
  ['sku-not-in-stock-table', 'message', 'reserve', { sku: 'VASE-4' }],
  ['sku-not-in-stock-table', 'message', 'reserve', { sku: 'blue mug' }],
  ['sku-not-in-stock-table', 'paths', 'reserveCart', { wanted: { 'MUG-1': 1, 'SHADE-3': 2 } }],
  ['sku-not-in-stock-table', 'paths', 'reserveLater', { sku: '0042' }],
  ['shelf-number-too-high', 'plain', 'shelf', { number: 2 }],
  ['shelf-number-too-high', 'paths', 'batch:shelf', { number: 17 }],
  ['longest-of-no-routes', 'plain', 'route', { routes: [] }],
  ['longest-of-no-routes', 'paths', 'later:route', { routes: [], day: 'monday' }],
  ['warehouses-refused', 'chain', 'anyLevel', { warehouses: ['north'], sku: 'MUG-1' }],
  ['warehouses-refused', 'chain', 'anyLevel', { warehouses: ['north', 'south'], sku: 'LAMP-2' }],
  ['snapshot-of-linked-order', 'message', 'snapshot', { id: 1, link: 'order' }],
  ['snapshot-of-linked-order', 'message', 'snapshot', { id: 2, link: 'parent' }],
];

const mailer = [
  [
    'confirmation-without-lines',
    'generated',
    'render',
    { template: 'confirmation', values: { order: {} } },
  ],
  [
    'confirmation-without-lines',
    'paths',
    'renderLater',
    { template: 'confirmation', values: { order: {} } },
  ],
  [
    'confirmation-without-lines',
    'paths',
    'batch:render',
    { template: 'confirmation-de', values: { order: {} } },
  ],
  [
    'invoice-country-without-vat',
    'generated',
    'render',
    { template: 'invoice', values: { vat: {}, country: 'NO' } },
  ],
  [
    'invoice-country-without-vat',
    'paths',
    'later:render',
    { template: 'invoice', values: { vat: {}, country: 'CH' } },
  ],
  ['invoice-file-missing', 'message', 'attach', { year: 2023, number: 88 }],
  ['invoice-file-missing', 'message', 'attach', { year: 2024, number: 1207 }],
  ['invoice-file-missing', 'message', 'attach', { year: 'draft', number: 'x' }],
  ['logo-file-missing', 'message', 'logo', { shop: 'berlin' }],
  ['logo-file-missing', 'message', 'logo', { shop: 'old town' }],
  ['mail-settings-not-json', 'message', 'settings', { text: 'sender: shop' }],
  ['mail-settings-not-json', 'message', 'settings', { text: '{"sender": "shop",}' }],
  [
    'unsubscribe-base-not-a-url',
    'plain',
    'unsubscribe',
    { base: 'shop.example.org', address: 'ada' },
  ],
  ['unsubscribe-base-not-a-url', 'plain', 'unsubscribe', { base: '', address: 'grace' }],
];

const importer = [
  ['price-list-not-utf8', 'plain', 'uploadOne', { row: 'Caf\xe9;1;2024-01-01' }],
  ['price-list-not-utf8', 'paths', 'upload', { rows: ['L\xfcster;1;2024-01-01'] }],
  ['price-list-not-utf8', 'paths', 'uploadLater', { rows: ['M;1;2024-01-01', '\xff\xfeM'] }],
  ['price-with-comma', 'message', 'uploadOne', { row: 'M;8,50;2024-01-01' }],
  ['price-with-comma', 'message', 'upload', { rows: ['M;EUR 9;2024-01-01'] }],
  ['price-with-comma', 'message', 'uploadLater', { rows: ['M;n/a;2024-01-01'] }],
  ['price-date-format', 'plain', 'uploadOne', { row: 'M;1;31/31/2024' }],
  ['price-date-format', 'paths', 'upload', { rows: ['M;1;soon'] }],
  ['price-date-format', 'paths', 'uploadLater', { rows: ['M;1;2024-06-99'] }],
  ['header-shorter-than-said', 'message', 'header', { bytes: [9, 1, 2, 3] }],
  ['header-shorter-than-said', 'message', 'header', { bytes: [40, 1, 2, 3, 4, 5, 6] }],
  ['image-name-badly-escaped', 'plain', 'image', { name: 'mug%.png' }],
  ['image-name-badly-escaped', 'paths', 'images', { names: ['a.png', '%E0%A4.png'] }],
];

const tables = { storefront, payments, stock, mailer, importer };

// What was logged without a stack: [service, label, type, message].
const LOGS = [
  ['payments', 'card-declined', '', 'card of customer 8731 declined: insufficient funds'],
  ['payments', 'card-declined', '', 'card of customer 19 declined: card expired'],
  ['payments', 'card-declined', '', 'card of customer 77120 declined: do not honour'],
  [
    'payments',
    'settlement-late',
    'Error',
    'settlement 0b0ecb1e-5a45-4e0b-8d8e-7f3f5b1f9d10 is 4h late',
  ],
  [
    'payments',
    'settlement-late',
    'Error',
    'settlement 91c0f6a2-2a5c-4f63-9a54-0f6d1b2c3d4e is 31h late',
  ],
  ['mailer', 'mail-bounced', '', 'SMTP 550 from mx1.example.org for ada@example.org'],
  ['mailer', 'mail-bounced', '', 'SMTP 552 from mail.example.net for grace.h@post.example.net'],
  ['mailer', 'mail-queue-full', '', 'queue mails has 10000 jobs, dropping'],
  ['mailer', 'mail-queue-full', '', 'queue mails has 10412 jobs, dropping'],
  ['stock', 'level-below-zero', '', 'level of MUG-1 is below zero: -2'],
  ['stock', 'level-below-zero', '', 'level of LAMP-2 is below zero: -14'],
  ['stock', 'warehouse-silent', 'TimeoutError', 'no answer of warehouse north after 5000 ms'],
  ['stock', 'warehouse-silent', 'TimeoutError', 'no answer of warehouse old town after 12000 ms'],
  ['importer', 'feed-gone', '', 'GET https://feeds.example.com/acme/2024-05-01.csv answered 404'],
  [
    'importer',
    'feed-gone',
    '',
    'GET https://feeds.example.com/bolt/2024-05-17.csv?page=2 answered 404',
  ],
  ['importer', 'feed-stale', '', 'feed acme was last changed 2024-03-01T00:00:00.000Z'],
  ['importer', 'feed-stale', '', 'feed bolt-and-sons was last changed 2023-12-24T18:30:00.000Z'],
];

// Labels that the second version is asked for again.
const AGAIN = new Set([
  'line-price-missing',
  'order-customer-deleted',
  'quantity-not-positive',
  'parcel-too-heavy',
  'order-paid-twice',
  'email-taken',
  'rates-refused',
  'gateway-session-expired',
  'merchant-without-iban',
  'refund-window-closed',
  'menu-in-itself',
  'category-cycle',
  'guest-order-without-customer',
  'rule-of-guest',
  'page-item-without-label',
  'page-without-seo-title',
]);

function requests(service, version) {
  if (version === 'v1') return tables[service];
  const first = new Map();
  for (const row of tables[service])
    if (AGAIN.has(row[0]) && !first.has(row[0])) first.set(row[0], row);
  return [...first.values()].map(([label, , endpoint, body]) => [label, 'version', endpoint, body]);
}

const logs = (version) => (version === 'v1' ? LOGS : []);

module.exports = { requests, logs };
