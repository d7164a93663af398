"""`observe tail --grep` (observer.cli.tailing.tail_runs) over text in pieces, from every source and in every output."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers import append, line
from tests.observer.cli.conftest import Finished
from tests.observer.cli.test_tail_filters import arguments
from tests.observer.observing import Observe
from tests.observer.written import Script, message

Command = Callable[..., Finished]
Run = Callable[..., Observe]


def story() -> Script:
    script = Script().start()
    script.use("Bash", "t1", {"command": "ls"}, at=1).result("Bash", "t1", "a cat sat here", at=2)
    for text in ("the cat s", "at on ", "the mat"):
        script.thought(text, at=3)
    message(script, "m1", "the cat sat on the mat", at=4)
    for text in ("a dog ", "barks"):
        script.thought(text, at=5, message="m2")
    message(script, "m2", "a dog barks", at=6)
    script.add("todo", {"items": []}, at=6.5)
    script.thought("the cat sat", at=7, message="m3")
    return script.complete(at=8)


LINES = [line + b"\n" for line in story().lines]
RESULT, FIRST, DOG, LAST = LINES[2], LINES[3:6], LINES[7:9], LINES[11]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return story().to(tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson")


@pytest.mark.parametrize("source", ["file", "stdin", "gzip", "two"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--grep", "cat sat"], [RESULT, *FIRST, LAST]),
        (["--grep", "CAT SAT", "-i"], [RESULT, *FIRST, LAST]),
        (["--grep", "CAT SAT"], []),
        (["--grep", "cat sat", "-n", "1"], [LAST]),
        (["--grep", "cat sat", "-n", "2"], [*FIRST, LAST]),
        (["--grep", "cat sat", "-n", "3"], [RESULT, *FIRST, LAST]),
        (["--grep", "dog barks", "-n", "3"], DOG),
        (["--grep", "cat sat", "--type", "thought"], [*FIRST, LAST]),
        (["--grep", "cat sat", "--type", "message"], [LINES[6]]),
        (["--grep", "cat sat", "--no-thoughts"], [RESULT]),
        (["--grep", "cat sat", "--where", '.data.message == "m3"'], [LAST]),
        (["--grep", "dog", "-B", "1", "-A", "1"], [*FIRST, *DOG, LINES[10]]),
        (["--grep", "dog", "-C", "1", "--exclude", "todo"], [*FIRST, *DOG, LAST]),
        (["--tool", "bash", "--type", "tool_result", "-B", "1"], [LINES[1], RESULT]),
    ],
)
def test_text_is_found_across_its_pieces_in_every_source(
    run_command: Command, run: Path, options: list[str], expected: list[bytes], source: str
) -> None:
    done = run_command("tail", "-o", "json", "--no-follow", *options, *arguments(source, run), stdin=run)
    assert (done.code, done.out.splitlines(keepends=True)) == (0, expected)


def test_a_paragraph_is_one_line_of_text_and_one_paragraph_of_the_pretty_view(run_command: Command, run: Path) -> None:
    text = run_command("tail", "-o", "text", "--no-follow", "--grep", "cat sat", run).out.decode()
    assert [line.split(maxsplit=3)[3] for line in text.splitlines()] == [
        "Bash success  a cat sat here  40ms", "the cat sat on the mat", "the cat sat"
    ]  # fmt: skip
    pretty = run_command("tail", "--no-follow", "--no-status-line", "--grep", "on the mat", run).out.decode()
    assert pretty == "the cat sat on the mat\n"


def test_groups_of_neighbours_are_separated(run_command: Command, run: Path) -> None:
    text = run_command("tail", "-o", "text", "--no-follow", "--grep", "ls|barks", "-B", "1", run).out.decode()
    assert [line.split()[2] if line != "--" else line for line in text.splitlines()] == [
        "run_start", "tool_use", "--", "thought", "thought"
    ]  # fmt: skip
    assert "\n--\n" in run_command("tail", "--no-follow", "--grep", "ls|barks", "-B", "1", run).out.decode()


@pytest.mark.parametrize("output", ["pretty", "text", "json"])
def test_without_content_a_match_is_shown_and_its_text_is_not(run_command: Command, run: Path, output: str) -> None:
    done = run_command("tail", "-o", output, "--no-follow", "--no-content", "--grep", "dog barks", run)
    assert done.out
    assert b"dog" not in done.out


def test_a_match_is_shown_while_the_text_streams(observe: Run, tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_bytes(b"".join(LINES[:4]))
    viewer = observe("tail", "-o", "json", "--grep", "cat sat on", path)
    append(path, LINES[4])
    viewer.shows("at on ")
    append(path, b"".join(LINES[5:]))
    viewer.ends()
    assert viewer.out.splitlines(keepends=True) == FIRST


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--agent", "zzz"], "no event matched --agent zzz; agents of this run: main"),
        (["--tool", "bas"], "no event matched --tool bas; tools of this run: Bash; did you mean 'Bash'?"),
        (["--type", "prompt", "-o", "json"], "no event matched --type prompt; types of this run: complete, message, "),
        (["--grep", "zzz", "-n", "3"], "no event matched --grep 'zzz'"),
        (["--since", "2026-11-24T00:00:00Z"], "no event matched --since; the events of this run are from 2026-11-23 "),
    ],
)
@pytest.mark.parametrize("source", ["file", "stdin", "gzip"])
def test_a_filter_that_nothing_passes_says_what_there_is(
    run_command: Command, run: Path, options: list[str], said: str, source: str
) -> None:
    done = run_command("tail", "--no-follow", "--no-status-line", *options, *arguments(source, run), stdin=run)
    assert (done.code, done.out) == (0, b"")
    assert f"observe: {said}" in done.err


def test_what_matches_says_nothing(run_command: Command, run: Path) -> None:
    assert run_command("tail", "--no-follow", "--grep", "dog", run).err == ""


def test_a_match_in_what_a_long_output_leaves_out_is_shown(run_command: Command, tmp_path: Path) -> None:
    output = "\n".join(f"line {number}" for number in range(60))
    path = tmp_path / "a.ndjson"
    path.write_bytes(line(1, "run_start") + line(2, "tool_result", tool_use_id="t", name="Bash", output=output))
    for pattern, others in (("line 33", True), ("line 0", False)):
        shown = run_command("tail", "--no-follow", "--no-status-line", "--grep", pattern, path).out.decode()
        assert pattern in shown
        assert ("line 34" in shown) is others
