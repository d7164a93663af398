"""A directory of runs: which of its files are runs."""

from pathlib import Path

from observer.source.locate import run_files, run_id, stub_target


def names(directory: Path) -> list[str]:
    return [path.name for path in run_files(directory)]


def test_the_run_files_of_a_directory_are_listed_oldest_first_without_links(tmp_path: Path) -> None:
    for name in ("b.ndjson", "a.ndjson.gz", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / "latest.ndjson").symlink_to("a.ndjson")
    (tmp_path / "c.ndjson").mkdir()
    assert [run_id(path) for path in run_files(tmp_path)] == ["a", "b"]


def test_a_copy_or_a_text_in_place_of_the_link_is_not_a_run_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").touch()
    (tmp_path / "latest.ndjson").write_text("a.ndjson")
    assert names(tmp_path) == ["a.ndjson"]
    (tmp_path / "latest.ndjson").write_text('{"seq":1}\n' * 1000)
    (tmp_path / "latest.ndjson.gz").touch()
    (tmp_path / "latest.ndjson.zst").touch()
    assert names(tmp_path) == ["a.ndjson"]


def test_a_copy_that_is_all_that_is_left_of_its_run_is_listed(tmp_path: Path) -> None:
    (tmp_path / "latest.ndjson").write_text('{"seq":1}\n')
    assert names(tmp_path) == ["latest.ndjson"]
    (tmp_path / "latest.ndjson").write_text("a.ndjson")
    assert names(tmp_path) == []


def test_the_text_in_place_of_a_link_is_one_name_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "latest.ndjson"
    for text, target in [
        ("a.ndjson", "a.ndjson"),
        ("a.ndjson.gz\r\n", "a.ndjson.gz"),
        ("a.txt", None),
        ("a.ndjson\nb.ndjson", None),
        ("x" * 600 + ".ndjson", None),
        ("", None),
    ]:
        path.write_bytes(text.encode())
        assert stub_target(path) == (None if target is None else tmp_path / target)
    assert stub_target(tmp_path / "nowhere") is None
    assert stub_target(tmp_path) is None
