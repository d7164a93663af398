"""Provides the pytest fixture `run_log`. The observer's half of the plugin is `observer.testing.plugin`."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agent.runlog.runlog import RunLog


@pytest.fixture
def run_log(tmp_path: Path, request: pytest.FixtureRequest) -> "RunLog":
    """Return a `RunLog` in `tmp_path / "runs"`, named after the test. Enter it with `async with run_log`."""
    from agent.runlog.runlog import RunLog  # every run of pytest loads the plugin, and few use it

    return RunLog.open(tmp_path / "runs", about=request.node.name, command="pytest")
