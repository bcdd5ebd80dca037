"""An asynchronous web framework: routes, middleware, and one place for what is not caught."""

from lattice.app import Lattice, Request
from lattice.background import run_in_thread

__all__ = ["Lattice", "Request", "run_in_thread"]
