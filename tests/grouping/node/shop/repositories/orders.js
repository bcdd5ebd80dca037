// Orders.
'use strict';

const database = require('../database');

class OrderRepository {
  async find(id) {
    const [order] = await database.run('select', 'orders', ['id'], (row) => row.id === id);
    return order;
  }

  async add(customer, total) {
    await database.run('insert', 'orders', { customer, total });
  }

  async revenue(since) {
    // The column was renamed to `total`; this report was forgotten.
    return database.run('select', 'orders', ['order_total'], (row) => row.id > since);
  }
}

module.exports = { OrderRepository };
