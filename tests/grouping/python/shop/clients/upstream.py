"""HTTP calls of the shop to others: whatever fails on the wire is raised here."""

import http.client
import json

from shop.errors import UpstreamError

ADDRESSES = {
    "rates": "127.0.0.1:1",
    "tax": "127.0.0.1:2",
    "ledger": "127.0.0.1:3",
    "north": "127.0.0.1:4",
}


def get(name, path, timeout=2):
    try:
        return exchange(ADDRESSES[name], path, timeout)
    except OSError as error:
        raise UpstreamError(f"GET {path} failed: {error}") from error


def get_json(name, path):
    return json.loads(get(name, path))


def exchange(address, path, timeout):
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
