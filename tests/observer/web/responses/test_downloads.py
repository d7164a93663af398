"""What a client can save: a run file as it is, and reports that the caller of the server provides."""

import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.cli.report import Format
from observer.cli.serve import _report
from observer.web.errors import HTTPError
from observer.web.responses.downloads import make_report
from observer.web.run_directory import RunDirectory
from tests.helpers import RUN, line
from tests.observer.web.asking import run_of, serving

START = line(1, "run_start", host="elsewhere", pid=1, about="The task")


async def test_a_run_file_is_saved_byte_for_byte_under_its_name(tmp_path: Path) -> None:
    lines = [START, b"not JSON\n", *(line(seq, text="x" * 1000) for seq in range(2, 500))]
    run_of(tmp_path, *lines)
    async with serving(tmp_path) as served:
        answer = await served.get(f"/api/runs/{RUN}/file")
        assert (answer.status, answer.body) == (200, b"".join(lines))
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{RUN}.ndjson"
        assert (await served.get("/api/runs/other/file")).status == 404


async def test_a_report_is_made_by_what_the_caller_provides(tmp_path: Path) -> None:
    run_of(tmp_path, START)

    def make(path: Path) -> Iterator[bytes]:
        yield b"report of "
        yield path.name.encode()

    async with serving(tmp_path, reports={"md": make}) as served:
        answer = await served.get(f"/api/runs/{RUN}/report?format=md")
        assert (answer.status, answer.body) == (200, f"report of {RUN}.ndjson".encode())
        assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''{RUN}.md"
        for path, status in [
            (f"{RUN}/report?format=pdf", 400),
            (f"{RUN}/report", 400),
            ("other/report?format=md", 404),
        ]:
            assert (await served.get(f"/api/runs/{path}")).status == status


async def test_a_file_that_a_link_replaces_while_its_report_is_made_is_not_sent(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    (secret := tmp_path / "secret").write_bytes(b"secret")

    def make(path: Path) -> Iterator[bytes]:
        path.unlink()
        path.symlink_to(secret)
        yield path.read_bytes()

    async with serving(tmp_path, reports={"md": make}) as served:
        answer = await served.get(f"/api/runs/{RUN}/report?format=md")
    assert (answer.status, b"secret" in answer.body) == (503, False)
    assert path.is_symlink()


def test_the_reports_of_the_command_do_not_say_where_the_file_is(tmp_path: Path) -> None:
    path = run_of(tmp_path, START)
    for kind in (Format.HTML, Format.MARKDOWN):
        report = b"".join(_report(kind, path))
        assert b"The task" in report
        assert str(tmp_path).encode() not in report


def test_a_report_is_not_held_in_memory(tmp_path: Path) -> None:
    run_of(tmp_path, START)
    tracemalloc.start()
    try:
        report = make_report(RunDirectory(tmp_path), RUN, lambda _: (bytes(100_000) for _ in range(300)), lambda: False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with report:
        assert report.seek(0, os.SEEK_END) == 30_000_000
    assert peak < 5_000_000


def test_a_report_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_of(tmp_path, START)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(HTTPError, match="cannot write the report") as caught:
        make_report(RunDirectory(tmp_path), RUN, lambda _: iter([b"report"]), lambda: False)
    assert caught.value.status == 503
