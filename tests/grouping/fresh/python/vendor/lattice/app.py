"""The application: its routes, and the chain of middleware around each."""

import asyncio
import inspect
from dataclasses import dataclass, field


@dataclass
class Request:
    path: str
    json: dict = field(default_factory=dict)


class Lattice:
    def __init__(self, name, log):
        self.name = name
        self.log = log
        self.routes = {}
        self.layers = []

    def post(self, path):
        def register(endpoint):
            self.routes[path] = endpoint
            return endpoint

        return register

    def layer(self, wrapper):
        self.layers.append(wrapper)

    def handle(self, path, body):
        asyncio.run(self._serve(Request(path, body)))

    async def _serve(self, request):
        endpoint = self.routes[request.path]
        for layer in reversed(self.layers):
            endpoint = layer(endpoint)
        try:
            return await _invoke(endpoint, request)
        except Exception:
            self.log.exception("unhandled error in POST /%s", request.path)


async def _invoke(endpoint, request):
    answer = endpoint(request)
    return await answer if inspect.isawaitable(answer) else answer
