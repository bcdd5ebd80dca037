"""Requests that come in one, as pages and imports send them."""

from harbour import Request


class Batch:
    def __init__(self, app):
        self.app = app

    def run(self, request):
        return [
            self.app.call(Request("POST", path, body)) for path, body in request.body["requests"]
        ]
