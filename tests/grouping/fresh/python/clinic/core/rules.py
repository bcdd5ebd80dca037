"""Business rules are stated with `ensure`; the API turns a broken one into a 422."""


class RuleBroken(Exception):
    pass


def ensure(holds, text, **values):
    if not holds:
        raise RuleBroken(text.format(**values))
