// Payments, refunds and payouts.
'use strict';

const assert = require('node:assert');
const http = require('../clients/http');
const { PaymentError, RefundError, JobFailed } = require('../errors');

class PaymentService {
  constructor(gateway) {
    this.gateway = gateway;
  }

  async pay(cents) {
    try {
      return await this.gateway.charge(cents);
    } catch (cause) {
      throw new PaymentError(`payment of ${cents} cents failed`, { cause });
    }
  }

  async giveBack(cents) {
    try {
      return await this.gateway.refund(cents);
    } catch (cause) {
      throw new RefundError('the gateway did not refund', { cause });
    }
  }

  async captureBatch({ id, amounts }) {
    for (const cents of amounts) {
      await this.pay(cents).catch((cause) => {
        throw new JobFailed(`capture batch ${id} stopped`, { cause });
      });
    }
  }

  // Every failure of a settlement leaves here as one type with one message.
  async settle(payout) {
    try {
      splitFee(payout.fee, payout.parties);
      payoutAccount(payout.merchant);
      await http.get('ledger', `/bookings/${payout.id}`);
    } catch (cause) {
      throw new PaymentError('payment could not be settled', { cause });
    }
  }
}

const splitFee = (fee, parties) => BigInt(fee) / BigInt(parties.length);

function payoutAccount(merchant) {
  return merchant.bank.iban.replace(/ /g, '');
}

function refundAmount(order, cents, days) {
  if (cents > order.captured)
    throw new RangeError(`refund of ${cents} exceeds the captured ${order.captured}`);
  if (days > 30)
    throw new RangeError(`refund window of order ${order.id} closed ${days - 30} days ago`);
  return cents;
}

function readWebhook(text) {
  const event = JSON.parse(text);
  return [event.id, event.state];
}

function checkLedger(entries) {
  const balance = entries.reduce((sum, entry) => sum + entry, 0);
  assert.strictEqual(balance, 0);
}

function invoiceHeader(lines) {
  assert.ok(lines.length, 'an invoice needs a line');
  return lines[0];
}

async function processorKey(processor) {
  if (!processor.key) throw new Error(`processor ${processor.name} has no key`);
  return processor.key;
}

const fastestProcessor = (processors) => Promise.any(processors.map(processorKey));

async function sendReceipt(order) {
  await null;
  return order.receipt.number;
}

module.exports = {
  PaymentService,
  refundAmount,
  readWebhook,
  checkLedger,
  invoiceHeader,
  fastestProcessor,
  sendReceipt,
};
