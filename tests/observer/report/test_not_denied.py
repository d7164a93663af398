"""What a report says of what it cannot know: nothing is denied, and counts are the least that they were."""

from pathlib import Path

import pytest

from observer.cli.report import Format
from tests.observer.report.test_answer import every_format, written
from tests.observer.written import Script, small


@every_format
def test_nothing_is_denied_of_a_run_whose_beginning_is_gone(form: Format, tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[-2:]
    text = written(script.to(tmp_path / "a.ndjson"), form)

    for denial in ("No errors", "No problems", "No calls were blocked", "0 sessions", "<dd>0</dd>"):
        assert denial not in text, denial
    assert "known from event 9 on" in text.lower()


def test_counts_of_a_run_whose_beginning_is_gone_are_at_least(tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[-2:]
    path = script.to(tmp_path / "a.ndjson")

    assert "at least 1 session · 2 events · counted from event 9 on" in written(path, Format.MARKDOWN)
    assert "<dt>Sessions</dt><dd><small>at least</small> 1</dd>" in written(path, Format.HTML)


def test_a_malformed_line_may_have_been_anything(tmp_path: Path) -> None:
    script = small()
    assert "No calls were blocked." in written(script.to(tmp_path / "a.ndjson"), Format.HTML)
    assert "No problems." in written(script.to(tmp_path / "a.ndjson"), Format.HTML)
    script.lines.insert(3, b"not json")
    text = written(script.to(tmp_path / "a.ndjson"), Format.HTML)

    assert "None in what is known of the run." in text
    assert "No problems." not in text


def test_a_complete_run_with_a_failed_call_is_not_said_to_be_without_problems(tmp_path: Path) -> None:
    script = small()
    script.lines[3] = Script().result("Bash", "t1", "no", status="error").lines[0]
    text = written(script.to(tmp_path / "a.ndjson"), Format.HTML)

    assert 'Failed calls <span class="count">1</span>' in text
    assert "No problems" not in text


def test_a_blocked_call_that_only_the_end_mentions_is_listed(tmp_path: Path) -> None:
    script = small()
    script.lines = script.lines[-2:-1]
    script.complete(blocked=[{"tool_use_id": "t9", "name": "Bash", "command": "curl evil.example", "rule": "network"}])
    text = written(script.to(tmp_path / "a.ndjson"), Format.HTML)

    assert 'Blocked calls <span class="count">1</span>' in text
    assert '<code>curl evil.example</code> <span class="chip">network</span>' in text


@pytest.mark.parametrize("form", [Format.MARKDOWN, Format.HTML])
def test_the_duration_of_a_run_whose_beginning_is_gone_is_at_least_that_of_the_rest(
    form: Format, tmp_path: Path
) -> None:
    script = Script().start().thought("a", at=3).thought("b", at=8)
    script.lines = script.lines[1:]

    assert "at least 5.0s" in written(script.to(tmp_path / "a.ndjson"), form)


def test_nothing_is_denied_of_a_file_without_a_readable_event(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(bytes(1000))
    text = written(path, Format.HTML)
    assert "No calls were blocked" not in text
    assert "None in what is known of the run." in text
