"""Checks used by every service: one place raises for all of them."""

from shop.errors import RuleViolation


def require(condition, message):
    if not condition:
        fail(message)


def fail(message):
    raise RuleViolation(message)
