"""Servers on loopback that answer badly: one says nothing, one refuses for the moment."""

import http.server
import socket
import threading


class Throttled(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(429)
        self.send_header("retry-after", "30")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def start():
    """Returns the addresses, and what must stay alive for them."""
    silent = socket.create_server(("127.0.0.1", 0))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Throttled)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    addresses = {
        "preauth": f"127.0.0.1:{silent.getsockname()[1]}",
        "sms": f"127.0.0.1:{server.server_port}",
    }
    return addresses, silent
