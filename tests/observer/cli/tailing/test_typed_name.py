"""What a note says of how to see what is left out: it can be typed as it stands, whichever run it is about."""

import gzip
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.cli.tailing.typed_name import typed_path
from observer.source.locate import PATH_NAMES
from tests.helpers import line
from tests.observer.cli.conftest import Finished
from tests.observer.source.sessions import claude_files

FIRST, SECOND = (f"20261123T011230Z-00000{digit}" for digit in "12")
_COMMAND = re.compile(r"\(--full, observe (show [^)]*)\)")

Command = Callable[..., Finished]


def write(path: Path, mark: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    output = "\n".join([*["x"] * 20, mark, *["x"] * 20])
    data = line(1, "run_start", pid=1, host="elsewhere", format=1) + line(
        2, "tool_result", tool_use_id="t1", name="Bash", status="success", output=output
    )
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def noted(run_command: Command, *arguments: str | Path) -> list[str]:
    """Return the commands in what `observe tail` prints."""
    return _COMMAND.findall(run_command("tail", "--no-follow", *arguments).out.decode())


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["runs"], {f"show {FIRST} --event 2": "first", f"show {SECOND} --event 2": "second"}),
        (["runs", "my runs"], {f"show {FIRST} --event 2": "first", f"show {SECOND} --event 2": "second",
                               f"show 'my runs/{FIRST}.ndjson' --event 2": "third"}),
        (["--runs", "my runs"], {f"show 'my runs/{FIRST}.ndjson' --event 2": "third"}),
        ([FIRST, SECOND], {f"show {FIRST} --event 2": "first", f"show {SECOND} --event 2": "second"}),
        ([FIRST], {f"show {FIRST} --event 2": "first"}),
        ([], {"show --event 2": "second"}),
    ],
)  # fmt: skip
def test_it_names_the_run_to_show(
    run_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], shown: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for run, mark in ((f"my runs/{FIRST}.ndjson", "third"), (f"runs/{FIRST}.ndjson.gz", "first"),
                      (f"runs/{SECOND}.ndjson", "second")):  # fmt: skip
        write(Path(run), mark)
    assert sorted(noted(run_command, *arguments)) == sorted(shown)
    for command, mark in shown.items():
        assert mark in run_command(*shlex.split(command)).out.decode()


def test_what_was_read_from_standard_input_is_not_to_be_found_again(run_command: Command, tmp_path: Path) -> None:
    out = run_command("tail", "--no-follow", "-", stdin=write(tmp_path / "a.ndjson", "first")).out.decode()
    assert ("(--full)" in out, "observe show" in out) == (True, False)


def test_a_session_of_another_program_has_its_address(
    run_command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    output = "x\n" * 20 + "the middle" + "\nx" * 20
    claude_files.write_session(
        tmp_path, claude_files.prompt(1) + claude_files.call(2, "t1") + claude_files.result(3, "t1", output)
    )
    for address in (f"claude:{claude_files.SESSION[:8]}", "claude:all"):
        (command,) = noted(run_command, address)
        assert f"claude:{claude_files.SESSION}" in command
        assert "the middle" in run_command(*shlex.split(command)).out.decode()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"runs/{FIRST}.ndjson", FIRST),
        (f"{{here}}/runs/{FIRST}.ndjson.gz", FIRST),
        (f"{{here}}/my runs/{FIRST}.ndjson", f"'{{here}}/my runs/{FIRST}.ndjson'"),
        ("runs/latest.ndjson", "runs/latest.ndjson"),
    ],
)
def test_a_run_is_named_by_its_id_where_that_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert typed_path(Path(path.format(here=tmp_path)), PATH_NAMES) == name.format(here=tmp_path)
