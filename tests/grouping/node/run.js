// Sends the labelled traffic through the services; prints one JSON line for each exception.
//
// Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.
'use strict';

const http = require('node:http');
const partners = require('./partners');
const { addresses } = require('./shop/clients/http');
const { names, serve } = require('./shop/main');
const { Tracer } = require('./telemetry');
const traffic = require('./traffic');

function post(port, endpoint, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port, host: '127.0.0.1', method: 'POST', path: `/${endpoint}` },
      (response) => {
        response.resume().on('end', resolve);
      },
    );
    request.on('error', reject).end(JSON.stringify(body));
  });
}

// An endpoint is asked for itself, or from the queue (`later:`), or as part of a batch (`batch:`).
function addressed(endpoint, body) {
  const [way, name] = endpoint.split(':');
  if (way === 'later') return ['later', { path: `/${name}`, body }];
  if (way === 'batch') return ['batch', { requests: [{ path: `/${name}`, body }] }];
  return [endpoint, body];
}

async function send(tracer, service, port, [label, kind, endpoint, body]) {
  const before = tracer.count;
  const arrival = new Promise((resolve) => (tracer.arrived = resolve));
  tracer.current = { label, kind };
  await Promise.all([post(port, ...addressed(endpoint, body)), arrival]);
  if (tracer.count !== before + 1)
    throw new Error(`${label}: ${endpoint} gave ${tracer.count - before} events`);
}

async function main(version) {
  const tracer = new Tracer(['payments', 'stock', 'mailer']);
  Object.assign(addresses, await partners.start());
  const record = (service, error) => tracer.recordException(service, error);
  let serving = null;
  process.on('unhandledRejection', (error) => record(serving, error));
  process.on('exit', (code) => {
    if (code === 13) process.stderr.write(`no event of ${JSON.stringify(tracer.current)}\n`);
  });
  for (const name of names) {
    serving = name;
    const server = serve(name, record);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    for (const row of traffic.requests(name, version))
      await send(tracer, name, server.address().port, row);
  }
  for (const [service, label, type, message] of traffic.logs(version)) {
    tracer.current = { label, kind: 'no-stack' };
    tracer.write(service, type, message, '');
  }
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
