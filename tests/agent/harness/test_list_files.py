"""The files of a feature list: versions that were undone are kept, each once, and not without end."""

import errno
import os
import stat
from pathlib import Path

import pytest

from agent.harness.list_files import ListFiles


@pytest.fixture
def files(tmp_path: Path) -> ListFiles:
    (tmp_path / ".agent").mkdir()
    return ListFiles(tmp_path, tmp_path / ".agent")


def test_undone_versions_are_kept_each_in_a_file_of_its_own_for_this_user_only(files: ListFiles) -> None:
    first, second, again = (files.keep_undone(text) for text in (b"one", b"two", b"one"))
    assert (first.name, second.name, again) == ("feature_list.undone.json", "feature_list.undone-2.json", first)
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (first, second)} == {0o600}
    assert sorted(first.parent.iterdir()) == sorted([first, second])


def test_when_there_are_many_the_oldest_is_replaced(files: ListFiles) -> None:
    paths = [files.keep_undone(b"%d" % number) for number in range(20)]
    for age, path in enumerate(paths):
        os.utime(path, (1000 - age, 1000 - age))
    assert len(set(paths)) == 20
    assert files.keep_undone(b"new") == paths[-1]
    assert [path.read_bytes() for path in paths] == [*(b"%d" % number for number in range(19)), b"new"]


def test_the_last_valid_list_can_be_read_again(files: ListFiles) -> None:
    assert files.read_valid() is None
    files.keep_valid(b'[{"name": "a", "passes": true}]')
    kept = files.read_valid()
    assert kept is not None
    assert kept.all_pass


def test_a_list_that_cannot_be_kept_leaves_the_one_kept_before(
    files: ListFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    valid = b'[{"name": "a", "passes": false}]'
    files.keep_valid(valid)
    monkeypatch.setattr("agent.safety.agent_dir.sync_data", full)
    with pytest.raises(OSError, match="No space"):
        files.keep_valid(valid.replace(b"false", b"true"))
    kept = files.read_valid()
    assert kept is not None
    assert kept.passing == 0
