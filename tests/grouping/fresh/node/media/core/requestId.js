// Middleware: every request has an id, which its answer carries.
'use strict';

let last = 0;

async function requestId(ctx, next) {
  ctx.id = `req-${++last}`;
  return next();
}

module.exports = { requestId };
