// Orders from the cart to the parcel.
'use strict';

const { invariant, fail } = require('../checks');
const customers = require('../repositories/customers');
const { model } = require('../repositories/model');
const pricing = require('./pricing');

class OrderService {
  constructor(repository) {
    this.repository = repository;
    this.strategies = { post: () => 1, bike: () => 2 };
  }

  async place(customer, lines) {
    for (const line of lines) {
      invariant(
        line.quantity > 0,
        `quantity of ${line.sku} must be positive, got ${line.quantity}`,
      );
    }
    await this.repository.add(customer, pricing.cartTotal(lines));
  }

  async confirmationAddress(id) {
    const order = await this.repository.find(id);
    const customer = await customers.find(order.customer);
    return customer.email.toLowerCase();
  }

  async points(id) {
    const customer = await customers.find(id);
    return customer.points.total;
  }

  applyVoucher({ code, expires }, today) {
    invariant(expires >= today, `voucher ${code} expired on ${expires}`);
    return code;
  }

  async beginPayment(id) {
    const order = await this.repository.find(id);
    if (order.status === 'paid') fail(`order ${id} is already paid`);
    return order;
  }

  ship(parcel) {
    invariant(parcel.postcode, `no postcode in the address of ${parcel.name}`);
    invariant(
      parcel.grams <= 20000,
      `parcel of ${parcel.grams} g is too heavy for ${parcel.carrier}`,
    );
    return this.strategies[parcel.carrier](parcel);
  }

  label(order) {
    const { street } = order.address;
    return street;
  }

  count(order) {
    let pieces = 0;
    for (const line of order.lines) pieces += line.quantity;
    return pieces;
  }

  greeting(row) {
    const customer = model('customer', row);
    return `Dear ${customer.title} ${customer.name}`;
  }

  phone(row) {
    return model('customer', row).phone;
  }
}

const deliveryDay = (text) => new Date(text).toISOString().slice(0, 10);

module.exports = { OrderService, deliveryDay };
