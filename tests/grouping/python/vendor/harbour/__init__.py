"""A small web framework, installed as a library: routing, middleware, retries and a task queue."""

from .app import App, Request, Response
from .retry import retry
from .tasks import TaskQueue

__all__ = ["App", "Request", "Response", "TaskQueue", "retry"]
