// Checks used by every service: one place throws for all of them.
// `fail` is for what a branch has found out already, `invariant` for the rest.
'use strict';

const { RuleViolation } = require('./errors');

function fail(message) {
  throw new RuleViolation(message);
}

function invariant(condition, message) {
  if (condition) return;
  fail(message);
}

module.exports = { invariant, fail };
