"""Compressed files and pipes are read from the first byte, and yet start at any position.

Tests `observer.source.stdin`, `observer.source.skip` and `observer.source.open_source` too.
"""

import gzip
from pathlib import Path

import pytest
import zstandard

from observer.errors import UnreadableError
from observer.format.lines import Line
from observer.source.compressed import CompressedSource
from observer.source.items import Idle, Lines, PartialLine
from observer.source.seek import StartPosition
from observer.source.skip import SkippingSource
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
async def test_a_packed_run_is_read_whole(tmp_path: Path, how: str) -> None:
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
async def test_it_begins_where_it_is_told(tmp_path: Path, start: StartPosition, first: int | None) -> None:
    expected = [] if first is None else DATA.splitlines()[first - 1 :]
    assert await lines_of(packed(tmp_path, "gz"), start) == expected


async def test_what_has_no_newline_at_the_end_is_a_rest(tmp_path: Path) -> None:
    items = [item async for item in CompressedSource(packed(tmp_path, "gz", b"a\nb")).items()]
    assert items[-2:] == [PartialLine(Line(b"b", 2)), Idle()]


@pytest.mark.parametrize("how", ["gz", "zst"])
async def test_what_is_not_packed_is_told_in_a_sentence(tmp_path: Path, how: str) -> None:
    path = tmp_path / f"run.ndjson.{how}"
    path.write_bytes(b"this is not packed at all")
    with pytest.raises(UnreadableError, match="cannot be decompressed"):
        await lines_of(path)


async def test_a_file_that_was_cut_short_is_told_too(tmp_path: Path) -> None:
    path = packed(tmp_path, "gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UnreadableError, match="truncated"):
        await lines_of(path)
