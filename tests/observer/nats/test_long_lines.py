"""Lines of 30 MB, each in parts of at most 1 MB in the stream: they come back byte for byte.

Tests observer.nats.relay_file, observer.nats.publisher, observer.nats.fetch and observer.nats.local_copy.
"""

import asyncio
from pathlib import Path

from tests.helpers import RUN, append, line
from tests.observer.nats.relays import equal, relay
from tests.observer.nats.servers import Server
from tests.observer.nats.viewers import observe, put, read, started

LONG = 30_000_000


def long_line(seq: int) -> bytes:
    return line(
        seq, "tool_result", tool_use_id=f"c{seq}", status="success", output=f"{seq} " * (LONG // len(f"{seq} "))
    )


async def test_lines_of_30_mb_are_relayed_and_shown_as_in_the_file(server: Server, tmp_path: Path) -> None:
    path = put(tmp_path / "runs", RUN, line(1, "run_start") + long_line(2) + line(3))
    with relay(path.parent, server.url), started("tail", "-F", "-o", "json", f"{server.url}/{RUN}") as tail:
        shown = await asyncio.to_thread(read, tail.stdout, 3)
        append(path, long_line(4) + line(5, "complete", outcome="success"))
        shown += await asyncio.to_thread(read, tail.stdout, 2)
        tail.terminate()
        tail.communicate()
        await equal(server.url, path.parent)
    assert_equal(b"".join(shown), path.read_bytes())
    ends = [
        observe("tail", "--no-follow", "-o", "json", "-n", "2", name) for name in (f"{server.url}/{RUN}", str(path))
    ]
    assert_equal(ends[0].stdout, ends[1].stdout)
    assert [end.returncode for end in ends] == [0, 0]


def assert_equal(found: bytes, expected: bytes) -> None:
    """Compare without the differences of 30 MB that pytest would work out."""
    assert len(found) == len(expected) > LONG
    is_equal = found == expected
    assert is_equal
