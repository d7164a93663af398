"""Looking up runs by name: only regular files in the directory are served."""

import errno
import os
from pathlib import Path

import pytest

from observer.errors import UnreadableError
from observer.web import run_directory
from observer.web.errors import HTTPError
from observer.web.run_directory import RunDirectory
from tests.helpers import RUN, line
from tests.observer.web.asking import run_of, serving


@pytest.mark.parametrize(
    "name",
    ["../secret", "..%2Fsecret", "%2e%2e%2fsecret", "....//secret", "%2Fetc%2Fpasswd", "/etc/passwd", "secret%00", "..",
     "%5C..%5Csecret", "outside", "sub%2Fsecret", "secret.ndjson", "%ff%fe", "a" * 300],
)  # fmt: skip
async def test_only_listed_runs_are_served_and_every_other_name_gets_the_same_error(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "runs"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub"):
        run_of(place, line(1, "run_start"), name="secret")
    (folder / "outside.ndjson").symlink_to(tmp_path / "secret.ndjson")
    run_of(folder, line(1, "run_start"))
    async with serving(folder) as served:
        for what in ("events", "lines?before=end", "line?at=0123456789abcdef.1", "timeline"):
            answer = await served.get(f"/api/runs/{name}/{what}")
            assert answer.status == 404, what
            assert set(answer.json) == {"error"}
            assert str(tmp_path) not in answer.body.decode()
        assert [run["name"] for run in (await served.get("/api/runs")).json["runs"]] == [RUN]


async def test_a_run_is_completed_before_it_is_read(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1, "run_start"))
    other = run_of(tmp_path, line(1, "run_start"), name="other")

    def complete(copy: Path) -> None:
        if copy == other:
            raise UnreadableError("cannot copy the session (No space left on device)")
        copy.write_bytes(line(1, "run_start") + line(2, "prompt", text="All of it."))

    async with serving(tmp_path, complete=complete) as served:
        assert len((await served.get("/api/runs")).json["runs"]) == 2
        assert path.read_bytes().count(b"\n") == 1
        assert b"All of it." in await served.plain("follow=0")
        assert b"All of it." in (await served.get(f"/api/runs/{RUN}/lines?before=end")).body
        assert (await served.get("/api/runs/other/lines?before=end")).status == 503


async def test_a_symbolic_link_is_not_served_even_if_it_replaces_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    path = run_of(folder, line(1, "run_start"))
    run_of(tmp_path, line(1, "run_start", secret="yes"), name="secret")
    (folder / "link.ndjson").symlink_to(path.name)
    async with serving(folder) as served:
        assert await served.plain("follow=0") == path.read_bytes()
        other = folder / "other"
        other.symlink_to("../secret.ndjson")
        os.replace(other, path)
        for name in ("link", RUN):
            assert (await served.get(f"/api/runs/{name}/lines?before=end")).status == 404
            assert (await served.get(f"/api/runs/{name}/events")).status == 404


@pytest.mark.parametrize(
    ("text", "latest"), [(None, "b"), ("a.ndjson", "a"), ("../secret.ndjson", "b"), ("gone.ndjson", "b")]
)
def test_the_latest_run_is_known_without_a_link(tmp_path: Path, text: str | None, latest: str) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    run_of(tmp_path, line(1, "run_start"), name="secret")
    for name in ("a", "b"):
        run_of(folder, line(1, "run_start"), name=name)
    if text is not None:
        (folder / "latest.ndjson").write_text(text)
    assert RunDirectory(folder).latest() == latest


def test_the_latest_run_is_the_one_of_which_there_is_a_copy(tmp_path: Path) -> None:
    for name in ("a", "b"):
        run_of(tmp_path, line(1, "run_start", about=name), name=name)
    (tmp_path / "latest.ndjson").write_bytes((tmp_path / "a.ndjson").read_bytes())
    assert RunDirectory(tmp_path).latest() == "a"


async def test_a_copy_in_place_of_the_link_is_not_listed(tmp_path: Path) -> None:
    path = run_of(tmp_path, line(1, "run_start"))
    (tmp_path / "latest.ndjson").write_bytes(path.read_bytes())
    async with serving(tmp_path) as served:
        assert [run["name"] for run in (await served.get("/api/runs")).json["runs"]] == [RUN]


async def test_a_run_that_may_not_be_read_is_listed_with_the_reason_and_not_called_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run_of(tmp_path, line(1, "run_start"))
    open_file = os.open

    def refuse(name: str | Path, *arguments: int) -> int:
        if Path(name) == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(name, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    async with serving(tmp_path) as served:
        assert [run["missing"] for run in (await served.get("/api/runs")).json["runs"]] == [
            "unreadable: permission denied"
        ]
        answer = await served.get(f"/api/runs/{RUN}/lines?before=end")
        assert (answer.status, answer.json) == (503, {"error": "cannot read the run at the moment"})


async def test_a_link_that_leads_nowhere_does_not_end_the_server(tmp_path: Path) -> None:
    run_of(tmp_path, line(1, "run_start"))
    (tmp_path / "latest.ndjson").symlink_to("a" * 300)
    async with serving(tmp_path) as served:
        stream = await served.stream("/api/events")
        assert (await stream.message()).json["type"] == "run_start"
        assert (await served.get("/api/runs")).status == 200


def test_a_directory_that_cannot_be_read_is_an_answer_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> Path:
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))

    run_of(tmp_path, line(1, "run_start"))
    monkeypatch.setattr(run_directory, "latest_run", fail)
    with pytest.raises(HTTPError) as caught:
        RunDirectory(tmp_path).latest()
    assert caught.value.status == 503


@pytest.mark.parametrize(
    ("run", "latest", "follows"),
    [
        ("1111", "9999", "9999"),
        ("20261123T011230Z-000000", "20261125T011230Z-000000", "20261124T011230Z-000000"),
        ("20261123T011230Z-000000", "9999", "9999"),
        ("20261125T011230Z-000000", "20261124T011230Z-000000", "20261124T011230Z-000000"),
    ],
)
def test_runs_in_between_come_where_names_tell_their_order(tmp_path: Path, run: str, latest: str, follows: str) -> None:
    for name in ("0000", "1111", "5555", "9999", *(f"2026112{day}T011230Z-000000" for day in (3, 4, 5))):
        run_of(tmp_path, line(1, "run_start"), name=name)
    assert RunDirectory(tmp_path).next_after(run, latest) == follows
