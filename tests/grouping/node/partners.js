// Servers on loopback that answer badly: one says nothing, one says no JSON.
'use strict';

const http = require('node:http');

const BODIES = {
  'MUG-1': '<html>busy</html>',
  'LAMP-2': '',
  'SHADE-3': '{"items": ["MUG-1"',
  'VASE-4': '{}{}',
};

const listen = (handler) =>
  new Promise((resolve) => {
    const server = http.createServer(handler).listen(0, '127.0.0.1', () => resolve(server));
  });

async function start() {
  const silent = await listen(() => {});
  const notJson = await listen((request, response) =>
    response.end(BODIES[request.url.split('/').pop()]),
  );
  return {
    couriers: `http://127.0.0.1:${silent.address().port}`,
    recommendations: `http://127.0.0.1:${notJson.address().port}`,
  };
}

module.exports = { listen, start };
