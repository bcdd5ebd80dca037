// Mails: templates, invoices as files, settings.
'use strict';

const fs = require('node:fs');
const { Engine } = require('stencil');

const engine = new Engine({
  confirmation:
    'Dear {{ it.name }}, your order of {{ it.order.lines.length }} pieces is on its way.',
  'confirmation-de': 'Hallo {{ it.name }}! {{ it.order.lines.length }} Teile sind unterwegs.',
  invoice: 'Invoice for {{ it.name }}: VAT {{ it.vat[it.country].percent }} percent.',
});

const render = (name, values) => engine.render(name, values);

async function attachInvoice(root, year, number) {
  return fs.promises.readFile(`${root}/${year}/INV-${number}.pdf`);
}

function logo(root, shop) {
  return fs.readFileSync(`${root}/logos/${shop}.svg`);
}

function loadSettings(text) {
  return JSON.parse(text).sender;
}

const unsubscribeLink = (base, address) => new URL(`?address=${address}`, base);

module.exports = { render, attachInvoice, logo, loadSettings, unsubscribeLink };
