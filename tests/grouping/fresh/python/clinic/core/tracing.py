"""Gives every request a correlation id, which its logs carry."""

import functools
import inspect
from contextvars import ContextVar

correlation = ContextVar("correlation", default=None)


def correlate(endpoint):
    @functools.wraps(endpoint)
    async def correlated(request):
        token = correlation.set(id(request))
        try:
            answer = endpoint(request)
            return await answer if inspect.isawaitable(answer) else answer
        finally:
            correlation.reset(token)

    return correlated
