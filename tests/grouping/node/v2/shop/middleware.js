// Middleware of the shop, before every handler.
'use strict';

function jsonBody(request, _response, next) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    request.body = JSON.parse(Buffer.concat(chunks).toString());
    next();
  });
}

function accessLog(request, _response, next) {
  request.seen = true;
  next();
}

function timed(request, response, next) {
  const start = process.hrtime.bigint();
  response.on('finish', () => {
    request.nanoseconds = process.hrtime.bigint() - start;
  });
  next();
}

module.exports = { timed, jsonBody, accessLog };
