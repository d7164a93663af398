"""`observe report` as a process: where it writes, and its exit codes. Tests observer.cli.report."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from observer.cli.report import Format, implied_format, parse_target, report
from observer.errors import UsageError
from observer.report.job_summary import LIMIT
from observer.runs.one_run.run import load_run
from tests.helpers import wait_until
from tests.observer.observing import Observe
from tests.observer.written import small

Start = Callable[..., Observe]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return small().to(tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson")


def test_each_format_has_the_expected_content(observe: Start, run: Path) -> None:
    html, md, junit, trace = (observe("report", run, "--format", form) for form in ("html", "md", "junit", "trace"))

    assert (html.ends(), md.ends(), junit.ends(), trace.ends()) == (0, 0, 0, 0)
    assert html.out.lower().startswith(b"<!doctype html>")
    assert md.out.startswith("### ✅".encode())
    assert Xml.fromstring(junit.out).tag == "testsuites"
    assert json.loads(trace.out)["traceEvents"]
    assert html.err == md.err == junit.err == trace.err == ""


def test_it_writes_to_a_file_and_finds_runs_by_their_id(observe: Start, run: Path, tmp_path: Path) -> None:
    command = observe("report", "2026", "-f", "junit", "-o", tmp_path / "out.xml", cwd=tmp_path)

    assert command.ends() == 0
    assert command.out == b""
    assert Xml.parse(tmp_path / "out.xml").getroot().tag == "testsuites"


def test_github_appends_it_to_the_job_summary(observe: Start, run: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    command = observe("report", run, "-f", "md", "--github", env={"GITHUB_STEP_SUMMARY": str(summary)})

    assert command.ends() == 0
    assert summary.read_text("utf-8").startswith("before\n\n### ✅ complete")
    assert command.err == ""


def test_a_report_that_was_shortened_for_the_job_summary_is_noted(observe: Start, run: Path, tmp_path: Path) -> None:
    """Without --format, as the job summary has one format."""
    summary = tmp_path / "summary.md"
    summary.write_bytes(b"x" * (LIMIT - 200))
    full = tmp_path / "full.md"
    full.write_bytes(b"x" * LIMIT)
    shortened, refused = (
        observe("report", run, "--github", env={"GITHUB_STEP_SUMMARY": str(path)}) for path in (summary, full)
    )

    assert (shortened.ends(), refused.ends()) == (0, 2)
    assert "the report was shortened, as the job summary has no room for all of it" in shortened.err
    assert b"\n\n### \xe2\x9c\x85 complete" in summary.read_bytes()
    assert summary.stat().st_size <= LIMIT
    assert "nothing was appended to the job summary" in refused.err
    assert full.stat().st_size == LIMIT


@pytest.mark.parametrize(
    ("name", "form"),
    [("a.md", "md"), ("a.HTML", "html"), ("a.xml", "junit"), ("b/a.json", "trace"), ("a", None), ("a.md.txt", None)],
)
def test_the_suffix_of_the_file_names_the_format(name: str, form: str | None) -> None:
    assert implied_format(Path(name), github=False) == form


@pytest.mark.parametrize(
    ("name", "form"), [("md", "md"), ("HTML", "html"), ("xml", "junit"), ("json", "trace"), ("trace", "trace")]
)
def test_a_file_named_like_a_format_is_refused_unless_it_is_a_path(name: str, form: str) -> None:
    with pytest.raises(UsageError, match=f"did you mean --format {form}. A file of that name is -o ./{name}"):
        parse_target(name, chosen=True)
    assert parse_target(f"./{name}", chosen=True) == Path(name)


def test_a_format_that_is_given_counts_more_than_a_suffix_which_counts_more_than_a_setting(
    observe: Start, run: Path, tmp_path: Path
) -> None:
    given, suffix, refused = (
        observe("report", run, *arguments, cwd=tmp_path, env={"RUNTAIL_FORMAT": "junit"})
        for arguments in (("-f", "md", "-o", "a.html"), ("-o", "b.html"), ("-o", "md"))
    )

    assert (given.ends(), suffix.ends(), refused.ends()) == (0, 0, 2)
    assert (tmp_path / "a.html").read_text("utf-8").startswith("### ")
    assert (tmp_path / "b.html").read_text("utf-8").startswith("<!doctype html>")
    assert "observe: -o md: did you mean --format md?" in refused.err


def test_a_setting_for_the_output_of_other_commands_is_ignored(observe: Start, run: Path, tmp_path: Path) -> None:
    command = observe("report", run, "-f", "md", env={"RUNTAIL_OUTPUT": "json"}, cwd=tmp_path)

    assert command.ends() == 0
    assert command.out.startswith(b"### ")
    assert not (tmp_path / "json").exists()


def test_a_signal_leaves_the_old_report_and_nothing_else(observe: Start, run: Path, tmp_path: Path) -> None:
    """It waits for the end of standard input, with the file beside the target open."""
    target = tmp_path / "out" / "a.html"
    target.parent.mkdir()
    target.write_text("old")
    reader, writer = os.pipe()
    command = observe("report", "-", "-o", target, stdin=reader)
    wait_until(lambda: len(os.listdir(target.parent)) == 2, "a file beside the target")
    command.process.terminate()

    assert command.ends() == 128 + signal.SIGTERM
    os.close(writer)
    os.close(reader)
    assert os.listdir(target.parent) == ["a.html"]
    assert target.read_text() == "old"


def test_a_dash_is_standard_output(observe: Start, run: Path) -> None:
    command = observe("report", run, "-f", "md", "-o", "-")

    assert command.ends() == 0
    assert command.out.startswith(b"### ")


def test_a_usage_error_exits_2_with_a_message(observe: Start, run: Path, tmp_path: Path) -> None:
    without = {"GITHUB_STEP_SUMMARY": ""}
    nowhere, elsewhere, html, missing, unwritable, itself = (
        observe("report", run, "-f", "md", "--github", env=without),
        observe("report", run, "-f", "md", "--github", "-o", "x.md", env=without),
        observe("report", run, "-f", "html", "--github", env=without),
        observe("report", tmp_path / "none.ndjson"),
        observe("report", run, "-f", "md", "-o", tmp_path / "no" / "where.md"),
        observe("report", run, "-o", run),
    )

    assert [one.ends() for one in (nowhere, elsewhere, html, missing, unwritable, itself)] == [2] * 6
    assert "GITHUB_STEP_SUMMARY is not set" in nowhere.err
    assert "cannot be combined with -o" in elsewhere.err
    assert "--format md" in html.err
    assert "does not exist" in missing.err
    assert ": No such file or directory); choose another file with -o" in unwritable.err
    assert "would overwrite the run itself" in itself.err
    assert run.read_bytes() == small().bytes


def test_nothing_beside_the_run_is_written(observe: Start, run: Path) -> None:
    before = os.stat(run)
    for form in ("md", "junit", "trace"):
        assert observe("report", run, "-f", form).ends() == 0

    assert os.listdir(run.parent) == [run.name]
    assert os.stat(run).st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("form", list(Format))
def test_a_report_comes_in_pieces_large_enough_to_be_written_one_by_one(run: Path, form: Format) -> None:
    pieces = list(report(load_run(run), form))

    assert sum(map(len, pieces)) / len(pieces) > 200
