"""A run as Markdown: what it says, how long it may be, and that text of the run stays text.

Tests observer.report.markdown, observer.report.markdown_answer and observer.report.markdown_parts.
"""

import os
import re
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from observer import load_run
from observer.format.zone import Zone
from observer.report.markdown import MAX_CHARACTERS, SHORTENED, fit_sections, render_markdown
from tests.observer.written import BEGIN, Script, every_type, small

NOW = BEGIN.timestamp() + 60


def shown(script: Script, tmp_path: Path) -> str:
    return render_markdown(load_run(script.to(tmp_path / "a.ndjson")), NOW)


def test_it_states_outcome_duration_and_cost(tmp_path: Path) -> None:
    text = shown(small(), tmp_path)

    assert text.startswith("### ✅ complete · run `20261123T011230Z-7f3a9c`\n\n`A notebook`\n")
    assert "9.0s · $0.50 · 1 session · 10 events" in text
    assert "| `coding 3` | `success` | 3 | 7.0s | $0.50 |" in text
    assert "| `Bash` | 1 |  |  | 0.5s |" in text
    assert "| `a.py` | +1 | 1 |" in text


def test_problems_are_listed_with_their_lines(tmp_path: Path) -> None:
    script = Script().start().add("error", {"message": "the list is gone", "kind": "feature_list"})
    script.use("Bash", "t1", {"command": "rm -rf /"}).result(
        "Bash", "t1", status="blocked", command="rm -rf /", rule="rm", reason="never"
    )
    text = shown(script.complete(outcome="failed"), tmp_path)

    assert text.startswith("### ❌ failed")
    assert "- 2026-11-23 01:12:30 UTC `feature_list` `the list is gone` (event 2)" in text
    assert "| `Bash` | `rm -rf /` | `rm` | `never` |" in text


def test_progress_is_a_bar(tmp_path: Path) -> None:
    text = shown(Script().start().add("progress", {"passing": 3, "total": 4, "changed": []}), tmp_path)

    assert "3 of 4 features pass" in text
    assert f"`{'█' * 30}{'░' * 10}` 75%" in text


def test_text_of_the_run_is_only_in_code_spans(tmp_path: Path) -> None:
    nasty = "@everyone ![x](http://evil/p.png) <img src=x> | `` # fixes #12 \u202e\x1b[31m\n### hi"
    script = Script().start(about=nasty, model=nasty).add("error", {"message": nasty, "kind": nasty})
    script.use(nasty, "t1", {"file_path": nasty}).result(nasty, "t1", status="blocked", reason=nasty, rule=nasty)
    script.add("subagent_start", {"id": "a", "tool_use_id": "t1", "agent_type": nasty, "description": nasty})
    script.add("session_start", {"iteration": 3, "agent_type": nasty, "session_id": "s"})
    text = shown(script, tmp_path)

    outside = re.sub(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    assert not set("@<![\u202e\x1b") & set(outside.replace("<details>", "").replace("</details>", "")) - {"<", ">"}
    assert "everyone" not in outside
    assert "img" not in outside
    assert "\n### hi" not in text


def test_a_vertical_bar_is_escaped_only_in_tables(tmp_path: Path) -> None:
    script = Script().start(about="a | b").add("error", {"message": "c | d", "kind": "k"})
    text = shown(script.use("e|f", "t1", {}).result("e|f", "t1"), tmp_path)

    assert "`a | b`" in text
    assert "`c | d`" in text
    assert "| `e\\|f` | 1 |" in text


def test_a_long_table_states_how_many_rows_are_missing(tmp_path: Path) -> None:
    script = Script().start()
    for number in range(100):
        script.use(f"tool{number}", f"t{number}", {})

    assert "The first 30 of 100." in shown(script, tmp_path)


def test_it_fits_into_a_comment_whatever_the_run_contains(tmp_path: Path) -> None:
    long = "word " * 4_000
    script = Script().start(about=long)
    for number in range(40):
        name = f"{number} {long}"
        script.add("session_start", {"iteration": 3, "agent_type": name, "session_id": "s"})
        script.use(name, f"t{number}", {"file_path": name}).result(name, f"t{number}", status="blocked", reason=name)
        script.add("error", {"message": name, "kind": name})
        script.add("subagent_start", {"id": f"{number}", "tool_use_id": f"t{number}", "agent_type": name,
                                      "description": name})  # fmt: skip
    text = shown(script, tmp_path)

    assert len(text) <= MAX_CHARACTERS
    assert "characters)" in text
    assert "#### Blocked calls" in text
    assert "#### Problems" in text


def test_the_answer_is_never_truncated_however_long_its_parts_are(tmp_path: Path) -> None:
    """Vertical bars are escaped in tables, and become twice as long."""
    long = "|" * 3_000
    features = [{"name": f"{number} {long}", "passes": False} for number in range(500)]
    script = Script().start(about=long, model=long, host=long, version=long, project_dir=long, resumed_from=long)
    script.add("progress", {"passing": 0, "total": 900, "changed": [], "features": features})
    for number in range(300):
        for status in ("error", "blocked"):
            key = f"{status}{number}"
            script.use(long, key, {"command": long})
            script.result(long, key, long, status=status, rule=long, reason=long, command=long)
        script.add("error", {"message": f"{number} {long}\n{long}", "kind": long})
    text = shown(script.complete(outcome="failed", message="\n".join([long] * 20)), tmp_path)

    assert len(text) <= MAX_CHARACTERS
    for title in ("Features that fail", "Failed calls", "Blocked calls", "Problems", "This run"):
        assert f"#### {title}" in text
    assert "The last" in text
    assert "<summary>Last events</summary>" in text


@pytest.mark.parametrize(
    ("max_bytes", "kept"),
    [(None, 3), (1500, 3), (1499, 2), (1000 + len(SHORTENED), 2), (999 + len(SHORTENED), 1), (499 + len(SHORTENED), 0)],
)
def test_sections_are_left_out_from_the_end_and_bytes_count(max_bytes: int | None, kept: int) -> None:
    sections = ["ä" * 250, "b" * 500, "c" * 500]
    note = "" if kept in {0, 3} else SHORTENED

    assert fit_sections(sections, max_bytes) == "".join(sections[:kept]) + note


def test_a_running_tool_is_code_in_the_title(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("observer.runs.one_run.run.time", lambda: NOW)
    path = Script().start(host="another machine").use("<img>@me", "t", {}, at=50).to(tmp_path / "a.ndjson")
    os.utime(path, (NOW - 10, NOW - 10))

    assert render_markdown(load_run(path), NOW).startswith("### ⏳ `in tool <img>@me 10s` · run")


def test_prompts_tokens_things_to_do_and_troubles_are_listed(tmp_path: Path) -> None:
    text = shown(every_type(), tmp_path)

    for part in (
        "9.0s · $0.50 · 28.9k tokens · 1 session",
        "`recorded from ci:/runs/a.ndjson`\n\n#### Features that fail\n\n- the file does not name them",
        "- 2026-11-23 01:12:31 UTC `MCP server` `tickets failed` (event 2)\n"
        "- 2026-11-23 01:13:44 UTC `refusal` `the model refused` (event 32)",
        "- 2026-11-23 01:13:46 UTC `session failed` `the API refused` (event 34)",
        "| `coding 3` | `failed` `api error` | 3 | 7.0s | $0.50 | 28.8k tokens in, 123 out |",
        "| `Explore` | `Pick a blue` | `completed` | 1.0s | 1 | 9.6k tokens in, 41 out |",
        "| `claude-x` | 2 | 19.2k | 18.4k | 82 | 8+ |",
        "| 2026-11-23 01:12:31 UTC | `harness` | `Make the page blue.\\nNot too blue.` |",
        "| 2026-11-23 01:13:42 UTC | `queued` | `Blue, please.` |",
        "<details><summary>To do: 1/3 done</summary>",
        "| `Ask for the colour` | `in progress` |",
    ):
        assert part in text, part
    assert "system-reminder" not in text


def test_what_is_not_known_is_left_out(tmp_path: Path) -> None:
    script = small()
    script.lines.pop()
    script.use("Agent", "t3", {}).add("subagent_start", {"id": "a", "tool_use_id": "t3", "agent_type": "Explore"})
    tokens = {"input": 800, "output": None, "cache_read": 0, "cache_write": 0, "thinking": None}
    script.add("message", {"id": "m", "model": "claude-x", "stop_reason": None, "tokens": tokens}, parent="t3")
    script.add("subagent_complete", {"id": "a", "tool_use_id": "t3", "status": "completed", "tokens": 900})
    script.result("Agent", "t3", status="blocked", duration_ms=None)
    script.add("session_start", {"iteration": 4, "agent_type": "CODING"})
    script.add("session_end", {"outcome": "failed", "errors": ["", " \n", "it broke"]}, at=9)
    text = shown(script.complete(outcome="failed"), tmp_path)

    assert "| `Explore` |  | `completed` |  |  | 900 tokens |" in text
    assert "| `claude-x` | 1 | 800 | 0 | ? |  |" in text
    assert "| `Agent` | 1 |  | 1 |  |" in text
    assert (
        text.partition("#### Problems\n\n")[2].partition("\n\n")[0]
        == "- 2026-11-23 01:12:39 UTC `session failed` `it broke` (event 16)"
    )


def test_times_are_in_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    tokyo = Zone("Asia/Tokyo", timezone(timedelta(hours=9), "JST"))
    text = render_markdown(load_run(every_type().to(tmp_path / "a.ndjson")), NOW, tokyo)
    assert "| 2026-11-23 10:12:31 JST | `harness` |" in text
    assert "- started: `2026-11-23 10:12:30 JST`" in text
    assert "UTC" not in text
