"""What is strange about the content of a source is told once, by files, pipes and compressed files alike."""

import gzip
import os
import re
from pathlib import Path

import pytest

from observer.format.line import Line
from observer.source.content import Content
from observer.source.items import Follow, Idle, Item, Lines, Notice, NoticeKind, PartialLine, Source
from observer.source.locate import DisplayNames
from observer.source.open_source import open_source
from observer.source.seek import StartPosition
from observer.source.stdin import StdinSource
from tests.observer.observing import lock
from tests.observer.written import small

RUN = small().bytes


async def items_of(source: Source) -> list[Item]:
    return [item async for item in source.items()]  # type: ignore[misc]


def told(items: list[Item]) -> list[str]:
    return [item.message for item in items if isinstance(item, Notice) and item.kind is NoticeKind.CONTENT]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (RUN.decode().encode("utf-16"), "looks like UTF-16"),
        (RUN.decode().encode("utf-16-be"), "looks like UTF-16"),
        (RUN.replace(b"\n", b"\r"), "end in CR"),
        (b"", "the file is empty"),
        (bytes(700) + RUN, "NUL bytes stand at byte 0"),
        (RUN + bytes(700), f"NUL bytes stand at byte {len(RUN):,}: what was there is lost$"),
    ],
)
async def test_every_source_tells_what_its_content_is(tmp_path: Path, content: bytes, sentence: str) -> None:
    plain, packed = tmp_path / "run.ndjson", tmp_path / "run.ndjson.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)

    sources = [open_source(plain, follow=Follow.NOT), open_source(packed), StdinSource(reading)]
    for source, name in zip(sources, (str(plain), str(packed), "standard input"), strict=True):
        (message,) = told(await items_of(source))
        assert message.startswith(f"{name}: ")
        assert re.search(sentence, message)
    os.close(reading)


def test_a_progress_bar_is_told_while_it_is_drawn_however_small_the_pieces_are() -> None:
    content = Content("-")
    bar = [b"\r%d %%" % percent for percent in range(5)]
    notices = [[item for item in content.take(piece) if isinstance(item, Notice)] for piece in bar]
    assert [len(each) for each in notices] == [0, 0, 1, 0, 0]
    assert "progress bar" in str(notices[2][0].unread)


def test_what_comes_after_a_first_line_does_not_make_it_another_encoding() -> None:
    content = Content("-")
    assert told(content.take(b"one line\n") + content.take(b"a\rb\rc\rd")) == []


async def test_a_usual_run_has_no_notice(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(RUN.replace(b"\n", b"\r\n"))

    assert told(await items_of(open_source(path, follow=Follow.NOT))) == []


async def test_another_encoding_is_told_wherever_reading_starts(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(RUN.decode().encode("utf-16"))

    (message,) = told(await items_of(open_source(path, start=StartPosition(last=1), follow=Follow.NOT)))

    assert "looks like UTF-16" in message


async def test_a_file_that_stays_empty_is_told_while_it_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.touch()
    os.utime(path, (0, 0))
    source = open_source(path)

    async for item in source.items():
        if isinstance(item, Notice):
            assert item.message.endswith("the file is empty")
            return


async def test_a_copy_that_has_just_been_created_is_not_told_to_be_empty_whatever_its_time(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.touch()
    os.utime(path, (0, 0))
    source = open_source(path, names=DisplayNames({tmp_path: lambda name: f"nats://hub/{name}"}))

    notices: list[str] = []
    async for item in source.items():
        if isinstance(item, Notice):
            notices.append(item.message)
        if isinstance(item, Idle):
            break
    assert notices == []


def test_a_hole_is_told_once_however_many_pieces_it_comes_in() -> None:
    content = Content("run")

    assert told(content.take(b'{"seq":1}\n')) == []
    assert told(content.take(bytes(100))) == ["run: NUL bytes stand at byte 10: what was there is lost"]
    assert told(content.take(bytes(100) + b'{"seq":2}\n')) == []


async def test_the_events_around_a_hole_are_lines(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(b'{"seq":1}\n' + bytes(5) + b'{"seq":2}\n' + bytes(9) + b"\n" + bytes(9))

    items = await items_of(open_source(path, follow=Follow.NOT))

    lines = [line for item in items if isinstance(item, Lines) for line in item.lines]
    assert lines == [Line(b'{"seq":1}', 0), Line(b'{"seq":2}', 15), Line(b"", 34)]
    assert not any(isinstance(item, PartialLine) for item in items)


@pytest.mark.parametrize("padding", [1, 511, 1024, 100_000])
async def test_padding_behind_compressed_content_is_skipped(tmp_path: Path, padding: int) -> None:
    path = tmp_path / "run.ndjson.gz"
    half = len(RUN) // 2
    path.write_bytes(gzip.compress(RUN[:half]) + bytes(padding) + gzip.compress(RUN[half:]) + bytes(padding))

    items = await items_of(open_source(path))

    assert b"".join(line.data + b"\n" for item in items if isinstance(item, Lines) for line in item.lines) == RUN  # type: ignore[union-attr]
    assert told(items) == []


async def test_other_data_behind_compressed_content_is_reported_as_that(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson.gz"
    path.write_bytes(gzip.compress(RUN) + bytes(600) + b"and this is something else")

    items = await items_of(open_source(path))

    assert sum(len(item.lines) for item in items if isinstance(item, Lines)) == len(RUN.splitlines())
    assert told(items) == [f"{path} has other data behind its compressed content, which is complete"]


@pytest.mark.parametrize("locked", [True, False])
async def test_a_last_line_that_its_writer_is_writing_is_not_a_partial_line_yet(tmp_path: Path, locked: bool) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(RUN + b'{"seq":')
    with path.open("r+b") as file:
        if locked:
            lock(file.fileno())
        items = await items_of(open_source(path, follow=Follow.NOT))

    assert any(isinstance(item, PartialLine) for item in items) is not locked
