"""Whatever a writer and the disk do to a file, each viewer shows every line once. Tests by random steps."""

from pathlib import Path

import pytest

from tests.faults.machine import SECONDS_IN_CI, run_machine


@pytest.mark.parametrize("seed", range(2))
async def test_every_line_is_shown_once_whatever_happens_to_the_file(tmp_path: Path, seed: int) -> None:
    assert await run_machine(tmp_path / "runs", seed, SECONDS_IN_CI) is None
