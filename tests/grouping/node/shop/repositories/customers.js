// Customers.
'use strict';

const database = require('../database');

const find = async (id) =>
  (await database.run('select', 'customers', ['id'], (row) => row.id === id))[0] ?? null;

async function add(email) {
  await database.run('insert', 'customers', { id: 3, email });
}

module.exports = { find, add };
