"""Checks used by every service: one place raises for all of them.

`fail` is for what a branch has found out already, `require` for the rest.
"""

from shop.errors import RuleViolation


def fail(message):
    raise RuleViolation(message)


def require(condition, message):
    if condition:
        return
    fail(message)
