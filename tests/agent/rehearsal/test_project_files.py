"""The files of a script in the project."""

from pathlib import Path

import pytest

from agent.rehearsal.load import ScriptError
from agent.rehearsal.project_files import put_files
from agent.rehearsal.script import File


def test_files_are_created_with_their_directories(tmp_path: Path):
    put_files([File(path="a.txt", text="é\n"), File(path="art/dot.gif", base64="R0lG")], tmp_path / "new")

    assert (tmp_path / "new" / "a.txt").read_text("utf-8") == "é\n"
    assert (tmp_path / "new" / "art" / "dot.gif").read_bytes() == b"GIF"


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path):
    (tmp_path / "a.txt").write_text("mine")

    put_files([File(path="a.txt", text="theirs")], tmp_path)

    assert (tmp_path / "a.txt").read_text() == "mine"


def test_a_file_that_cannot_be_created_is_reported(tmp_path: Path):
    (tmp_path / "a").write_text("not a directory")

    with pytest.raises(ScriptError, match=r"cannot create .*a/b, a file of the rehearsal \(.*\); check that directory"):
        put_files([File(path="a/b", text="")], tmp_path)
