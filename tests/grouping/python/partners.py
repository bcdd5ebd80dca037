"""Servers on loopback that answer badly: one says nothing, one says no JSON."""

import http.server
import socket
import threading

BODIES = {
    "MUG-1": b"<html>busy</html>",
    "LAMP-2": b"",
    "SHADE-3": b'{"items": ["MUG-1"',
    "VASE-4": b"{}{}",
}


class NotJson(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = BODIES[self.path.rsplit("/", 1)[1]]
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def start():
    """Returns the addresses, and what must stay alive for them."""
    silent = socket.create_server(("127.0.0.1", 0))
    server = http.server.HTTPServer(("127.0.0.1", 0), NotJson)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = {
        "couriers": f"127.0.0.1:{silent.getsockname()[1]}",
        "recommendations": f"127.0.0.1:{server.server_port}",
    }
    return addresses, silent
