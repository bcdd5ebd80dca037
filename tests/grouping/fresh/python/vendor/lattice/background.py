"""Blocking work beside the event loop."""

import asyncio
import functools


async def run_in_thread(function, *args, **kwargs):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, functools.partial(function, *args, **kwargs))
