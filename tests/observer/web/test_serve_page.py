"""docs/serve.md is correct: its commands work, and its filters and limits are those of the code.

Tests observer.cli.serve.
"""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from observer.runs.window.long_line import MAX_LOADED_LINE_BYTES
from observer.web import query
from observer.web.access.connections import MAX_CONNECTIONS, MAX_PER_ADDRESS, READ_TIMEOUT_S
from observer.web.access.middleware import MAX_URL_BYTES
from observer.web.run_list.run_list import DEFAULT_RUNS, MAX_RUNS
from tests.helpers import LIMIT_S, RUN, line
from tests.observer.web.asking import run_of
from tests.warm import start

PAGE = (Path(__file__).parents[3] / "docs" / "serve.md").read_text("utf-8")
(SHELL,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shown.partition("   #")[0].strip() for shown in SHELL.splitlines()]
ANSWERS = (
    '"verdict":"complete"', "event: runs", "event: caught-up", '"tool_use"', '"status":"error"',
    '"at_start":true', '"spans"', "id: ",
)  # fmt: skip


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("served") / "runs"
    folder.mkdir()
    run_of(
        folder,
        line(1, "run_start", project_dir="/p"),
        line(2, "tool_use", id="a", name="Bash", input={"command": "make"}),
        line(3, "tool_result", tool_use_id="a", status="error", output="no rule"),
        line(4, "complete", outcome="success"),
    )
    with start("observer", "serve", folder, "--port", "0", stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        (address,) = re.findall(r"http://\S+", server.stderr.readline())
        yield address.rstrip("/")
        server.send_signal(signal.SIGINT)
        assert server.wait(LIMIT_S) == 130


@pytest.mark.needs("curl")
@pytest.mark.parametrize(("command", "answer"), list(zip(COMMANDS, ANSWERS, strict=True)))
def test_a_command_of_the_page_gets_its_answer(url: str, command: str, answer: str) -> None:
    given = {**os.environ, "URL": url, "RUN": RUN}
    with subprocess.Popen(
        ["bash", "-c", f"exec {command}"], env=given, stdout=subprocess.PIPE, text=True
    ) as curl:  # fmt: skip
        assert curl.stdout is not None
        late = threading.Timer(LIMIT_S, curl.kill)
        late.start()
        output = ""
        while answer not in output and (text := curl.stdout.readline()):
            output += text
        late.cancel()
        curl.terminate()
    assert answer in output


def test_the_page_documents_every_filter_and_limit() -> None:
    for name in ("type", "exclude", "tool", "status", "agent", "iteration", "errors", "grep", "since", "until"):
        assert f"`{name}`" in PAGE or f"`{name}=1`" in PAGE
    for number in (MAX_CONNECTIONS, MAX_RUNS, query.MAX_LINES):
        assert f"{number:,}" in PAGE
    for number in (MAX_PER_ADDRESS, DEFAULT_RUNS, query.DEFAULT_LINES):
        assert re.search(rf"\b{number}\b", PAGE)
    limits = (MAX_LOADED_LINE_BYTES, MAX_URL_BYTES, READ_TIMEOUT_S)
    assert limits == (1024**2, 8 * 1024, 30)  # as it says: 1 MiB, 8 kB, 30 s
