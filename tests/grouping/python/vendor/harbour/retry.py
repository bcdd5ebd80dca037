"""Retries of a call, as a decorator."""

import functools


def retry(attempts, on=(Exception,)):
    def decorate(function):
        @functools.wraps(function)
        def call_with_retries(*args, **kwargs):
            for attempt in range(1, attempts + 1):
                try:
                    return function(*args, **kwargs)
                except on:
                    if attempt == attempts:
                        raise

        return call_with_retries

    return decorate
