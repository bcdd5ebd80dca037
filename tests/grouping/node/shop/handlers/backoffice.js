// HTTP handlers and jobs of payments, stock, mailer and importer.
'use strict';

const importer = require('../services/importer');
const mail = require('../services/mail');
const payments = require('../services/payments');
const stock = require('../services/stock');

const ROOT = '/var/lib/shop';

exports.payments = ({ service, queue }) => ({
  pay: async ({ body }) => service.pay(body.cents),
  refund: async ({ body }) => service.giveBack(body.cents),
  capture({ body }) {
    queue.enqueue(() => service.captureBatch(body));
  },
  settle: async ({ body }) => service.settle(body),
  settleLater({ body }) {
    queue.enqueue((payout) => service.settle(payout), body);
  },
  refundAmount: ({ body }) => payments.refundAmount(body.order, body.cents, body.days),
  webhook: ({ body }) => payments.readWebhook(body.text),
  closeDay: ({ body }) => payments.checkLedger(body.entries),
  invoice: ({ body }) => payments.invoiceHeader(body.lines),
  fastest: ({ body }) => payments.fastestProcessor(body.processors),
  receipt({ body }) {
    // Nobody awaits this: what it throws is an unhandled rejection.
    payments.sendReceipt(body);
  },
  receipts({ body }) {
    for (const order of body.orders) payments.sendReceipt(order);
  },
});

exports.stock = ({ service, queue }) => ({
  reserve: ({ body }) => service.reserve(body.sku, 1),
  reserveCart: ({ body }) => service.reserveAll(body.wanted),
  reserveLater({ body }) {
    queue.enqueue(() => service.reserve(body.sku, 2));
  },
  shelf: ({ body }) => service.shelf(body.number),
  route: ({ body }) => service.longestRoute(body.routes),
  anyLevel: ({ body }) => stock.anyLevel(body.warehouses, body.sku),
  snapshot({ body }) {
    const order = { id: body.id, lines: [{ sku: 'MUG-1' }] };
    order.lines[0][body.link] = order;
    return service.snapshot(order);
  },
});

exports.mailer = ({ queue }) => ({
  render: ({ body }) => mail.render(body.template, body.values),
  renderLater({ body }) {
    queue.enqueue(mail.render, body.template, body.values);
  },
  attach: async ({ body }) => mail.attachInvoice(ROOT, body.year, body.number),
  logo: ({ body }) => mail.logo(ROOT, body.shop),
  settings: ({ body }) => mail.loadSettings(body.text),
  unsubscribe: ({ body }) => mail.unsubscribeLink(body.base, body.address),
});

exports.importer = ({ queue }) => ({
  uploadOne: ({ body }) => importer.importRow(Buffer.from(body.row, 'latin1')),
  upload({ body }, _response, next) {
    const rows = new importer.Rows();
    rows.on('error', next);
    for (const row of body.rows) rows.write(Buffer.from(row, 'latin1'));
  },
  uploadLater({ body }) {
    queue.enqueue(() => body.rows.forEach((row) => importer.importRow(Buffer.from(row, 'latin1'))));
  },
  header: ({ body }) => importer.readHeader(Buffer.from(body.bytes)),
  image: ({ body }) => importer.imageName(body.name),
  images: ({ body }) => body.names.map(importer.imageName),
});
