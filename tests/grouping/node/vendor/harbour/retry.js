// Retries of an asynchronous function.
'use strict';

function retry(attempts, fn) {
  return async function retried(...args) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fn.apply(this, args);
      } catch (error) {
        if (attempt >= attempts) throw error;
      }
    }
  };
}

module.exports = { retry };
