// Errors of the shop.
'use strict';

class ShopError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = this.constructor.name;
  }
}

class RuleViolation extends ShopError {}
class DatabaseError extends ShopError {}
class UpstreamError extends ShopError {}
class PaymentError extends ShopError {}
class RefundError extends ShopError {}
class JobFailed extends ShopError {}

module.exports = {
  RuleViolation,
  DatabaseError,
  UpstreamError,
  PaymentError,
  RefundError,
  JobFailed,
};
