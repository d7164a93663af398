"""`observe list` as a process: the table, JSON, and changes while it watches.

Tests observer.cli.listing.list_options and observer.cli.listing.list_updates as well.
"""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.observer.observing import FAILURE, START, SUCCESS, THOUGHT, Observe

Run = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson"
    path.parent.mkdir()
    path.write_bytes(START + THOUGHT + SUCCESS)
    path.with_name("latest.ndjson").symlink_to(path.name)
    return path


def output_lines(viewer: Observe, code: int = 0) -> list[bytes]:
    assert viewer.ends() == code
    return viewer.out.splitlines()


def test_runs_are_listed_newest_first_with_their_verdicts(observe: Run, run: Path) -> None:
    run.with_name("20261123T021230Z-aaaaaa.ndjson").write_bytes(START + THOUGHT)
    lines = [line.decode().split() for line in output_lines(observe("list", cwd=run.parent.parent), 4)]
    assert [line[:2] for line in lines] == [
        ["RUN", "VERDICT"],
        ["20261123T021230Z-aaaaaa", "crashed"],  # the name of the file: the ID in it is that of the other one
        ["20261123T011230Z-7f3a9c", "complete"],
    ]
    rows = [json.loads(line) for line in output_lines(observe("list", "-o", "json", "-n", "1", run.parent), 4)]
    assert [row["verdict"] for row in rows] == ["crashed"]


def test_a_watched_list_prints_the_runs_that_change(observe: Run, run: Path) -> None:
    viewer = observe("list", "--watch", "-o", "json", run.parent)
    viewer.shows('"verdict":"complete"')
    run.with_name("20261123T021230Z-aaaaaa.ndjson").write_bytes(START + THOUGHT + FAILURE)
    viewer.shows('"verdict":"failed"')
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130


def test_a_directory_that_does_not_exist_is_a_usage_error(observe: Run, tmp_path: Path) -> None:
    viewer = observe("list", "nowhere", cwd=tmp_path)

    assert viewer.ends() == 2
    assert "cannot list nowhere" in viewer.err
    assert "Traceback" not in viewer.err


def test_runs_are_selected_and_no_match_is_explained(observe: Run, run: Path) -> None:
    run.with_name("20261123T021230Z-aaaaaa.ndjson").write_bytes(START + THOUGHT + FAILURE)
    viewer = observe("list", "-o", "json", "--verdict", "failed", run.parent)
    assert viewer.ends() == 1
    rows = [json.loads(line) for line in viewer.out.splitlines()]
    assert [(row["verdict"], row["project"], row["project_dir"]) for row in rows] == [("failed", "p", "/p")]
    viewer = observe("list", "-n", "1", "--verdict", "ended", "-o", "json", run.parent)
    assert viewer.ends() == 1
    assert [json.loads(line)["verdict"] for line in viewer.out.splitlines()] == ["failed"]
    viewer = observe("list", "--project", "pp", run.parent)
    assert output_lines(viewer) == []
    assert viewer.err.splitlines() == ["observe: none of 2 runs matches --project; similar: p"]


def test_a_watched_list_prints_only_runs_that_match(observe: Run, run: Path) -> None:
    viewer = observe("list", "--watch", "-o", "json", "--verdict", "failed", run.parent)
    run.with_name("20261123T021230Z-aaaaaa.ndjson").write_bytes(START + THOUGHT + FAILURE)
    viewer.shows('"verdict":"failed"')
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130
    assert '"verdict":"complete"' not in viewer.out.decode()


def test_text_that_is_hidden_cannot_be_searched(observe: Run, run: Path) -> None:
    viewer = observe("list", "--no-content", "--grep", "x", run.parent)
    assert viewer.ends() == 2
    assert "--project and --grep need the text that --no-content hides" in viewer.err
