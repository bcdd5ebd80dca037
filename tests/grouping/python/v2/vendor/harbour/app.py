"""Routing and dispatch. What a handler raises is recorded where a tracing middleware would."""

import asyncio
import inspect
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    path: str
    body: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)


@dataclass
class Response:
    status: int
    body: object = None


class App:
    def __init__(self, service, tracer):
        self.service = service
        self.tracer = tracer
        self.routes = {}
        self.middleware = []

    def route(self, method, path):
        def register(handler):
            self.routes[(method, path)] = handler
            return handler

        return register

    def use(self, middleware):
        self.middleware.append(middleware)

    def handle(self, request):
        endpoint = self.routes[(request.method, request.path)]
        if inspect.iscoroutinefunction(endpoint):
            return asyncio.run(self.dispatch_async(endpoint, request))
        try:
            return self.dispatch(endpoint, request)
        except Exception as error:
            self.tracer.record_exception(self.service, request.headers, error)
            return Response(500)

    def call(self, request):
        """Dispatches a request of the program itself, whose errors are the caller's to handle."""
        return self.dispatch(self.routes[(request.method, request.path)], request)

    def dispatch(self, endpoint, request):
        call = endpoint
        for middleware in reversed(self.middleware):
            call = middleware(call)
        return self.respond(call, request)

    def respond(self, call, request):
        body = call(request)
        return body if isinstance(body, Response) else Response(200, body)

    async def dispatch_async(self, endpoint, request):
        try:
            return Response(200, await endpoint(request))
        except Exception as error:
            self.tracer.record_exception(self.service, request.headers, error)
            return Response(500)
