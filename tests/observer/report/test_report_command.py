"""`observe report` as a process: where it writes, and its exit codes. Tests observer.cli.report."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from observer.cli.report import Format, report
from observer.runs.run import load_run
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
    assert summary.read_text("utf-8").startswith("before\n### ✅ complete")


def test_a_usage_error_exits_2_with_a_message(observe: Start, run: Path, tmp_path: Path) -> None:
    without = {"GITHUB_STEP_SUMMARY": ""}
    nowhere, elsewhere, html, missing, unwritable, itself = (
        observe("report", run, "-f", "md", "--github", env=without),
        observe("report", run, "-f", "md", "--github", "-o", "x.md", env=without),
        observe("report", run, "--github", env=without),
        observe("report", tmp_path / "none.ndjson"),
        observe("report", run, "-f", "md", "-o", tmp_path / "no" / "where.md"),
        observe("report", run, "-o", run),
    )

    assert [one.ends() for one in (nowhere, elsewhere, html, missing, unwritable, itself)] == [2] * 6
    assert "GITHUB_STEP_SUMMARY is not set" in nowhere.err
    assert "cannot be combined with -o" in elsewhere.err
    assert "--format md" in html.err
    assert "does not exist" in missing.err
    assert "(No such file or directory); choose another file with -o" in unwritable.err
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
