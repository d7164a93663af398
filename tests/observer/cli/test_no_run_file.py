"""A file that is not a run file is told for what it is, in the same words by every command."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.cli.conftest import Finished
from tests.observer.written import small

RUN = small().bytes
LINES = RUN.splitlines()
CONTENTS = {
    "be.ndjson": (RUN.decode().encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8"),
    "le.ndjson": (RUN.decode().encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    "cr.ndjson": (RUN.replace(b"\n", b"\r"), "its lines end in CR"),
    "packed.ndjson": (gzip.compress(RUN), "add .gz to its name"),
    "nothing.ndjson.gz": (gzip.compress(b""), "the file is empty"),
    "empty.ndjson.gz": (b"", "the file is empty"),
    "indented.ndjson": (json.dumps(json.loads(LINES[0]), indent=2).encode() + b"\n", "jq -c '.'"),
    "array.ndjson": (b"[" + b",\n".join(LINES) + b"]\n", "jq -c '.[]'"),
    "bar.ndjson": (b"".join(b"\r%d %%" % percent for percent in range(99)), "as a progress bar is"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_command_names_the_same_cause(
    run_command: Callable[..., Finished], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    content, cause = CONTENTS[name]
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    for command in ("tail --no-follow", "show", "wait --timeout 0", "check", "list -o json"):
        ended = run_command(*command.split(), "." if "list" in command else name)
        assert cause in ended.out.decode() + ended.err, command


def test_an_array_has_lost_nothing_before_the_events_that_can_be_read(
    run_command: Callable[..., Finished], tmp_path: Path
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"[\n" + b",\n".join(LINES) + b"\n]\n")
    for command in (["tail", "--no-follow"], ["show"], ["wait"], ["report", "--format", "md"]):
        ended = run_command(*command, path)
        assert "what came before is gone" not in ended.out.decode() + ended.err, command
    assert b'"known_from":null' in run_command("list", "-o", "json", tmp_path).out


def test_an_event_whose_newline_is_missing_is_one_in_every_view(
    run_command: Callable[..., Finished], tmp_path: Path
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"{}")
    assert b"event" in run_command("tail", "--no-follow", "-o", "text", path).out
    assert b"1 event" in run_command("show", path).out
    assert b'"missing":null' in run_command("list", "-o", "json", tmp_path).out
