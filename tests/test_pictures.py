"""The pictures of the terminal in README.md show what `observe tail` prints."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers import LIMIT_S

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
PICTURES = ("tail-dark.svg", "tail-light.svg")
MAX_BYTES = 60_000


def check(directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, directory / "terminal.py", "--check"]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Return a copy of what the pictures are made of and of the pictures, in a directory of the same depth."""
    directory = tmp_path / "docs" / "images"
    directory.mkdir(parents=True)
    for name in ("terminal.py", "demo.ndjson", *PICTURES):
        shutil.copy(IMAGES / name, directory)
    (tmp_path / "observer").symlink_to(ROOT / "observer")
    return directory


def test_the_pictures_show_what_is_printed_for_the_demo(images: Path) -> None:
    checked = check(images)
    assert checked.returncode == 0, checked.stderr


def test_a_picture_of_another_output_is_found(images: Path) -> None:
    run = images / "demo.ndjson"
    run.write_text(run.read_text().replace("three tests verify", "four tests verify").replace("three ", "four "))
    assert "tail-dark.svg does not show what is printed" in check(images).stderr


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_fetches_nothing_and_stands_in_the_readme(name: str) -> None:
    svg = (IMAGES / name).read_text()
    assert len(svg.encode()) < MAX_BYTES
    assert set(re.findall(r"https?://[\w./-]+", svg)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert f"docs/images/{name}" in (ROOT / "README.md").read_text()
