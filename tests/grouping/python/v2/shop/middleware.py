"""Middleware of the shop, around every handler that is not a coroutine."""

import time


def access_log(call):
    def logged(request):
        request.headers.setdefault("seen", True)
        return call(request)

    return logged


def require_token(token):
    def middleware(call):
        def wrapper(*args, **kwargs):
            if args[0].headers.get("token", token) != token:
                return None
            return call(*args, **kwargs)

        return wrapper

    return middleware


def timed(call):
    def measured(request):
        start = time.monotonic()
        try:
            return call(request)
        finally:
            request.headers["seconds"] = time.monotonic() - start

    return measured
