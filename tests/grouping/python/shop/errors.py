"""Errors of the shop."""


class ShopError(Exception):
    pass


class RuleViolation(ShopError):
    pass


class DatabaseError(ShopError):
    pass


class UpstreamError(ShopError):
    pass


class PaymentFailed(ShopError):
    pass


class RefundFailed(ShopError):
    pass


class JobFailed(ShopError):
    pass
