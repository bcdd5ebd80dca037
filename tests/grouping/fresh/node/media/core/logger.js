// Structured logs. `err` is exported as an exception, other fields are appended as key=value.
'use strict';

const sink = { error: () => {}, line: () => {} };

function logger(service) {
  return {
    error(fields, text) {
      if (fields.err) return sink.error(service, fields.err);
      const { type = '', ...rest } = fields;
      const suffix = Object.entries(rest).map(([key, value]) => ` ${key}=${value}`);
      return sink.line(service, type, text + suffix.join(''));
    },
  };
}

module.exports = { logger, sink };
