"""The writers in docs/run-file.md, as they stand there: their files are valid, and viewers know how they fare."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import warm
from tests.helpers import LIMIT_S, wait_until

PAGE = (Path(__file__).parents[2] / "docs" / "run-file.md").read_text()
LANGUAGES = {
    "js": pytest.param("js", marks=pytest.mark.needs("node")),
    "bash": pytest.param("bash", marks=pytest.mark.needs("jq")),
}
each_language = pytest.mark.parametrize("language", LANGUAGES.values())
INPUT = b'say "hi" \\ \xff \xc3\xbc\ttab \x01 \xe2\x80\xa8 end\nlast, without a newline'


def code_of(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


@contextmanager
def writer(folder: Path, language: str, **replaced: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Start the writer of the page, which beats once a second, with some of its words replaced."""
    code = re.sub(r"(HEARTBEAT_S ?= ?|heartbeat_s: )5", r"\g<1>1", code_of(language))
    for old, new in replaced.items():
        assert old in code
        code = code.replace(old, new)
    script = folder / f"writer.{'mjs' if language == 'js' else 'sh'}"
    script.write_text(code)
    command = ["node" if language == "js" else "bash", str(script)]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def observe(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return warm.run("observer", *arguments, cwd=folder, text=True, timeout=LIMIT_S)


def verdict(folder: Path) -> str:
    return str(json.loads(observe(folder, "list", "-o", "json", "runs").stdout)["verdict"])


def events_of(folder: Path) -> list[dict[str, object]]:
    latest = folder / "runs" / "latest.ndjson"
    return [json.loads(line) for line in latest.read_bytes().splitlines()] if latest.exists() else []


def types_of(folder: Path) -> list[object]:
    return [event["type"] for event in events_of(folder)]


def check(folder: Path) -> tuple[int, str]:
    result = observe(folder, "check", "runs/latest.ndjson")
    return result.returncode, result.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_writer_has_thirty_lines_at_most(language: str) -> None:
    assert len([line for line in code_of(language).splitlines() if line.strip()]) <= 30


@each_language
def test_a_writer_works_while_it_writes_and_has_crashed_when_it_was_killed(tmp_path: Path, language: str) -> None:
    with writer(tmp_path, language) as process:
        wait_until(lambda: types_of(tmp_path).count("heartbeat") >= 2)
        assert verdict(tmp_path) == "working"
        process.send_signal(signal.SIGKILL)
        ended = observe(tmp_path, "wait", "runs/latest.ndjson")
    assert (ended.returncode, verdict(tmp_path)) == (4, "crashed")


@each_language
def test_a_writer_that_is_stopped_says_so_in_its_last_line(tmp_path: Path, language: str) -> None:
    with writer(tmp_path, language) as process:
        wait_until(lambda: "heartbeat" in types_of(tmp_path))
        process.send_signal(signal.SIGTERM)
        process.wait(LIMIT_S)
    assert events_of(tmp_path)[-1]["data"]["outcome"] == "interrupted"  # type: ignore[index]
    assert check(tmp_path) == (0, "")


@pytest.mark.needs("node")
def test_the_writer_for_node_counts_to_its_end(tmp_path: Path) -> None:
    with writer(
        tmp_path, "js", **{"<= 100": "<= 3", "sleep(1000)": "sleep(10)", "`number ${number}`": '"\\u2028\\u0085"'}
    ) as process:
        assert process.wait(LIMIT_S) == 0
    data = (tmp_path / "runs" / "latest.ndjson").read_bytes()
    assert data.count(b'"message":"\\u2028\\u0085"') == 3
    assert types_of(tmp_path) == ["run_start", "info", "info", "info", "complete"]
    assert check(tmp_path) == (0, "")
    assert verdict(tmp_path) == "complete"


@pytest.mark.needs("jq")
def test_the_writer_for_bash_writes_each_line_of_its_input(tmp_path: Path) -> None:
    with writer(tmp_path, "bash") as process:
        _, err = process.communicate(INPUT, timeout=LIMIT_S)
    assert (process.returncode, err) == (0, b"")
    messages = [event["data"]["message"] for event in events_of(tmp_path) if event["type"] == "info"]  # type: ignore[index]
    assert messages == ['say "hi" \\ \ufffd ü\ttab \x01 \u2028 end', "last, without a newline"]
    assert b"\\u2028" in (tmp_path / "runs" / "latest.ndjson").read_bytes()
    assert check(tmp_path) == (0, "")
    assert verdict(tmp_path) == "complete"
