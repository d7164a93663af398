"""A whole run on one screen."""

from observer.format.lines import LineSplitter
from observer.runs.summary import Summary
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
    assert (bash.calls, bash.errors, bash.blocked, bash.duration_s) == (2, 1, 1, 2.0)
    assert (write.calls, found.files) == (1, {"/p/a.py": 1})
    assert [(call.name, call.rule, call.what) for call in found.blocked] == [("Bash", "allowlist", "curl x")]
    (session,) = found.sessions
    assert (session.agent_type, session.outcome, session.turns, session.duration_s, session.cost_usd) == (
        "INITIALIZER", "failed", 4, 21.0, 0.5,
    )  # fmt: skip
    assert [(agent.agent_type, agent.status, agent.parent) for agent in found.subagents.values()] == [
        ("Explore", "completed", None),
        ("Review", None, "t"),
    ]
    assert [(passing, total) for _, passing, total in found.counts] == [(0, 2), (1, 2)]
