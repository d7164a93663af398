"""Real `nats-server` processes on free loopback ports, and what a test wants of them."""

import contextlib
import http.client
import json
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.helpers import LIMIT_S, patient

PROGRAM = "nats-server"
_GIVEN: set[int] = set()
"""Ports that a server of this process has, or will have once it is started."""


def free_port() -> int:
    """Return a free port, below those that the kernel gives to outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        if port in _GIVEN:
            continue
        _GIVEN.add(port)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """One server with its own store; it keeps ports and store when it is killed and started again.

    `config` is added to its configuration: authorization, tls, cluster.
    """

    def __init__(self, directory: Path, *, name: str = "one", config: str = "", scheme: str = "nats") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.name = name
        self.port, self.monitor = free_port(), free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        (directory / "server.conf").write_text(
            f"listen: 127.0.0.1:{self.port}\nhttp: 127.0.0.1:{self.monitor}\nserver_name: {name}\n"
            f'jetstream {{ store_dir: "{self.store}", max_memory_store: 256M, max_file_store: 100G }}\n{config}\n'
        )

    @property
    def store(self) -> Path:
        return self.directory / "store"

    @property
    def log(self) -> str:
        return (self.directory / "server.log").read_text("utf-8", "replace")

    def launch(self) -> None:
        """Start the process; it is not ready yet."""
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "-c", self.directory / "server.conf"], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def ready(self) -> None:
        """Wait until JetStream works, in a cluster too."""
        deadline = time.monotonic() + LIMIT_S
        while not self._healthy():
            assert self.process is not None
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.01)

    def start(self) -> "Server":
        self.launch()
        self.ready()
        return self

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self.end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self.end(signal.SIGTERM)

    def end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(number)
            self.process.wait(LIMIT_S)
            self.process = None

    def wipe(self) -> None:
        """Throw away what the (ended) server keeps."""
        shutil.rmtree(self.store, ignore_errors=True)

    def heard(self) -> int:
        """Return the number of messages that clients have sent it since it was started."""
        return self._figure("in_msgs")

    def connections(self) -> int:
        """Return the number of clients that are connected now."""
        return self._figure("connections")

    def _figure(self, name: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.monitor, timeout=patient(5))
        connection.request("GET", "/varz")
        with contextlib.closing(connection):
            return int(json.load(connection.getresponse())[name])

    def _healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.monitor, timeout=patient(5))
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def cluster_of(count: int, directory: Path) -> list[Server]:
    """Start so many servers that are one cluster."""
    names = [f"n{number}" for number in range(count)]
    ports = [free_port() for _ in names]
    routes = ", ".join(f"nats-route://127.0.0.1:{port}" for port in ports)
    servers = [
        Server(
            directory / name,
            name=name,
            config=f"cluster {{ name: tests, listen: 127.0.0.1:{port}, routes: [{routes}] }}",
        )
        for name, port in zip(names, ports, strict=True)
    ]
    for server in servers:
        server.launch()
    for server in servers:
        server.ready()
    return servers


@contextlib.contextmanager
def ended(servers: list[Server]) -> Iterator[list[Server]]:
    """Kill the servers that still live in the end."""
    try:
        yield servers
    finally:
        for server in servers:
            server.kill()
