"""A whole run on one screen."""

from pathlib import Path

from observer.format.lines import LineSplitter
from observer.runs.listing import ListedRun
from observer.runs.state import Status, Verdict
from observer.runs.summary import Summary
from observer.terminal.screen import Screen
from observer.terminal.summary_view import screenful
from tests.helpers import event_at


def summary(*lines: bytes) -> Summary:
    found = Summary()
    found.take(LineSplitter().feed(b"".join(lines)))
    return found


def result(second: float, id_: str, name: str, status: str, ms: float, **more: object) -> bytes:
    return event_at(
        second, "tool_result", tool_use_id=id_, name=name, status=status, duration_ms=ms, output="x", **more
    )


RUN = (
    event_at(0, "run_start", project_dir="/p", command="agent build SPEC.md", about="A thing", model="claude-x"),
    event_at(1, "session_start", agent_type="INITIALIZER", iteration=1),
    event_at(2, "tool_use", id="a", name="Write", input={"file_path": "/p/a.py", "content": "x"}),
    result(3, "a", "Write", "success", 5),
    event_at(4, "tool_use", id="b", name="Bash", input={"command": "curl x"}),
    result(5, "b", "Bash", "blocked", 0, rule="allowlist", command="curl x", reason="not on the list"),
    event_at(6, "tool_use", id="c", name="Bash", input={"command": "make"}),
    result(7, "c", "Bash", "error", 2000),
    event_at(8, "subagent_start", id="ag", tool_use_id="t", agent_type="Explore", description="Find it"),
    event_at(8, "subagent_start", "t", id="ag2", tool_use_id="u", agent_type="Review", description="Inside"),
    event_at(
        9, "subagent_complete", id="ag", tool_use_id="t", status="completed", duration_ms=900, tool_uses=2, tokens=1500
    ),
    event_at(10, "progress", passing=0, total=2),
    event_at(20, "progress", passing=1, total=2),
    event_at(21, "error", message="the model is gone\nTraceback", kind="silence"),
    event_at(22, "session_end", outcome="failed", turns=4, duration_ms=21000, cost_usd=0.5),
    b"{broken\n",
)


def test_it_counts_what_happened() -> None:
    found = summary(*RUN)
    assert (found.events, found.broken, found.errors) == (15, 1, 1)
    bash, write = found.tools["Bash"], found.tools["Write"]
    assert (bash.calls, bash.errors, bash.blocked, bash.took) == (2, 1, 1, 2.0)
    assert (write.calls, found.files) == (1, {"/p/a.py": 1})
    assert [(call.name, call.rule, call.what) for call in found.blocked] == [("Bash", "allowlist", "curl x")]
    (session,) = found.sessions
    assert (session.agent_type, session.outcome, session.turns, session.took, session.cost_usd) == (
        "INITIALIZER", "failed", 4, 21.0, 0.5,
    )  # fmt: skip
    assert [(agent.agent_type, agent.status, agent.parent) for agent in found.subagents.values()] == [
        ("Explore", "completed", None),
        ("Review", None, "t"),
    ]
    assert [(passing, total) for _, passing, total in found.counts] == [(0, 2), (1, 2)]


def shown(found: Summary, width: int | None = None, *, full: bool = False) -> str:
    listed = ListedRun(Path("r.ndjson"), "r", found.state, Status(Verdict.FAILED), 5000, 0.0)
    return "\n".join(screenful(listed, found, 0.0, Screen(width=lambda: width), full=full))


def test_it_shows_them_on_one_screen() -> None:
    text = shown(summary(*RUN))
    for part in (
        "run r  failed",
        "A thing",
        "15 events · 5.0 kB · 1 broken line",
        "1/2 passing",
        "  initializer 3   failed      4 turns · 21s · $0.50",
        "  Bash                 2      2.0s  1 failed  1 blocked",
        "  ✓ Explore  Find it  0.9s · 2 tools · 1.5k tokens",
        "  │ … Review  Inside",
        "  ⊘ Bash  curl x  allowlist",
        "  a.py",
        "silence  the model is gone",
    ):
        assert part in text, part
    assert "Traceback" not in text


def test_a_narrow_screen_cuts_lines_off() -> None:
    narrow = shown(summary(*RUN), 40)
    assert all(len(line) < 40 for line in narrow.split("\n"))
    assert any(len(line) == 39 and line.endswith("…") for line in narrow.split("\n"))


def test_much_is_left_out_unless_all_is_asked_for() -> None:
    many = summary(*(event_at(n % 30, "tool_use", id=str(n), name=f"Tool{n}", input={}) for n in range(30)))
    assert "and 22 more" in shown(many)
    assert "Tool29" in shown(many, full=True)
    error = event_at(1, "error", kind="k", message="x" * 999)
    long = summary(event_at(0, "run_start", about="long " * 100 + "end", command="c"), error)
    assert "…+303" in shown(long)
    assert "long end" in shown(long, 40, full=True)
    assert "x" * 999 in shown(long, 40, full=True)


def test_the_last_error_says_how_much_more_there_is_and_with_full_all_of_it() -> None:
    found = summary(
        event_at(1, "error", kind="k", message="it broke\n\nbecause of a\nand b", traceback="File x\n  line 3")
    )
    assert shown(found).split("\n")[-2:] == ["  01:12:31  k  it broke", "    … 4 more lines"]
    assert shown(found, full=True).split("\n")[-5:] == [
        "  01:12:31  k  it broke", "    because of a", "    and b", "    File x", "      line 3",
    ]  # fmt: skip
    assert "more line" not in shown(summary(event_at(1, "error", kind="k", message="it broke\n")))


def test_hostile_text_and_rings_of_subagents_do_no_harm() -> None:
    nasty = "\x1b[2J\x9b[/bold]\u202e"
    found = summary(
        event_at(1, "run_start", project_dir=nasty, command=nasty, about=nasty),
        event_at(1, "subagent_start", "b", id="1", tool_use_id="a", agent_type=nasty, description=nasty),
        event_at(1, "subagent_start", "a", id="2", tool_use_id="b", agent_type=nasty, description=nasty),
        event_at(2, "error", message=nasty, kind=nasty),
        event_at(3, "tool_use", id="a", name=nasty, input={"file_path": nasty}),
        b'{"type":"tool_use","data":{"name":7}}\n{"type":"tool_result","data":[]}\n{"type":"progress","data":{}}\n',
    )
    assert not set(shown(found, full=True)) & set("\x1b\x9b\u202e")


def test_an_empty_run_is_shown_too() -> None:
    assert shown(summary()).startswith("run r  failed")
