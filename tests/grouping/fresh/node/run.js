// Sends the labelled traffic through the pipeline; prints one JSON line for each exception or log.
//
// Argument: the version of the program (`v1` or `v2`), which decides what of the traffic is sent.
'use strict';

const partners = require('./partners');
const { addresses } = require('./media/core/http');
const { sink } = require('./media/core/logger');
const { start } = require('./media/main');
const { Tracer } = require('./telemetry');
const traffic = require('./traffic');

async function send(tracer, app, [label, kind, endpoint, body]) {
  const before = tracer.count;
  const arrival = new Promise((resolve) => (tracer.arrived = resolve));
  tracer.current = { label, kind };
  await Promise.all([app.handle(endpoint, body), arrival]);
  if (tracer.count !== before + 1)
    throw new Error(`${label}: ${endpoint} gave ${tracer.count - before} events`);
}

async function main(version) {
  const tracer = new Tracer(['transcode', 'catalog']);
  let serving = null;
  let ended = false;
  sink.error = (service, error) => tracer.recordException(service, error);
  sink.line = (service, type, text) => tracer.write(service, type, text, '');
  process.on('uncaughtException', (error) => sink.error(serving, error));
  process.on('exit', () => {
    if (ended) return;
    process.stderr.write(`no event of ${JSON.stringify(tracer.current)}\n`);
    process.exitCode = 1;
  });
  Object.assign(addresses, await partners.start());
  for (const [name, app] of Object.entries(await start())) {
    serving = name;
    for (const row of traffic.requests(name, version)) await send(tracer, app, row);
  }
  ended = true;
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
