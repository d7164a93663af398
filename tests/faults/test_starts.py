"""A program that has just started ends by any signal at any moment: soon, with its exit code, without a traceback.

Tests runtail_cli, agent.__main__ and observer.__main__; `python -m tests.faults starts --hours 1` tries others.
"""

import sys
from pathlib import Path

import pytest

from tests.faults.starts import ENDLESS, SHORT, open_run, problems

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which signals a process handles")
_STARTS = 10


@pytest.mark.parametrize("seed", range(20))
def test_a_signal_at_any_moment_of_a_start_ends_the_program(tmp_path: Path, seed: int) -> None:
    with open_run(tmp_path / "runs") as run:
        before = sorted(run.parent.iterdir())
        assert problems(run, seed, ENDLESS + SHORT, _STARTS) == []
        assert sorted(run.parent.iterdir()) == before
