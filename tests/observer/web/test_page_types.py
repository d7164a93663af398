"""Tests that the JavaScript of the page has no errors of types: the strict check of TypeScript, of its JSDoc types."""

import os
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
PAGE = "observer/web/page"


def check_types(tmp_path: Path, *files: str | Path) -> subprocess.CompletedProcess[str]:
    cache = {} if "HOME" in os.environ else {"DENO_DIR": str(tmp_path)}
    return subprocess.run(
        ["deno", "check", "--quiet", *files], cwd=REPOSITORY, env={**os.environ, **cache, "NO_COLOR": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_page_has_no_errors_of_types(tmp_path: Path) -> None:
    done = check_types(tmp_path, PAGE)
    assert (done.returncode, done.stderr) == (0, "")
