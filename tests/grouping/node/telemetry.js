// What the OpenTelemetry SDK of Node writes of an exception, as JSON lines. The services that are
// `inspected` log with util.inspect, which tells causes and fields too; the others record the
// error's own stack.
//
// Requests are sent one at a time, so the label of an event is that of the request under way.
'use strict';

const { inspect } = require('node:util');

class Tracer {
  constructor(inspected) {
    this.inspected = new Set(inspected);
    this.count = 0;
    this.current = null;
    this.arrived = () => {};
  }

  recordException(service, error) {
    if (typeof error === 'string') return this.write(service, '', error, '');
    const type = error.code ? String(error.code) : error.name;
    const stack = this.inspected.has(service) ? inspect(error) : error.stack;
    return this.write(service, type, error.message, stack);
  }

  write(service, type, message, stacktrace) {
    this.count++;
    const { label, kind } = this.current;
    const event = { label, kind, language: 'nodejs', service, type, message, stacktrace };
    process.stdout.write(`${JSON.stringify(event)}\n`);
    this.arrived();
  }
}

module.exports = { Tracer };
