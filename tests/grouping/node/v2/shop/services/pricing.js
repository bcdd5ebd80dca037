// Prices of lines, carts and discounts.
'use strict';

const CENTS = 2;

const rounded = (amount) => Number(amount.toFixed(CENTS));

const cartTotal = (lines) => lines.reduce((sum, line) => sum + lineTotal(line), 0);

const shownTotal = (lines) => rounded(cartTotal(lines));

async function quote(lines) {
  await null;
  return cartTotal(lines);
}

const rules = [
  // Whole pieces, or parts of them where a product is sold by weight.
  (cart) => cart.pieces.toFixed(cart.digits),
  (cart) => cart.member.tier.toUpperCase(),
  (cart) => cart.vouchers[0].percent,
];

function applyRule(number, cart) {
  return rules[number](cart);
}

function evaluate(expression, cart) {
  return new Function('total', 'pieces', `return ${expression}`)(cart.total, cart.pieces);
}

function cheapest(offers) {
  return offers.reduce((best, offer) => (offer.price < best.price ? offer : best));
}

// Price times quantity; the gift wrap is a line of its own.
function lineTotal(line) {
  return line.price.amount * line.quantity;
}

module.exports = { lineTotal, cartTotal, shownTotal, quote, applyRule, evaluate, cheapest };
