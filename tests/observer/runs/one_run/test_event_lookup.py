"""One event of a run by its number, and the page that shows it.

Tests observer.runs.one_run.event_lookup, observer.source.output_files and observer.terminal.event_page.
"""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.errors import UsageError
from observer.runs.one_run.event_lookup import find_event
from observer.source.locate import DisplayNames
from observer.source.snapshot import Snapshot
from observer.terminal.event_page import event_page
from observer.terminal.screen import Screen
from tests.observer.terminal.rendering import render
from tests.observer.written import RUN, Script

LONG = "\n".join(f"line {number}" for number in range(50))
SCREEN = Screen(width=lambda: None)


def write(directory: Path, script: Script) -> Path:
    path = directory / f"{RUN}.ndjson"
    path.write_bytes(b"".join(line + b"\n" for line in script.lines))
    return path


def page(path: Path, number: int, *, content: bool = True) -> str:
    return event_page(find_event(Snapshot(path), number), SCREEN, content=content)


def with_output(directory: Path, named: str | None) -> Path:
    """Return a run of a command with a long output, which names a file that has all of it."""
    script = Script().start().use("Bash", "t1", {"command": "make", "description": "Build it", "timeout": 5000})
    return write(directory, script.thought("meanwhile").result("Bash", "t1", "line 0\n...", output_file=named))


def test_a_call_is_shown_with_its_result_and_with_what_of_its_input_has_no_words(tmp_path: Path) -> None:
    shown = page(write(tmp_path, Script().start().use("Bash", "t1", {"command": "make", "timeout": 5000})
                       .thought("meanwhile").result("Bash", "t1", LONG)), 2)  # fmt: skip
    assert "● Bash  make" in shown
    assert "    timeout  5000\n" in shown
    assert "command" not in shown
    assert all(f"    line {number}\n" in shown for number in range(50))
    assert "meanwhile" not in shown


def test_a_result_is_shown_with_its_call(tmp_path: Path) -> None:
    path = with_output(tmp_path, None)
    assert page(path, 4) == page(path, 2)


def test_the_outputs_of_a_copy_are_where_the_original_is(tmp_path: Path) -> None:
    (original := tmp_path / "original").mkdir()
    (copies := tmp_path / "copies").mkdir()
    (output := original / "t1.txt").write_text(LONG)
    path = with_output(copies, str(output))
    assert f"{output} is not a file of this run" in page(path, 2)
    names = DisplayNames(outputs=lambda _: original)
    assert "line 49" in event_page(find_event(Snapshot(path, names), 2), SCREEN)


def test_a_change_is_shown_whole_and_once(tmp_path: Path) -> None:
    call = Script().start().use("Write", "t1", {"file_path": "/home/me/notes/a.txt", "content": LONG})
    shown = page(write(tmp_path, call), 2)
    assert shown.count("line 49") == 1
    assert "more lines" not in shown


@pytest.mark.parametrize("is_change", [False, True])
def test_where_a_view_leaves_something_out_it_names_the_event_that_shows_it(tmp_path: Path, is_change: bool) -> None:
    script = Script().start()
    if is_change:
        script.use("Write", "t1", {"file_path": "/home/me/notes/a.txt", "content": LONG})
    else:
        script.use("Bash", "t1", {"command": "make"}).result("Bash", "t1", LONG)
    shown = render(*(line.decode() for line in script.lines))
    assert "line 30" not in shown
    hint = re.search(r"more lines.* \(--full, observe show --event (\d+)\)", shown)
    assert hint is not None
    assert "line 30" in page(write(tmp_path, script), int(hint[1]))


def test_an_event_that_is_no_call_stands_alone(tmp_path: Path) -> None:
    assert page(with_output(tmp_path, None), 3) == "meanwhile\n"


def test_a_number_that_the_run_does_not_have_is_a_usage_error(tmp_path: Path) -> None:
    path = with_output(tmp_path, None)
    for number in (5, 99):
        with pytest.raises(UsageError, match=f"no event {number} "):
            find_event(Snapshot(path), number)


def test_the_whole_output_comes_from_the_file_that_the_result_names(tmp_path: Path) -> None:
    named = f"{RUN}/t1.txt"
    (tmp_path / RUN).mkdir()
    (tmp_path / named).write_text(LONG)
    path = with_output(tmp_path, named)
    plain = page(path, 2)
    assert "    line 49\n" in plain
    assert named not in plain

    (tmp_path / f"{named}.gz").write_bytes(gzip.compress(LONG.encode()))
    (tmp_path / named).unlink()
    assert page(path, 2) == plain


def outside(directory: Path) -> str:
    (directory / "secret").write_text("hunter2")
    return "../secret"


def absolute(directory: Path) -> str:
    outside(directory)
    return str(directory / "secret")


def linked(directory: Path) -> str:
    outside(directory)
    (directory / "runs" / "link.txt").symlink_to(directory / "secret")
    return "link.txt"


def hard_linked(directory: Path) -> str:
    outside(directory)
    os.link(directory / "secret", directory / "runs" / "hard.txt")
    return "hard.txt"


def packed(directory: Path) -> str:
    (directory / "secret").write_bytes(gzip.compress(b"hunter2"))
    (directory / "runs" / "packed.txt.gz").symlink_to(directory / "secret")
    return "packed.txt"


@pytest.mark.parametrize("place", [outside, absolute, linked, hard_linked, packed])
def test_a_file_that_is_not_the_runs_own_is_not_read(tmp_path: Path, place: Callable[[Path], str]) -> None:
    (tmp_path / "runs").mkdir()
    named = place(tmp_path)
    shown = page(with_output(tmp_path / "runs", named), 2)
    assert "hunter2" not in shown
    assert "is not a file of this run" in shown
    assert "line 0" in shown


@pytest.mark.parametrize("named", ["gone.txt", "a\0b", "."])
def test_a_file_that_cannot_be_read_is_reported_below_the_excerpt(tmp_path: Path, named: str) -> None:
    shown = page(with_output(tmp_path, named), 2)
    assert "line 0" in shown
    assert "cannot read" in shown or "is not a file" in shown


def test_without_content_no_text_of_the_run_is_shown(tmp_path: Path) -> None:
    shown = page(with_output(tmp_path, None), 2, content=False)
    assert "Bash" in shown
    assert not any(text in shown for text in ("make", "Build", "line 0"))


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    hostile = Script().start().use("Bash", "t1", {"command": "\x1b[2J", "other": "\x1b]0;x\x07\n\x1b[2J"})
    assert "\x1b" not in page(write(tmp_path, hostile.result("Bash", "t1", "\x1b[2J")), 2)
