"""A name means a path, a run ID, a prefix of one, or the most recent run."""

import errno
import gzip
import os
import shutil
from pathlib import Path

import pytest

from observer.errors import UnreadableError
from observer.source.find import (
    find,
    find_or_expect,
    hint_for_missing,
    latest_link,
    latest_run,
    newest,
    resolve_latest,
)
from observer.source.locate import DisplayNames

A, B = "20261123T011230Z-7f3a9c", "20261123T021230Z-aaaaaa"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    runs = tmp_path / "runs"
    runs.mkdir()
    for name in (f"{A}.ndjson", f"{B}.ndjson.gz", "notes.txt"):
        (runs / name).touch()
    (runs / "latest.ndjson").symlink_to(f"{A}.ndjson")
    (runs / A).mkdir()
    return runs


def run_file(path: Path, run: str) -> Path:
    line = f'{{"seq":1,"timestamp":"2026-11-23T01:12:30.000000Z","run":"{run}","type":"run_start","data":{{}}}}\n'
    path.write_text(line)
    return path


def test_a_run_is_found_by_its_id_or_a_unique_prefix(folder: Path) -> None:
    assert find(A, folder) == folder / f"{A}.ndjson"
    assert find("20261123T02", folder) == folder / f"{B}.ndjson.gz"


def test_a_path_is_used_as_it_is(folder: Path) -> None:
    assert find(str(folder), folder) == folder
    assert find("-", folder) == Path("-")
    assert find("latest", folder) == folder / "latest.ndjson"
    assert find(str(folder / "notes.txt"), folder) == folder / "notes.txt"


def test_an_ambiguous_prefix_lists_the_matches(folder: Path) -> None:
    with pytest.raises(UnreadableError, match=rf'2 runs in .* match "2026": {A}, {B}; use a longer'):
        find("2026", folder)


def test_an_id_that_is_a_prefix_of_another_is_found(folder: Path) -> None:
    (folder / f"{A}-again.ndjson").touch()
    assert find(A, folder) == folder / f"{A}.ndjson"


def test_an_unknown_prefix_and_a_missing_directory_are_reported(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r'no run in .* matches "zzz" .*observe list'):
        find("zzz", folder)
    with pytest.raises(UnreadableError, match=r"cannot read .*nowhere.*agent demo"):
        find("2027", tmp_path / "nowhere")


def test_an_error_names_similar_runs(folder: Path) -> None:
    with pytest.raises(UnreadableError, match=rf"does not exist; similar: .*{A}\.ndjson"):
        find(str(folder / f"{A[:-1]}d.ndjson"), folder)
    with pytest.raises(UnreadableError, match=rf'matches "20261123T011230Z-7f3a9d"; similar: .*{A}\.ndjson'):
        find("20261123T011230Z-7f3a9d", folder)


def test_where_there_is_no_run_an_error_says_how_to_record_one(tmp_path: Path) -> None:
    for name in ("latest", "some", str(tmp_path / "some.ndjson")):
        with pytest.raises(UnreadableError, match="agent demo"):
            find(name, tmp_path)


@pytest.mark.parametrize(
    "name", ["later.ndjson", "runs/later.ndjson", "runs/latest.ndjson", "fresh/runs/latest.ndjson"]
)
def test_a_run_that_could_still_come_is_expected(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "latest.ndjson").unlink()
    monkeypatch.chdir(folder.parent)
    (folder.parent / "fresh").mkdir()
    for path in folder.iterdir():
        path.rmdir() if path.is_dir() else path.unlink()
    assert find_or_expect(name, Path("elsewhere")) == Path(name)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("run/later.ndjson", "the directory run does not exist; similar: runs"),
        ("no/such/later.ndjson", "the directory no does not exist"),
        ("runs/notes", "does not exist"),
        ("runs/later.ndjson.gz", "does not exist"),
        ("no/such/", "the directory no does not exist"),
        ("no/", "no does not exist(?!: the directory)"),
        ("rums/", "rums does not exist; similar: runs"),
    ],
)
def test_a_path_at_which_no_run_can_begin_is_not_expected(
    name: str, advice: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(UnreadableError, match=advice):
        find_or_expect(name, folder)


def test_the_runs_directory_itself_need_not_exist_yet(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    assert find_or_expect("latest", runs) == runs / "latest.ndjson"
    assert find_or_expect(f"{runs}/", runs) == runs


def test_another_runs_directory_has_to_exist(tmp_path: Path) -> None:
    runs = tmp_path / "no"
    for name in ("latest", f"{runs}/", f"{runs}/a.ndjson"):
        with pytest.raises(UnreadableError, match="no does not exist; record a run with: agent demo"):
            find_or_expect(name, runs)


def test_a_hint_names_what_there_is_while_a_run_is_waited_for(folder: Path, tmp_path: Path) -> None:
    mistyped = folder / f"{A}x.ndjson"
    assert hint_for_missing(mistyped, folder).startswith(f"names similar to {mistyped}: {folder / A}.ndjson")
    assert hint_for_missing(tmp_path / "a.ndjson", tmp_path) == (
        f"no runs in {tmp_path} yet; record a run with: agent demo"
    )
    (empty := tmp_path / "empty").mkdir()
    assert hint_for_missing(empty, folder) == f"no runs in {empty} yet; record a run with: agent demo"
    assert hint_for_missing(folder, folder) == ""
    assert hint_for_missing(folder / "quite-different.ndjson", folder) == ""
    assert hint_for_missing(folder / f"{A}.ndjson", folder) == ""


def test_the_path_of_a_local_copy_is_used_as_it_is(folder: Path) -> None:
    names = DisplayNames({folder: lambda name: f"nats://hub/{name}"})
    (folder / "latest.ndjson").unlink()
    assert find(str(folder / "latest.ndjson"), Path("elsewhere"), names) == folder / "latest.ndjson"


def test_the_latest_run_is_the_one_that_the_link_points_to(folder: Path) -> None:
    run_file(folder / f"{B}x.ndjson", f"{B}x")
    assert latest_run(folder) == folder / "latest.ndjson"


@pytest.mark.parametrize("state", ["absent", "dangling", "directory", "stub of nothing", "empty", "garbage"])
def test_without_a_usable_link_the_latest_run_is_the_last_by_name(state: str, folder: Path) -> None:
    latest = folder / "latest.ndjson"
    latest.unlink()
    match state:
        case "dangling":
            latest.symlink_to("gone.ndjson")
        case "directory":
            latest.mkdir()
        case "stub of nothing":
            latest.write_text("gone.ndjson")
        case "empty":
            latest.touch()
        case "garbage":
            latest.write_text("\x00 nothing to read here, in more than one line\n" * 50)
    assert latest_run(folder) == folder / f"{B}.ndjson.gz"
    assert find("latest", folder) == folder / f"{B}.ndjson.gz"


def test_the_latest_run_is_the_one_that_a_text_in_place_of_the_link_names(folder: Path) -> None:
    (folder / "latest.ndjson").unlink()
    for text in (f"{A}.ndjson", f"{A}.ndjson\r\n", f"./{A}.ndjson"):
        (folder / "latest.ndjson").write_text(text)
        assert latest_run(folder) == folder / f"{A}.ndjson"
        assert resolve_latest(folder / "latest.ndjson") == folder / f"{A}.ndjson"


def test_the_latest_run_is_the_one_of_which_there_is_a_copy_in_place_of_the_link(folder: Path) -> None:
    (folder / "latest.ndjson").unlink()
    run_file(folder / f"{A}.ndjson", A)
    shutil.copy(folder / f"{A}.ndjson", folder / "latest.ndjson")
    assert latest_run(folder) == folder / f"{A}.ndjson"


def test_a_copy_is_recognized_by_its_bytes_where_files_have_other_names_than_their_runs(tmp_path: Path) -> None:
    run_file(tmp_path / "a.ndjson", "r1")
    run_file(tmp_path / "b.ndjson", "r2")
    shutil.copy(tmp_path / "a.ndjson", tmp_path / "latest.ndjson")
    assert latest_run(tmp_path) == tmp_path / "a.ndjson"


def test_a_copy_of_a_run_that_is_not_there_does_not_hide_the_others(tmp_path: Path) -> None:
    run_file(tmp_path / "b.ndjson", "r2")
    copy = run_file(tmp_path / "latest.ndjson", "another")
    assert latest_run(tmp_path) == tmp_path / "b.ndjson"
    assert resolve_latest(copy) == copy  # but it can be named


def test_a_copy_that_is_all_there_is_is_the_latest_run(tmp_path: Path) -> None:
    copy = run_file(tmp_path / "latest.ndjson", A)
    assert latest_run(tmp_path) == copy


def test_a_link_to_a_run_that_was_packed_since_leads_to_the_packed_one(folder: Path) -> None:
    (folder / f"{A}.ndjson").rename(folder / f"{A}.ndjson.gz")
    assert latest_run(folder) == folder / f"{A}.ndjson.gz"


def test_of_packed_runs_the_last_one_or_the_linked_one_is_the_latest(tmp_path: Path) -> None:
    for name in (A, B):
        (tmp_path / f"{name}.ndjson.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "latest.ndjson.gz").write_bytes(gzip.compress(b"copy"))
    assert latest_run(tmp_path) == tmp_path / f"{B}.ndjson.gz"
    os.unlink(tmp_path / "latest.ndjson.gz")
    (tmp_path / "latest.ndjson.gz").symlink_to(f"{A}.ndjson.gz")
    assert latest_run(tmp_path) == tmp_path / f"{A}.ndjson.gz"


def test_a_run_in_both_forms_is_opened_uncompressed(tmp_path: Path) -> None:
    (tmp_path / f"{A}.ndjson").touch()
    (tmp_path / f"{A}.ndjson.gz").touch()
    assert latest_run(tmp_path) == tmp_path / f"{A}.ndjson"


def test_a_text_that_names_itself_is_not_a_run(tmp_path: Path) -> None:
    (tmp_path / "latest.ndjson").write_text("latest.ndjson")
    assert latest_run(tmp_path) == tmp_path / "latest.ndjson"
    (tmp_path / "a.ndjson").touch()
    assert latest_run(tmp_path) == tmp_path / "a.ndjson"


def test_a_copy_with_another_name_is_not_the_latest_run(tmp_path: Path) -> None:
    for name in (A, B):
        run_file(tmp_path / f"{name}.ndjson", name)
    for copy in ("backup", f"{A} copy", "zzz"):
        shutil.copy(tmp_path / f"{A}.ndjson", tmp_path / f"{copy}.ndjson")
    assert latest_run(tmp_path) == tmp_path / f"{B}.ndjson"


def test_among_names_that_say_nothing_about_age_the_run_that_began_last_is_the_latest(tmp_path: Path) -> None:
    later = run_file(tmp_path / "a.ndjson", "r")
    later.write_text(later.read_text().replace("T01:12", "T02:12"))
    run_file(tmp_path / "b.ndjson", "r")
    silent = tmp_path / "c.ndjson"
    silent.touch()
    os.utime(silent, (0, 0))
    assert latest_run(tmp_path) == later
    os.utime(silent)
    assert newest([later, silent]) == silent


def test_names_that_mean_the_latest_run_lead_to_its_link(tmp_path: Path) -> None:
    assert latest_link("latest", tmp_path) == tmp_path / "latest.ndjson"
    assert latest_link("runs/latest.ndjson", tmp_path) == Path("runs/latest.ndjson")
    for name in ("-", A, "runs/", "latest.ndjson.gz", f"runs/{A}.ndjson"):
        assert latest_link(name, tmp_path) is None


@pytest.mark.parametrize("target", ["a" * 300, "locked/run.ndjson"])
def test_a_link_whose_target_cannot_be_reached_is_passed_over(
    folder: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status_of = os.stat

    def refuse(path: str | Path, *arguments: object, **options: bool) -> os.stat_result:
        if os.path.islink(path) and options.get("follow_symlinks", True) and os.readlink(path).startswith("locked/"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)  # root may search any directory
        return status_of(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
    (folder / "latest.ndjson").unlink()
    (folder / "latest.ndjson").symlink_to(target)
    assert latest_run(folder) == folder / f"{B}.ndjson.gz"
    assert resolve_latest(folder / "latest.ndjson") == folder / f"{B}.ndjson.gz"
