"""The writer's half of the pytest plugin: the fixture `run_log`. The observer's half is `observer.testing.plugin`."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agent.runlog.runlog import RunLog


@pytest.fixture
def run_log(tmp_path: Path, request: pytest.FixtureRequest) -> "RunLog":
    """A `RunLog` in `tmp_path / "runs"` that is about the test; enter it with `async with run_log`."""
    from agent.runlog.runlog import RunLog  # a plugin is loaded by every run of pytest, and needed by few

    return RunLog.open(tmp_path / "runs", about=request.node.name, command="pytest")
