// Checks used by every service: one place throws for all of them.
'use strict';

const { RuleViolation } = require('./errors');

function invariant(condition, message) {
  if (!condition) fail(message);
}

function fail(message) {
  throw new RuleViolation(message);
}

module.exports = { invariant, fail };
