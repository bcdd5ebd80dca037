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

module.exports = { jsonBody, accessLog };
