"""A file is packed only if what was written can be read back, and at no time there is less than one whole copy."""

import gzip
import os
from pathlib import Path

import pytest

from agent.runlog import compress as module
from agent.runlog.compress import compress
from agent.runlog.finished import InUse

TEXT = b"line\n" * 300_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.ndjson"
    path.write_bytes(TEXT)
    return path


def names(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def test_the_original_is_replaced_by_a_smaller_file_with_the_same_content(file: Path) -> None:
    size = compress(file)
    assert names(file) == ["x.ndjson.gz"]
    packed = file.with_name("x.ndjson.gz")
    assert size == packed.stat().st_size < len(TEXT) / 50
    assert gzip.decompress(packed.read_bytes()) == TEXT


def test_a_packed_file_that_cannot_be_read_back_is_thrown_away(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lossy(gzip.GzipFile):
        def write(self, data: bytes) -> int:  # type: ignore[override]
            return super().write(data[1:]) + 1

    monkeypatch.setattr(module.gzip, "GzipFile", Lossy)
    with pytest.raises(OSError, match="was not written correctly"):
        compress(file)
    assert names(file) == ["x.ndjson"]


def test_a_full_disk_leaves_the_original_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        compress(file)
    assert names(file) == ["x.ndjson"]


def test_ctrl_c_leaves_the_original_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        compress(file)
    assert names(file) == ["x.ndjson"]


def test_what_a_power_failure_left_is_cleared_up(file: Path) -> None:
    (file.parent / ".x.ndjson.gz.new").write_text("half")
    (file.parent / "x.ndjson.gz").write_bytes(gzip.compress(TEXT))
    compress(file)
    assert names(file) == ["x.ndjson.gz"]


@pytest.mark.parametrize(
    "other",
    [gzip.compress(b"another"), gzip.compress(TEXT)[:-9], b"not packed"],
    ids=["another text", "truncated", "not packed"],
)
def test_another_file_of_that_name_is_not_overwritten(file: Path, other: bytes) -> None:
    (file.parent / "x.ndjson.gz").write_bytes(other)
    with pytest.raises(InUse, match=r"there is another x\.ndjson\.gz"):
        compress(file)
    assert names(file) == ["x.ndjson", "x.ndjson.gz"]
    assert (file.parent / "x.ndjson.gz").read_bytes() == other


def test_a_file_that_grows_meanwhile_stays(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def grow(descriptor: int) -> None:
        sync(descriptor)
        with file.open("ab") as end:
            end.write(b"more\n")

    monkeypatch.setattr(os, "fsync", grow)
    with pytest.raises(InUse, match="it is being written"):
        compress(file)
    assert names(file) == ["x.ndjson"]
