"""A framework's app as a process of its own."""

import os
import random
import socket
import sqlite3
import subprocess
import time
from contextlib import closing

START_SECONDS = 30
STOP_SECONDS = 5


def free_port():
    """A port that nothing listens on, below the range from which clients get theirs."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class App:
    """A running app, what it logged and what it stored."""

    def __init__(self, command, run_in, port, directory, environment):
        self._log = directory / "app.log"
        self._store = directory / "store.sqlite"
        environment = {"PATH": os.environ["PATH"], "PORT": str(port), "STORE_PATH": str(self._store), **environment}
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                command, cwd=run_in, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_up(port)

    def _wait_until_up(self, port):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise RuntimeError(f"the app did not start:\n{self.log()}") from None
                time.sleep(0.05)

    def stop(self):
        """Ends the process."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def log(self):
        """All that the app printed."""
        return self._log.read_text(errors="replace")

    def answers(self, request):
        """The statuses of the answers to one request, such as "GET /page", in order."""
        lines = (line.rpartition(" ") for line in self.log().splitlines())
        return [int(status) for logged, _, status in lines if logged == request and status.isdigit()]

    def tenants(self, table):
        """How many rows the store has in the table that holds the framework's tenants."""
        with closing(sqlite3.connect(self._store)) as store:
            return store.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
