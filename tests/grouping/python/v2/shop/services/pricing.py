"""Prices of lines, carts and discounts. Amounts are rounded to cents where they are shown."""

import logging

log = logging.getLogger(__name__)

CENTS = 2


def rounded(amount):
    return round(amount, CENTS)


def apply_rule(name, cart):
    log.debug("rule %s", name)
    return RULES[name](cart)


def evaluate_expression(number, expression, cart):
    code = compile(expression, f"<discount {number}>", "eval")
    return eval(code, {"__builtins__": {}}, {"total": cart["total"], "pieces": cart["pieces"]})


RULES = {
    "first": lambda cart: cart["vouchers"][0],
    "member": lambda cart: {"gold": 10, "silver": 5}[cart["tier"]],
    "bulk": lambda cart: cart["total"] / cart["pieces"],
    "none": lambda cart: 0,
}


def discounted(lines, percent):
    totals = [line_total(line) for line in lines]
    return rounded(sum(totals) * (100 - percent) / 100)


def cart_total(lines):
    log.debug("total of %d lines", len(lines))
    return rounded(sum(line_total(line) for line in lines))


def line_total(line):
    """Price times quantity; the gift wrap is a line of its own."""
    return line["price"] * line["quantity"]
