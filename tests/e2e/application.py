"""An application under an OpenTelemetry SDK: started as a process of its own, asked, stopped."""

import re
import signal
import subprocess

import requests

import program


class Application:
    """A process that prints where it listens."""

    def __init__(self, command, log_path, **environment):
        self.log_path = log_path
        with log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                env=program.clean_environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.url = program.wait_until("the application's address", self._address)
        except AssertionError:
            self.kill()
            raise

    def _address(self):
        assert self.process.poll() is None, self.log()
        found = re.search(r"(http://127\.0\.0\.1:\d+)", self.log())
        return found and found[1]

    def log(self):
        return self.log_path.read_text(errors="replace")

    def request(self, method, path):
        return requests.request(method, self.url + path, timeout=program.DEADLINE_S)

    def stop(self):
        """Asks it to end, which makes its SDK send what it still has."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(program.DEADLINE_S)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(program.DEADLINE_S)
