// HTTP handlers of the storefront.
'use strict';

const { EventEmitter } = require('node:events');
const { object } = require('ironcheck');
const page = require('../../dist/render.min.js');
const { Couriers, Rates, Recommendations, Tax } = require('../clients/partners');
const customers = require('../repositories/customers');
const { Menu, breadcrumb } = require('../services/catalogue');
const { deliveryDay } = require('../services/orders');
const pricing = require('../services/pricing');

const signupForm = object({ email: 'string', phone: 'string' });
const addressForm = object({ street: 'string', postcode: 'string' });

const pageOf = ({ body }) => new Array(Number(body.page));

const redirectTarget = (text) => new URL(text).pathname;

module.exports = function storefront({ orders, queue }) {
  const partners = {
    rates: new Rates(),
    tax: new Tax(),
    couriers: new Couriers(),
    recommendations: new Recommendations(),
  };
  const carts = new EventEmitter();
  carts.on('changed', (line) => pricing.lineTotal(line));

  return {
    // Cart and checkout.
    addToCart: ({ body }) => pricing.lineTotal(body),
    async checkout({ body }) {
      await orders.place(body.customer, body.lines);
    },
    quote: async ({ body }) => pricing.quote(body.lines),
    quoteAll: ({ body }) => Promise.all(body.carts.map((lines) => pricing.quote(lines))),
    preview: ({ body }) => body.lines.sort((a, b) => pricing.lineTotal(a) - pricing.lineTotal(b)),
    cartChanged: ({ body }) => carts.emit('changed', body),
    reportLater({ body }) {
      queue.enqueue(pricing.quote, body.lines);
    },
    guestCheckout: async ({ body }) => orders.repository.add(null, body.total),

    // Discounts.
    rule: ({ body }) => pricing.applyRule(body.rule, body.cart),
    firstRule: ({ body }) => body.rules.find((rule) => pricing.applyRule(rule, body.cart)),
    expression: ({ body }) => pricing.evaluate(body.expression, body.cart),
    voucher: ({ body }) => orders.applyVoucher(body, '2024-06-01'),
    vouchers: ({ body }) => body.all.map((voucher) => orders.applyVoucher(voucher, '2024-06-01')),
    cheapest: ({ body }) => pricing.cheapest(body.offers),

    // Catalogue.
    breadcrumb: ({ body }) => breadcrumb(body.parents, body.name).join(' / '),
    sitemap: ({ body }) => Object.keys(body.parents).map((name) => breadcrumb(body.parents, name)),
    menu: ({ body }) => new Menu(body.children).visit(body.name),
    submenu: async ({ body }) => new Menu(body.children).visitChildren(body.name),
    listOrders: (request) => pageOf(request).length,
    listReviews: (request) => ['good'].concat(pageOf(request)),
    listShops(request) {
      return Promise.resolve().then(() => pageOf(request));
    },
    similar: async ({ body }) => partners.recommendations.similar(body.sku),
    pageList: ({ body }) => page.list(body),
    pageDetail: ({ body }) => page.detail(body),
    pageHead: ({ body }) => page.head(body),
    page: ({ body }) => page.page(body),

    // Customers and orders.
    signup: ({ body }) => signupForm.parse(body),
    newAddress: ({ body }) => addressForm.parse(body),
    register: async ({ body }) => customers.add(body.email),
    importCustomers: async ({ body }) =>
      Promise.all(body.emails.map((email) => customers.add(email))),
    resendConfirmation: async ({ body }) => orders.confirmationAddress(body.order),
    remind({ body }) {
      queue.enqueue(() => orders.confirmationAddress(body.order));
    },
    points: async ({ body }) => orders.points(body.customer),
    revenue: async ({ body }) => orders.repository.revenue(body.since),
    afterLogin: ({ body }) => redirectTarget(body.to),
    greeting: ({ body }) => orders.greeting(body),
    phone: ({ body }) => orders.phone(body),

    // Delivery.
    ship: ({ body }) => orders.ship(body),
    label: ({ body }) => orders.label(body),
    count: ({ body }) => orders.count(body),
    delivery: ({ body }) => deliveryDay(body.day),
    deliveryRange: ({ body }) => body.days.map(deliveryDay),
    courierSlots: async ({ body }) => partners.couriers.slots(body.postcode),
    inCurrency: async ({ body }) => partners.rates.rate(body.currency),
    inCurrencies: async ({ body }) =>
      Promise.all(body.all.map((currency) => partners.rates.rate(currency))),
    withTax: async ({ body }) => partners.tax.percent(body.country),
    pay: async ({ body }) => orders.beginPayment(body.order),
    payAgain: ({ body }) => orders.beginPayment(body.order).then((order) => order.total),
  };
};
