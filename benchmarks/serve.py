"""How many people can watch one run, and what does it cost? Beside a server with a queue for each client.

Clients are processes of their own, so that the server's CPU is measured alone. The peer is `queue_per_client.py`.

    python benchmarks/serve.py [--clients 1000] [--rate 20] [--seconds 20] [--replay-mb 1000] [--joiners 100]
"""

import argparse
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generate import RUN, write
from table import Table

PROCESSES = 4
"""Among which the clients are spread."""
START = b'{"seq":1,"timestamp":"2026-11-23T01:12:30.000000Z","run":"%b","type":"run_start","data":{}}\n' % RUN.encode()


def event(seq: int) -> bytes:
    """A line that says when it was written, in nanoseconds of the clock that all processes share."""
    return json.dumps({
        "seq": seq, "timestamp": "2026-11-23T01:12:30.123456Z", "run": RUN, "type": "thought", "phase": "coding",
        "iteration": 3, "parent": None, "data": {"text": "the parser drops the last line " * 4, "block": 0,
        "message": "m1", "sent": time.monotonic_ns()},
    }, separators=(",", ":")).encode() + b"\n"  # fmt: skip


def clients(port: int, path: str, count: int, seconds: float) -> None:
    """Be `count` clients for so long, then print what they got: events, bytes, and delays in milliseconds."""
    waiting = selectors.EpollSelector()
    rests: dict[socket.socket, bytes] = {}
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        connection.setblocking(False)
        waiting.register(connection, selectors.EVENT_READ)
        rests[connection] = b""
    print("connected", flush=True)
    got = received = 0
    delays: list[float] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and rests:
        for key, _ in waiting.select(min(left, 0.5)):
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            data = connection.recv(1 << 18)
            now = time.monotonic_ns()
            received += len(data)
            if not data:
                waiting.unregister(connection)
                del rests[connection]
                continue
            first, *stamps = (rests[connection] + data).split(b'"sent":')
            rests[connection] = first[-16:]
            for stamp in stamps:
                digits, whole, after = stamp.partition(b"}")
                if whole:
                    got += 1
                    delays.append((now - int(digits)) / 1e6)
                rests[connection] = after[-16:] if whole else b'"sent":' + stamp
    print(json.dumps({"got": got, "bytes": received, "delays": delays}), flush=True)


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, key: str = "VmHWM") -> float:
    """Megabytes of memory that a process has now (VmRSS), or had at most."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


@contextmanager
def server(command: list[str], port: int) -> Iterator[int]:
    """A server as a process that listens; its process id."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    assert time.monotonic() < deadline, command
                    time.sleep(0.05)
            yield process.pid
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def spread(port: int, path: str, count: int, seconds: float) -> list[subprocess.Popen[str]]:
    """Start processes that are `count` clients together, and wait until all are connected."""
    shares = [count // PROCESSES + (number < count % PROCESSES) for number in range(PROCESSES)]
    started = [
        subprocess.Popen(
            [sys.executable, __file__, "--be-clients", str(share), "--at", f"{port}{path}", "--seconds", str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )
        for share in shares if share
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
    return started


def results(started: list[subprocess.Popen[str]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"got": [], "bytes": [], "delays": []}
    for process in started:
        told = json.loads(process.communicate()[0])
        found["got"].append(told["got"])
        found["bytes"].append(told["bytes"])
        found["delays"] += told["delays"]
    return found


def live(
    table: Table, name: str, command: list[str], file: Path, port: int, path: str, asked: argparse.Namespace,
    peer: float | None = None,
) -> float:  # fmt: skip
    """Write events at a steady rate while clients wait for them; return the client-events per CPU second."""
    file.write_bytes(START)
    with server(command, port) as pid:
        started = spread(port, path, asked.clients, asked.seconds + 6)
        time.sleep(2)  # until the last of them is being told
        before, began = cpu(pid), time.monotonic()
        with file.open("ab", buffering=0) as out:
            for number in range(int(asked.rate * asked.seconds)):
                out.write(event(number + 2))
                time.sleep(max(0.0, began + (number + 1) / asked.rate - time.monotonic()))
        time.sleep(0.5)
        used = cpu(pid) - before
        peak = memory(pid)
        found = results(started)
    delays = sorted(found["delays"])
    got, all_ = sum(found["got"]), int(asked.rate * asked.seconds) * asked.clients
    quantile = (lambda q: delays[min(len(delays) - 1, int(q * len(delays)))]) if delays else lambda _: float("nan")
    table.add(name, got / all_ * 100, quantile(0.5), quantile(0.99), quantile(1.0), used / asked.seconds * 100,
              round(got / used), got / used / (peer or got / used), peak)  # fmt: skip
    return got / used


def replay(table: Table, folder: Path, asked: argparse.Namespace) -> None:
    """Let many join late, all at once, a run of a gigabyte."""
    file = folder / f"{RUN}.ndjson"
    write(file, round(asked.replay_mb * 1e6))
    port = free_port()
    with server(ours(folder, port), port) as pid:
        idle = memory(pid, "VmRSS")
        started = spread(port, f"/api/runs/{RUN}/events", asked.joiners, asked.replay_seconds)
        before, began, peak = cpu(pid), time.monotonic(), 0.0
        while (
            any(process.poll() is None for process in started[:1])
            and time.monotonic() - began < asked.replay_seconds - 1
        ):
            time.sleep(0.2)
            peak = max(peak, memory(pid, "VmRSS"))
        used, took = cpu(pid) - before, time.monotonic() - began
        found = results(started)
        table.add(asked.joiners, idle, max(peak, memory(pid)), sum(found["bytes"]) / 1e6 / took,
                  sum(found["bytes"]) / 1e6 / asked.joiners, used / took * 100)  # fmt: skip
    file.unlink()


def ours(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "observer", "serve", str(folder), "--port", str(port)]


def tables(asked: argparse.Namespace) -> list[Table]:
    """Measure both servers, and then ours with those who come late."""
    compared = Table(
        f"{asked.clients} clients, {asked.rate:g} events a second for {asked.seconds:g} s",
        (
            "server",
            "delivered %",
            "p50 ms",
            "p99 ms",
            "slowest ms",
            "CPU %",
            "client-events per CPU s",
            "x of the peer",
            "peak MB",
        ),
        note="Bounds: p99 250 ms, 5 times the client-events per CPU second of a queue per client.",
    )
    with tempfile.TemporaryDirectory(prefix="runtail-serve-") as name:
        folder = Path(name)
        file, port = folder / f"{RUN}.ndjson", free_port()
        command = [sys.executable, str(Path(__file__).with_name("queue_per_client.py")), str(file), str(port)]
        peer = live(compared, "a queue per client", command, file, port, "/events", asked)
        port = free_port()
        live(compared, "observe serve", ours(folder, port), file, port, f"/api/runs/{RUN}/events", asked, peer)
        file.unlink()
        replayed = Table(
            f"A run of {asked.replay_mb:g} MB, replayed by late joiners all at once",
            ("joiners", "idle MB", "peak MB", "MB/s in all", "MB each", "CPU %"),
            note=f"Bound: 150 MB. Looked at for {asked.replay_seconds:g} s, or until all had everything.",
        )
        if asked.joiners:
            replay(replayed, folder, asked)
    return [compared, replayed]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is to be measured; the usual without arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--replay-mb", type=float, default=1000)
    parser.add_argument("--joiners", type=int, default=100)
    parser.add_argument("--replay-seconds", type=float, default=30)
    parser.add_argument("--be-clients", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--at", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main() -> None:
    asked = options()
    if asked.be_clients:
        port, _, path = asked.at.partition("/")
        return clients(int(port), f"/{path}", asked.be_clients, asked.seconds)
    for table in tables(asked):
        table.print()
    return None


if __name__ == "__main__":
    main()
