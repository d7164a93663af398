"""Measures how many clients can watch one run and at what cost, compared with a server with a queue per client.

The clients run in other processes, so that only the server's CPU time is measured. The peer is `queue_per_client.py`.

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
from table import Layout, Table

PROCESSES = 4
"""Number of processes among which the clients are distributed."""
START = b'{"seq":1,"timestamp":"2026-11-23T01:12:30.000000Z","run":"%b","type":"run_start","data":{}}\n' % RUN.encode()


PEER, OURS = "a queue per client", "observe serve"
LIVE = Layout(
    "live",
    (
        "server", "delivered %", "p50 ms", "p99 ms", "slowest ms", "CPU %", "client-events per CPU s", "x of the peer",
        "peak MB",
    ),
    (PEER, OURS),
)  # fmt: skip
REPLAY = Layout("replay", ("server", "idle MB", "peak MB", "MB/s total", "MB each", "CPU %"), (OURS,))


def event(seq: int) -> bytes:
    """Return a line that holds the time of writing, in nanoseconds of the clock that all processes share."""
    return json.dumps({
        "seq": seq, "timestamp": "2026-11-23T01:12:30.123456Z", "run": RUN, "type": "thought", "phase": "coding",
        "iteration": 3, "parent": None, "data": {"text": "the parser drops the last line " * 4, "block": 0,
        "message": "m1", "sent": time.monotonic_ns()},
    }, separators=(",", ":")).encode() + b"\n"  # fmt: skip


def clients(port: int, path: str, count: int, seconds: float) -> None:
    """Run `count` clients for `seconds`, then print what they received: events, bytes, and delays in milliseconds."""
    waiting = selectors.EpollSelector()
    buffers: dict[socket.socket, bytes] = {}
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        connection.setblocking(False)
        waiting.register(connection, selectors.EVENT_READ)
        buffers[connection] = b""
    print("connected", flush=True)
    events = received = 0
    delays: list[float] = []
    end = time.monotonic() + seconds
    while (remaining := end - time.monotonic()) > 0 and buffers:
        for key, _ in waiting.select(min(remaining, 0.5)):
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            data = connection.recv(1 << 18)
            now = time.monotonic_ns()
            received += len(data)
            if not data:
                waiting.unregister(connection)
                del buffers[connection]
                continue
            first, *stamps = (buffers[connection] + data).split(b'"sent":')
            buffers[connection] = first[-16:]
            for stamp in stamps:
                digits, end_mark, after = stamp.partition(b"}")
                if end_mark:
                    events += 1
                    delays.append((now - int(digits)) / 1e6)
                buffers[connection] = after[-16:] if end_mark else b'"sent":' + stamp
    print(json.dumps({"events": events, "bytes": received, "delays": delays}), flush=True)


def cpu(pid: int) -> float:
    """Return the CPU time of a process in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int, key: str = "VmHWM") -> float:
    """Return the peak memory of a process in MB, or with VmRSS its present memory."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(key))
    return int(line.split()[1]) / 1024


@contextmanager
def server(command: list[str], port: int) -> Iterator[int]:
    """Start a server and wait until it listens; yield its process ID."""
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


def start_clients(port: int, path: str, count: int, seconds: float) -> list[subprocess.Popen[str]]:
    """Start processes with `count` clients in all, and wait until all are connected."""
    shares = [count // PROCESSES + (number < count % PROCESSES) for number in range(PROCESSES)]
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, "--run-clients", str(share), "--at", f"{port}{path}", "--seconds", str(seconds)],
            stdout=subprocess.PIPE, text=True,
        )
        for share in shares if share
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
    return processes


def collect(processes: list[subprocess.Popen[str]]) -> dict[str, list[float]]:
    totals: dict[str, list[float]] = {"events": [], "bytes": [], "delays": []}
    for process in processes:
        result = json.loads(process.communicate()[0])
        totals["events"].append(result["events"])
        totals["bytes"].append(result["bytes"])
        totals["delays"] += result["delays"]
    return totals


def measure_live(
    table: Table, name: str, command: list[str], file: Path, port: int, path: str, arguments: argparse.Namespace,
    peer: float | None = None,
) -> float:  # fmt: skip
    """Write events at a steady rate while clients receive them; return the client-events per CPU second."""
    file.write_bytes(START)
    with server(command, port) as pid:
        processes = start_clients(port, path, arguments.clients, arguments.seconds + 6)
        time.sleep(2)  # until the last of them receives events
        cpu_before, start = cpu(pid), time.monotonic()
        with file.open("ab", buffering=0) as out:
            for number in range(int(arguments.rate * arguments.seconds)):
                out.write(event(number + 2))
                time.sleep(max(0.0, start + (number + 1) / arguments.rate - time.monotonic()))
        time.sleep(0.5)
        cpu_used = cpu(pid) - cpu_before
        peak = memory(pid)
        totals = collect(processes)
    delays = sorted(totals["delays"])
    received, expected = sum(totals["events"]), int(arguments.rate * arguments.seconds) * arguments.clients
    quantile = (lambda q: delays[min(len(delays) - 1, int(q * len(delays)))]) if delays else lambda _: float("nan")
    per_second = received / cpu_used
    table.add(
        name, received / expected * 100, quantile(0.5), quantile(0.99), quantile(1.0),
        cpu_used / arguments.seconds * 100, round(per_second), per_second / (peer or per_second), peak,
    )  # fmt: skip
    return per_second


def measure_replay(table: Table, directory: Path, arguments: argparse.Namespace) -> None:
    """Let many clients join a long run late, all at once."""
    file = directory / f"{RUN}.ndjson"
    write(file, round(arguments.replay_mb * 1e6))
    port = free_port()
    with server(serve_command(directory, port), port) as pid:
        idle = memory(pid, "VmRSS")
        processes = start_clients(port, f"/api/runs/{RUN}/events", arguments.joiners, arguments.replay_seconds)
        cpu_before, start, peak = cpu(pid), time.monotonic(), 0.0
        while (
            any(process.poll() is None for process in processes[:1])
            and time.monotonic() - start < arguments.replay_seconds - 1
        ):
            time.sleep(0.2)
            peak = max(peak, memory(pid, "VmRSS"))
        cpu_used, duration = cpu(pid) - cpu_before, time.monotonic() - start
        totals = collect(processes)
        table.add(OURS, idle, max(peak, memory(pid)), sum(totals["bytes"]) / 1e6 / duration,
                  sum(totals["bytes"]) / 1e6 / arguments.joiners, cpu_used / duration * 100)  # fmt: skip
    file.unlink()


def serve_command(directory: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "observer", "serve", str(directory), "--port", str(port)]


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [LIVE, REPLAY]


def tables(arguments: argparse.Namespace) -> list[Table]:
    """Measure both servers with live events, and then ours with late joiners."""
    compared = LIVE.table(
        f"{arguments.clients} clients, {arguments.rate:g} events per second for {arguments.seconds:g} s"
    )
    with tempfile.TemporaryDirectory(prefix="runtail-serve-") as name:
        directory = Path(name)
        file, port = directory / f"{RUN}.ndjson", free_port()
        command = [sys.executable, str(Path(__file__).with_name("queue_per_client.py")), str(file), str(port)]
        peer = measure_live(compared, PEER, command, file, port, "/events", arguments)
        port = free_port()
        path = f"/api/runs/{RUN}/events"
        measure_live(compared, OURS, serve_command(directory, port), file, port, path, arguments, peer)
        file.unlink()
        replayed = REPLAY.table(
            f"A run of {arguments.replay_mb:g} MB, replayed by {arguments.joiners} late joiners at once, "
            f"for {arguments.replay_seconds:g} s or until all were done"
        )
        measure_replay(replayed, directory, arguments)
    return [compared, replayed]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; without arguments, return the defaults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--replay-mb", type=float, default=1000)
    parser.add_argument("--joiners", type=int, default=100)
    parser.add_argument("--replay-seconds", type=float, default=30)
    parser.add_argument("--run-clients", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--at", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main() -> None:
    arguments = options()
    if arguments.run_clients:
        port, _, path = arguments.at.partition("/")
        return clients(int(port), f"/{path}", arguments.run_clients, arguments.seconds)
    for table in tables(arguments):
        table.print()
    return None


if __name__ == "__main__":
    main()
