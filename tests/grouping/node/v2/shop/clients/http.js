// HTTP calls of the shop to others: whatever fails on the wire is thrown here.
'use strict';

// The addresses of a test.

const { UpstreamError } = require('../errors');

const addresses = {
  rates: 'http://127.0.0.1:2',
  tax: 'http://127.0.0.1:3',
  ledger: 'http://127.0.0.1:4',
  north: 'http://127.0.0.1:5',
  south: 'http://127.0.0.1:6',
};

// Answers come as `fetch` gives them.
async function get(name, path) {
  try {
    return await fetch(addresses[name] + path);
  } catch (cause) {
    throw new UpstreamError(`GET ${path} failed`, { cause });
  }
}

module.exports = { addresses, get };
