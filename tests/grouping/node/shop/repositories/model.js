// Rows as objects that refuse fields they do not have: a Proxy, as object mappers do.
'use strict';

function model(name, row) {
  return new Proxy(row, {
    get(target, field) {
      if (!(field in target)) throw new ReferenceError(`${name} has no field ${String(field)}`);
      return target[field];
    },
  });
}

module.exports = { model };
