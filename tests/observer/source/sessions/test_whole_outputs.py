"""Long outputs that a program keeps beside a session: they are read there, and nowhere else."""

import os
from pathlib import Path

import pytest

from observer.dialects.dialect import ForeignEvent
from observer.source.sessions.whole_outputs import with_whole_output

NAMED = "/home/dev/.claude/projects/-p/s1/tool-results/b1.txt"
"""Where the program says that the output is: on the machine where it ran."""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.txt").write_text("secret")
    (tmp_path / "project" / "s1" / "tool-results").mkdir(parents=True)
    (tmp_path / "project" / "other").mkdir()
    (tmp_path / "project" / "other" / "secret.txt").write_text("secret")
    return tmp_path / "project" / "s1.jsonl"


def kept(session: Path, text: str = "all of it", folder: str = "s1") -> Path:
    path = session.parent / folder / "tool-results" / "b1.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def result(session: Path, named: object = NAMED) -> dict[str, object]:
    data = {"output": "a preview", "output_bytes": 9, "output_file": named, "truncated": False, "name": "Bash"}
    event = with_whole_output(ForeignEvent("tool_result", data, "2026-11-29T12:00:00Z", "c1"), session)
    assert (event.type, event.timestamp, event.parent) == ("tool_result", "2026-11-29T12:00:00Z", "c1")
    return event.data


def test_a_short_output_is_in_its_event(session: Path) -> None:
    kept(session)
    whole = {"output": "all of it", "output_bytes": 9, "output_file": None, "truncated": False, "name": "Bash"}
    assert result(session) == whole


def test_of_a_long_output_both_ends_are_there_and_the_file_where_it_is_now(session: Path) -> None:
    text = "".join(f"{number:07}\n" for number in range(20_000)) + "é"
    path = kept(session, text)
    data = result(session)
    begin, middle, end = str(data["output"]).partition(f"\n[... 143617 bytes omitted, full output in {path} ...]\n")
    assert middle
    assert (begin, end) == (text[:8192], text[-8192:])
    assert (data["output_bytes"], data["output_file"]) == (160_002, str(path))


@pytest.mark.parametrize("folder", ["renamed", "s1"])
def test_a_session_that_was_renamed_or_forked_has_its_outputs(session: Path, folder: str) -> None:
    kept(session, folder=folder)
    assert result(session.with_name("renamed.jsonl"))["output"] == "all of it"


def test_an_output_that_is_gone_is_truncated(session: Path) -> None:
    data = result(session)
    assert (data["output"], data["output_file"], data["truncated"]) == ("a preview", None, True)


@pytest.mark.parametrize(
    "named",
    ["{elsewhere}/secret.txt", "/elsewhere/secret.txt", "../elsewhere/secret.txt", "s1/../../elsewhere/secret.txt",
     "/s1/tool-results/../../../elsewhere/secret.txt", "../../elsewhere/secret.txt", "//elsewhere/secret.txt", "\0/a/b",
     "..\\elsewhere\\secret.txt", "/", "secret.txt",
     "other/secret.txt", "./other/secret.txt", "/x//other/secret.txt"],
)  # fmt: skip
def test_what_a_session_names_elsewhere_is_not_read(session: Path, named: str) -> None:
    data = result(session, named.format(elsewhere=session.parent.parent / "elsewhere"))
    assert (data["output"], data["output_file"], data["truncated"]) == ("a preview", None, True)


@pytest.mark.parametrize("linked", ["s1", "s1/tool-results", "s1/tool-results/b1.txt"])
def test_a_link_among_the_outputs_is_not_followed(session: Path, linked: str) -> None:
    away = session.parent.parent / "elsewhere" / "s1"
    (away / "tool-results").mkdir(parents=True)
    (away / "tool-results" / "b1.txt").write_text("secret")
    place = session.parent / linked
    if place.is_dir():
        (session.parent / "s1" / "tool-results").rmdir()
        if linked == "s1":
            place.rmdir()
    place.symlink_to(away.parent / linked)
    assert result(session)["output"] == "a preview"


def test_neither_a_hard_link_nor_a_fifo_is_an_output(session: Path) -> None:
    place = session.parent / "s1" / "tool-results" / "b1.txt"
    os.link(session.parent.parent / "elsewhere" / "secret.txt", place)
    assert result(session)["output"] == "a preview"
    place.unlink()
    os.mkfifo(place)
    assert result(session)["output"] == "a preview"


def test_a_session_below_a_link_has_its_outputs(session: Path) -> None:
    kept(session)
    link = session.parent.parent / "link"
    link.symlink_to(session.parent)
    assert result(link / "s1.jsonl")["output"] == "all of it"


@pytest.mark.parametrize(("kind", "named"), [("tool_result", None), ("tool_result", ""), ("prompt", "a/b/c")])
def test_other_events_stay_as_they_are(session: Path, kind: str, named: str | None) -> None:
    event = ForeignEvent(kind, {"output_file": named})
    assert with_whole_output(event, session) is event
