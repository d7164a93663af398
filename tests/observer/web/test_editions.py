"""What a run file no longer holds is served to nobody, however it was changed. Tests observer.runs.window.editions."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.runs.window import editions, shared_file
from observer.runs.window.editions import BLOCK_BYTES, Editions, Fingerprint
from observer.runs.window.shared_file import SharedFile
from observer.source.file_change import FileStamp
from observer.web.broadcasts import broadcast, hub, recent_chunks
from observer.web.broadcasts.chunk_cache import Chunk
from tests.helpers import RUN, append, line, wait_until_async
from tests.observer.web.asking import Served, run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1, about="the first line stays the same")
CALL = line(3, "tool_use", id="t", name="Bash", input={"command": "export KEY=SECRET-abc"})
LINES = [START, line(2, text="first"), CALL, line(4, text="SECRET-abc"), line(5, text="last, and long" * 100)]
SAME_LENGTH = [part.replace(b"SECRET-abc", b"**********") for part in LINES]


def in_place(path: Path, content: bytes) -> None:
    """Write over the beginning of a file."""
    with path.open("r+b") as file:
        file.write(content)


def truncated(path: Path) -> None:
    path.write_bytes(LINES[0] + LINES[1])


def rewritten_shorter(path: Path) -> None:
    path.write_bytes(b"".join(LINES).replace(b"SECRET-abc", b"*"))


def rewritten_longer(path: Path) -> None:
    path.write_bytes(b"".join(SAME_LENGTH) + line(6) + line(7))


def overwritten_with_the_same_length(path: Path) -> None:
    in_place(path, b"".join(SAME_LENGTH))


def overwritten_with_its_time_restored(path: Path) -> None:
    status = path.stat()
    in_place(path, b"".join(SAME_LENGTH))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def overwritten_and_continued(path: Path) -> None:
    in_place(path, b"".join(SAME_LENGTH))
    append(path, line(6))


def replaced_as_by_sed(path: Path) -> None:
    path.with_suffix(".new").write_bytes(b"".join(SAME_LENGTH))
    path.with_suffix(".new").replace(path)


CHANGES = [
    truncated, rewritten_shorter, rewritten_longer, overwritten_with_the_same_length,
    overwritten_with_its_time_restored, overwritten_and_continued, replaced_as_by_sed,
]  # fmt: skip
GROWN = [rewritten_longer, overwritten_and_continued]
"""A rewrite that no status of the file gives away; the others are noticed at once."""
by_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


async def everything(served: Served) -> bytes:
    """Return all that the server has to say about the run."""
    stream = await served.events()
    messages = await stream.until("caught-up")
    stream.close()
    filtered = await served.events("grep=SECRET")
    matches = await filtered.until("caught-up")
    filtered.close()
    answers = [
        await served.get(f"/api/runs/{RUN}/lines?before=end"),
        await served.get(f"/api/runs/{RUN}/timeline"),
        await served.get("/api/runs"),
    ]
    texts = [message.data.encode() for message in messages + matches] + [answer.body for answer in answers]
    return b"\n".join([*texts, await served.plain("follow=0")])


def not_noticed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no comparison notice a rewrite, as if it were in a part whose turn has not come."""
    monkeypatch.setattr(Editions, "check", lambda *_: "")


async def no_clients(served: Served) -> None:
    await wait_until_async(lambda: served.server.hub.clients == 0)


@by_change
async def test_a_change_while_nobody_watches_is_seen_by_the_next(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        assert (await everything(served)).count(b"SECRET-abc") >= 5
        await no_clients(served)
        change(path)
        assert b"SECRET-abc" not in await everything(served)


@by_change
async def test_a_change_resets_connected_clients_and_is_seen_by_new_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]
) -> None:
    monkeypatch.setattr(hub, "REWRITE_CHECK_S", 0.05 if change in GROWN else 600.0)
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        stream = await served.events()
        assert len(await stream.until("caught-up")) == len(LINES)
        await everything(served)
        change(path)
        await stream.until("reset")
        assert b"SECRET-abc" not in await everything(served)
        assert b"SECRET-abc" not in b"".join(message.data.encode() for message in await stream.until("caught-up"))


@by_change
async def test_a_cursor_of_what_was_changed_is_answered_by_a_reset(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        stream = await served.events()
        cursors = [message.id for message in await stream.until("caught-up")]
        stream.close()
        await no_clients(served)
        change(path)
        for cursor in (cursors[1], cursors[-1]):
            stream = await served.events(headers={"Last-Event-ID": cursor})
            assert (await stream.message()).event == "reset"
            assert b"SECRET" not in b"".join(message.data.encode() for message in await stream.until("caught-up"))
            assert (await served.get(f"/api/runs/{RUN}/lines?before={cursor}")).status == 409


async def test_a_rewrite_is_looked_for_although_no_change_of_the_file_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "REWRITE_CHECK_S", 0.05)
    monkeypatch.setattr(broadcast.Broadcast, "run", lambda _: asyncio.Event().wait())
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        overwritten_and_continued(path)
        assert await stream.until("reset") == []
        assert [message.json["seq"] for message in await stream.until("caught-up")] == [1, 2, 3, 4, 5, 6]


async def test_a_line_is_taken_from_memory_only_if_the_file_still_holds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_noticed_elsewhere(monkeypatch)
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        watching = await served.events()
        await watching.until("caught-up")
        overwritten_and_continued(path)
        await watching.message()
        messages = await (await served.events()).until("caught-up")
        assert not any("SECRET" in message.data for message in messages)


async def test_a_file_at_rest_is_not_read_again_until_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    not_noticed_elsewhere(monkeypatch)
    monkeypatch.setattr(shared_file, "_TICK_NS", 0)  # at rest since now
    monkeypatch.setattr(broadcast, "_STAMP_S", 600.0)
    compared: list[int] = []
    is_current = Chunk.is_current
    monkeypatch.setattr(
        Chunk, "is_current", lambda chunk, read: compared.append(chunk.begin) or is_current(chunk, read)
    )
    path = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        watching = await served.events()
        await watching.until("caught-up")
        assert len(await (await served.events()).until("caught-up")) == len(LINES)
        assert compared == []
        overwritten_with_its_time_restored(path)
        messages = await (await served.events()).until("caught-up")
        assert not any("SECRET" in message.data for message in messages)
        assert compared == [0]


def test_a_file_that_was_just_written_has_no_stamp_to_rely_on(tmp_path: Path) -> None:
    path = run_of(tmp_path, *LINES)
    with SharedFile(path).in_use() as file:
        os.utime(path, (time.time() + 3600, time.time() + 3600))
        assert file.settled_stamp() is None


async def test_what_has_just_arrived_is_sent_from_memory_for_a_moment_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_chunks, "RECENT_S", 0.0)
    not_noticed_elsewhere(monkeypatch)
    path = run_of(tmp_path, START)
    async with serving(tmp_path) as served:
        watching = await served.events()
        await watching.until("caught-up")
        for part in LINES[1:]:
            append(path, part)
            await watching.message()
        overwritten_and_continued(path)
        await watching.message()
        messages = await (await served.events()).until("caught-up")
        assert not any("SECRET" in message.data for message in messages)


async def test_an_idle_run_leaves_nothing_in_memory(tmp_path: Path) -> None:
    run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        stream = await served.events()
        await stream.until("caught-up")
        assert served.server.hub._cache._bytes > 0
        stream.close()
        await no_clients(served)
        assert served.server.hub._cache._bytes == 0


def test_a_fingerprint_accepts_growth_and_notices_every_other_change() -> None:
    content = bytearray(os.urandom(3 * BLOCK_BYTES + 10))
    fingerprint = Fingerprint()

    def matches(max_bytes: int = 1 << 30) -> bool:
        return fingerprint.matches(lambda count, at: bytes(content[at : at + count]), len(content), max_bytes)

    assert matches()
    content += b"more"
    assert matches()
    content[BLOCK_BYTES + 5] ^= 1
    assert not matches()


def test_a_fingerprint_compares_the_end_first_and_the_rest_in_turn() -> None:
    content = bytearray(os.urandom(4 * BLOCK_BYTES))
    fingerprint = Fingerprint()
    offsets: list[int] = []

    def read(count: int, offset: int) -> bytes:
        offsets.append(offset // BLOCK_BYTES)
        return bytes(content[offset : offset + count])

    assert fingerprint.matches(read, len(content), 1 << 30)
    offsets.clear()
    for _ in range(4):
        assert fingerprint.matches(read, len(content), BLOCK_BYTES)
    assert offsets == [3, 0, 3, 1, 3, 2, 3, 3]


def test_of_a_file_that_was_written_without_growing_everything_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "MAX_CHECKED_BYTES", BLOCK_BYTES)
    path, known = tmp_path / "file", Editions()

    def check() -> str:
        content = path.read_bytes()
        return known.check(lambda count, at: content[at : at + count], FileStamp.of(path.stat()))

    path.write_bytes(bytes(5 * BLOCK_BYTES))
    assert [check() for _ in range(5)] == [""] * 5
    os.utime(path)
    assert check() == ""
    with path.open("r+b") as file:
        file.seek(3 * BLOCK_BYTES)
        file.write(b"x")
    assert check() != ""


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path = run_of(tmp_path, *LINES)
    known, stamp = Editions(), FileStamp.of(path.stat())
    assert known.check(lambda count, offset: path.read_bytes()[offset : offset + count], stamp) == ""

    def fail(_count: int, _offset: int) -> bytes:
        raise AssertionError("read again")

    assert known.check(fail, stamp) == ""
    assert known.known(stamp.identity) == ""


@pytest.mark.parametrize("path", [f"/api/runs/{RUN}/events", "/api/events"])
async def test_a_new_client_gets_the_file_that_has_the_name_now_although_another_one_follows_the_old(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: hub.Hub) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(hub.Hub, "_watch", never)  # no change was noticed so far
    run = run_of(tmp_path, *LINES)
    async with serving(tmp_path) as served:
        await (await served.stream(f"/api/runs/{RUN}/events")).until("caught-up")
        replaced_as_by_sed(run)
        messages = await (await served.stream(path)).until("caught-up")
        assert [message.json["seq"] for message in messages] == [1, 2, 3, 4, 5]
        assert not any("SECRET" in message.data for message in messages)
