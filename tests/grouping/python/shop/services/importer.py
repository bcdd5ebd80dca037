"""The importer of suppliers' price lists."""

import collections
import dataclasses
import datetime
import decimal

PriceRow = collections.namedtuple("PriceRow", "sku name price valid_from")


@dataclasses.dataclass
class OrderLine:
    sku: str
    quantity: int


def decode(raw):
    return raw.decode("utf-8")


def split_row(text):
    return PriceRow._make(text.split(";"))


def price(row):
    return decimal.Decimal(row.price)


def valid_from(row):
    return datetime.datetime.strptime(row.valid_from, "%Y-%m-%d")


def import_row(raw):
    row = split_row(decode(raw))
    return row.sku, price(row), valid_from(row)


def import_rows(rows):
    return list(map(import_row, rows))


def import_orders(records):
    return [OrderLine(**record) for record in records]
