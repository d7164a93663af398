"""Compressed files and pipes are read from the first byte, and yet start at any position.

Tests `observer.source.stdin`, `observer.source.skip` and `observer.source.open_source` too.
"""

import gzip
import os
from contextlib import closing
from pathlib import Path

import pytest
import zstandard

from observer.errors import UnreadableError
from observer.format.line import Line
from observer.source.compressed import CompressedSource
from observer.source.items import Idle, Lines, PartialLine
from observer.source.seek import StartPosition
from observer.source.skip import SkippingSource
from observer.source.snapshot import Snapshot
from tests.observer.source.test_seek import numbered

DATA = b"".join(numbered(seq, 50) + b"\n" for seq in range(1, 2001))


def packed(folder: Path, how: str, data: bytes = DATA) -> Path:
    path = folder / f"run.ndjson.{how}"
    path.write_bytes(gzip.compress(data) if how == "gz" else zstandard.compress(data))
    return path


async def lines_of(path: Path, start: StartPosition | None = None) -> list[bytes]:
    source = SkippingSource(CompressedSource(path), start or StartPosition())
    return [
        line.data
        async for item in source.items()
        if isinstance(item, Lines)
        for line in item.lines
        if isinstance(line, Line)
    ]


@pytest.mark.parametrize("how", ["gz", "zst"])
async def test_a_compressed_run_is_read_completely(tmp_path: Path, how: str) -> None:
    assert await lines_of(packed(tmp_path, how)) == DATA.splitlines()


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (StartPosition(last=5), 1996),
        (StartPosition(seq=1500), 1500),
        (StartPosition(last=0), None),
        (StartPosition(seq=9999), None),
    ],
)
async def test_it_starts_at_the_requested_position(tmp_path: Path, start: StartPosition, first: int | None) -> None:
    expected = [] if first is None else DATA.splitlines()[first - 1 :]
    assert await lines_of(packed(tmp_path, "gz"), start) == expected


async def test_a_last_line_without_newline_is_a_partial_line(tmp_path: Path) -> None:
    path = packed(tmp_path, "gz", b"a\nb")
    items = [item async for item in CompressedSource(path).items()]
    assert items[-2:] == [PartialLine(Line(b"b", 2)), Idle(modified=path.stat().st_mtime, is_final=True)]


@pytest.mark.parametrize("how", ["gz", "zst"])
async def test_a_file_that_is_not_compressed_is_an_error_with_a_message(tmp_path: Path, how: str) -> None:
    path = tmp_path / f"run.ndjson.{how}"
    path.write_bytes(b"this is not packed at all")
    with pytest.raises(UnreadableError, match="cannot be decompressed"):
        await lines_of(path)


def test_a_snapshot_of_a_compressed_file_was_changed_when_the_file_was(tmp_path: Path) -> None:
    path = packed(tmp_path, "gz")
    os.utime(path, (0, 1000))

    with closing(Snapshot(path)) as snapshot:
        assert snapshot.changed == 1000


async def test_a_truncated_compressed_file_is_an_error_with_a_message(tmp_path: Path) -> None:
    path = packed(tmp_path, "gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableError, match="truncated"):
        await lines_of(path)


@pytest.mark.parametrize(("kept", "said"), [(-100, "is truncated"), (None, "complete")])
def test_of_a_damaged_compressed_file_a_snapshot_has_what_is_there(tmp_path: Path, kept: int | None, said: str) -> None:
    path = packed(tmp_path, "gz")
    path.write_bytes(path.read_bytes()[:kept] + (b"" if kept else b"something else"))

    with closing(Snapshot(path)) as snapshot:
        lines = [line for batch in snapshot.lines() for line in batch]
        assert isinstance(lines[0], Line)
        assert lines[0].data == DATA.splitlines()[0]
        assert said in snapshot.damage


@pytest.mark.parametrize(("at", "said"), [(-6, "checksum is wrong"), (-1, "checksum is wrong"), (-300, "")])
def test_everything_before_the_damage_is_there(tmp_path: Path, at: int, said: str) -> None:
    path = tmp_path / "a.ndjson.gz"
    lines = b"".join(b'{"seq":%d,"x":"%x"}\n' % (number, number**9) for number in range(1, 400))
    content = bytearray(gzip.compress(b"first\n") + gzip.compress(lines))
    content[at] ^= 0xFF
    path.write_bytes(content)
    with closing(Snapshot(path)) as snapshot:
        read = snapshot.read(snapshot.size, 0)
        assert said in snapshot.damage != ""
    assert (b"first\n" + lines).startswith(read[: len(lines) * 3 // 4])
    assert len(read) >= len(lines) * 3 // 4


def test_a_file_that_is_not_compressed_at_all_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(DATA)
    with pytest.raises(UnreadableError, match=r"a\.ndjson\.gz is not compressed; remove \.gz from its name"):
        Snapshot(path)
