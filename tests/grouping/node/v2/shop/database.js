// The database wrapper: every failed statement of every repository leaves here.
'use strict';

// The tables are given, as the tests of the shop have no server.
const { Connection } = require('pocketsql');
const { DatabaseError } = require('./errors');

const connection = new Connection({
  customers: {
    unique: ['email'],
    rows: [
      { id: 1, email: 'ada@example.org', points: { total: 120 } },
      { id: 2, email: 'grace@example.org', points: null },
    ],
  },
  orders: {
    required: ['customer'],
    rows: [
      { id: 4711, customer: 1, status: 'paid', total: 80 },
      { id: 4712, customer: 99, status: 'open', total: 12 },
      { id: 4713, customer: 98, status: 'open', total: 5 },
      { id: 4720, customer: 2, status: 'paid', total: 61 },
    ],
  },
});

// Each statement waits its turn.
async function run(operation, ...args) {
  await null;
  try {
    return connection[operation](...args);
  } catch (cause) {
    throw new DatabaseError(`${operation} failed`, { cause });
  }
}

module.exports = { run };
