'use strict';

const { addresses, call } = require('../core/http');

const SCAN_TIMEOUT_MS = 100;

class Storage {
  async put(key, bytes) {
    const response = await call('bucket', `/media/${key}`, { method: 'PUT', body: bytes });
    return response.headers.get('etag');
  }

  async replace(key, bytes) {
    const etag = await this.put(`${key}.new`, bytes);
    return { key, etag };
  }

  // The scanner is asked directly: it may take its time, but not forever.
  async scan(key) {
    const signal = AbortSignal.timeout(SCAN_TIMEOUT_MS);
    return fetch(`${addresses.scanner}/scan/${key}`, { signal });
  }
}

module.exports = { Storage };
