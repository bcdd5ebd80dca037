// Calls to partners, by name.
'use strict';

const addresses = {
  bucket: 'http://127.0.0.1:1',
  mirrorA: 'http://127.0.0.1:2',
  mirrorB: 'http://127.0.0.1:4',
  search: 'http://127.0.0.1:5',
};

class UpstreamError extends Error {
  constructor(partner, path, reason, options) {
    super(`${partner} ${reason}`, options);
    this.name = 'UpstreamError';
    this.path = path;
  }
}

async function call(partner, path, options = {}) {
  let response;
  try {
    response = await fetch(addresses[partner] + path, options);
  } catch (cause) {
    throw new UpstreamError(partner, path, `did not answer: ${cause.message}`, { cause });
  }
  if (!response.ok) throw new UpstreamError(partner, path, `answered ${response.status}`);
  return response;
}

module.exports = { UpstreamError, addresses, call };
