"""Payments, refunds and payouts."""

import json

from shop.clients import upstream
from shop.errors import JobFailed, PaymentFailed, RefundFailed


def split_fee(fee, parties):
    """The rest of the division stays with the shop."""
    return fee // len(parties)


def payout_account(merchant):
    bank = merchant["bank"]
    return bank["iban"].replace(" ", "")


def book(payout_id):
    upstream.get("ledger", f"/bookings/{payout_id}")


class PaymentService:
    def __init__(self, gateway):
        self.gateway = gateway
        self.transaction = None

    def pay(self, cents):
        try:
            return self.gateway.charge(cents)
        except KeyError as error:
            raise PaymentFailed(f"payment of {cents} cents failed") from error

    def give_back(self, cents):
        try:
            return self.gateway.refund(cents)
        except Exception as error:
            raise RefundFailed("the gateway did not refund") from error

    def capture_batch(self, batch):
        for cents in batch["amounts"]:
            try:
                self.pay(cents)
            except PaymentFailed as error:
                raise JobFailed(f"capture batch {batch['id']} stopped") from error

    def settle(self, payout):
        """Every failure of a settlement leaves here as one type with one message."""
        try:
            shares = split_fee(payout["fee"], payout["parties"])
            account = payout_account(payout["merchant"])
            book(payout["id"])
            return shares, account
        except Exception as error:
            raise PaymentFailed("payment could not be settled") from error

    def void(self, payment):
        try:
            self.transaction = open_transaction(payment)
            self.gateway.refund(payment["cents"])
        except Exception:
            self.transaction.rollback()
            raise


def open_transaction(payment):
    if payment["cents"] <= 0:
        raise ValueError(f"cannot void {payment['cents']} cents")
    return {"locked": "payments"}[payment["table"]]


def refund_amount(order, cents, days):
    if cents > order["captured"]:
        raise ValueError(f"refund of {cents} exceeds the captured {order['captured']}")
    # Thirty days, by the terms of sale.
    if days > 30:
        raise ValueError(f"refund window of order {order['id']} closed {days - 30} days ago")
    return cents


def read_webhook(text):
    event = json.loads(text)
    return event["id"], event["state"]


def check_ledger(entries):
    balance = sum(entries)
    assert balance == 0, f"ledger is off by {balance}"
    return entries


def invoice_header(lines):
    assert lines
    return lines[0]
