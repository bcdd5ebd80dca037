// Servers on loopback that answer badly: one says nothing, one denies what it is asked for.
'use strict';

const http = require('node:http');

const listen = (handler) =>
  new Promise((resolve) => {
    const server = http.createServer(handler).listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${server.address().port}`);
    });
    server.unref();
  });

async function start() {
  return {
    scanner: await listen(() => {}),
    licences: await listen((request, response) => response.writeHead(403).end()),
  };
}

module.exports = { start };
