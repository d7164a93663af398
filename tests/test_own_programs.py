"""The programs in docs/own-programs.md, as they stand there."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "own-programs.md").read_text()
PROGRAMS = dict(re.findall(r"^##+ (.+)\n\n```python\n((?:.*\n)*?)```", PAGE, re.MULTILINE))
"""The title of each section that begins with a program, and the program."""
IN_A_WORKER = """
import multiprocessing
{setup}
def work(number):
    {call}
    return number

with RunLog.open("runs", run="with-workers") as log:
    {install}
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(work, range(4)) == [0, 1, 2, 3]
    {call}
{call}
"""


def run(folder: Path, code: str) -> tuple[list[dict[str, Any]], str]:
    """Run a program; return the events of its newest run, and what it printed to standard error."""
    result = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    lines = (folder / "runs" / "latest.ndjson").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines], result.stderr


def test_every_program_of_the_page_is_tested() -> None:
    assert list(PROGRAMS) == ["Synchronous code", *ADAPTERS]
    assert PAGE.count("```python") == len(PROGRAMS)


def test_synchronous_code_records_a_run(tmp_path: Path) -> None:
    events, err = run(tmp_path, PROGRAMS["Synchronous code"])
    assert [event["type"] for event in events] == ["run_start", "info", "complete"]
    assert (events[1]["data"]["message"], err) == ("reading the catalogue", "")


ADAPTERS = {
    "logging": ("3 orders", "shop:info", "no price", "shop"),
    "structlog": ("orders count=3", "info", "no price item='tea'", "error"),
    "loguru": ("3 orders", "__main__:info", "no price", "__main__"),
}


@pytest.mark.parametrize("library", ADAPTERS)
def test_records_become_events(tmp_path: Path, library: str) -> None:
    events, _ = run(tmp_path, PROGRAMS[library])
    assert [event["type"] for event in events] == ["run_start", "info", "error", "complete"]
    info, error = events[1]["data"], events[2]["data"]
    assert (info["message"], info["kind"], error["message"], error["kind"]) == ADAPTERS[library]
    assert "ZeroDivisionError: division by zero" in error["traceback"]
    assert events[3]["data"]["outcome"] == "success"


IN_WORKERS = {
    "logging": (
        "logging.basicConfig(level=logging.INFO, handlers=[RunLogHandler(log)])",
        'logging.getLogger("shop").info("hello")',
    ),
    "structlog": (
        "structlog.configure(processors=[RunLogProcessor(log), structlog.processors.JSONRenderer()])",
        'structlog.get_logger().info("hello")',
    ),
    "loguru": (
        "loguru.logger.remove(); loguru.logger.add(RunLogSink(log))",
        'loguru.logger.info("hello")',
    ),
}


@pytest.mark.parametrize("library", ADAPTERS)
def test_records_of_workers_and_after_the_end_are_no_events_and_no_errors(tmp_path: Path, library: str) -> None:
    setup = PROGRAMS[library].rpartition("\nwith RunLog.open")[0]
    install, call = IN_WORKERS[library]
    events, err = run(tmp_path, IN_A_WORKER.format(setup=setup, install=install, call=call))
    assert [event["type"] for event in events] == ["run_start", "info", "complete"]
    assert (events[2]["data"]["outcome"], err) == ("success", "")
