'use strict';

const { invariant } = require('../core/invariant');

// An upload in chunks, which must arrive in their order.
class UploadSession {
  #received;

  constructor(received) {
    this.#received = received;
  }

  append({ index, size, declared = size }) {
    invariant(index === this.#received, () => `chunk ${index} arrived, expected ${this.#received}`);
    invariant(size === declared, () => `chunk ${index} has ${size} bytes, declared ${declared}`);
    this.#received++;
  }

  finish(total) {
    invariant(this.#received === total, `upload finished at ${this.#received} of ${total} chunks`);
  }
}

function reap(log, sessions) {
  for (const { id, idleMinutes, bytes } of sessions)
    if (idleMinutes > 60)
      log.error({ session: id, bytes }, `upload abandoned for ${idleMinutes} min`);
}

module.exports = { UploadSession, reap };
