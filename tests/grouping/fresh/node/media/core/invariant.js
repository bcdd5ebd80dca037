'use strict';

class InvariantError extends Error {
  name = 'InvariantError';
}

// Says what must hold; the text may be a function, as most never need it.
function invariant(condition, text) {
  if (!condition) throw new InvariantError(typeof text === 'function' ? text() : text);
}

module.exports = { InvariantError, invariant };
