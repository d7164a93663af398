"""A whole run on one screen. Tests observer.runs.summary.sessions and observer.runs.summary.tool_totals too."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import to_builtins

from observer.format.lines import Block, LineSplitter
from observer.runs.state.tokens import Tokens
from observer.runs.summary.summary import Summary
from tests.helpers import event_at
from tests.observer.written import Script, every_status, every_type

ENVELOPE = b'"timestamp":"2026-11-23T01:12:32.000000Z","run":"r","phase":"coding","iteration":3,"parent":null'
ENVELOPE = b'"timestamp":"2026-11-23T01:12:32.000000Z","run":"r","phase":"coding","iteration":3,"parent":null'
DEEP = b'{"seq":9,%s,"type":"tool_use","data":{"id":"d","name":"Bash","input":{"a":%s%s}}}' % (
    ENVELOPE, 300 * b"[", 300 * b"]",
)  # fmt: skip
ODD = (DEEP, b"", b"{broken", b'{"type":"thought"}', b'{"type":"heartbeat","data":{"in_flight":[]}}')
EVENTS = [*every_type().lines, *(json.dumps(event).encode() for event in every_status()), *ODD]


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


def test_a_call_that_does_not_name_its_tool_counts_once_for_the_tool_that_its_result_names() -> None:
    for id_ in ("a", ""):
        found = summary(
            event_at(1, "tool_use", id=id_, name=None, input={"command": "ls"}), result(2, id_, "Bash", "error", 5)
        )
        assert {name: (tool.calls, tool.errors) for name, tool in found.tools.by_name.items()} == {"Bash": (1, 1)}
        assert [(call.name, call.subject) for call in found.calls.failed] == [("Bash", "ls")]


def test_a_result_that_does_not_name_its_tool_counts_for_the_one_of_its_call() -> None:
    found = summary(event_at(1, "tool_use", id="a", name="Bash", input={}), event_at(2, "tool_result", tool_use_id="a"))
    assert {name: tool.calls for name, tool in found.tools.by_name.items()} == {"Bash": 1}


def test_a_refused_write_or_a_failed_edit_is_no_file_written() -> None:
    def write(id_: str, name: str, path: str) -> bytes:
        key = "notebook_path" if name == "NotebookEdit" else "file_path"
        return event_at(2, "tool_use", id=id_, name=name, input={key: path})

    found = summary(
        write("a", "Write", "/p/refused"), result(3, "a", "Write", "blocked", 0, reason="outside of the project"),
        write("b", "Edit", "/p/failed"), result(3, "b", "Edit", "error", 2),
        write("c", "MultiEdit", "/p/never_ended"),
        write("d", "NotebookEdit", "/p/once.ipynb"), result(3, "d", "NotebookEdit", "success", 2),
        write("e", "Edit", "/p/twice"), result(3, "e", "Edit", "success", 2),
        write("f", "Edit", "/p/twice"), result(3, "f", "Edit", "success", 2),
        write("g", "Edit", "/p/twice"), result(3, "g", "Edit", "error", 2),
        result(4, "e", "Edit", "success", 2),
    )  # fmt: skip
    assert {path: file.writes for path, file in found.calls.files.items()} == {"/p/once.ipynb": 1, "/p/twice": 2}


def message(second: float, tokens: dict[str, int] | None, parent: str | None = None, /, **more: object) -> bytes:
    data = {"id": f"m{second}", "model": "claude-x", "stop_reason": "end_turn", "text": "x", **more}
    return event_at(second, "message", parent, tokens=tokens, **data)


_BOTH = frozenset({"output", "thinking"})


def test_tokens_are_summed_by_model_and_by_agent() -> None:
    found = summary(
        message(1, {"input": 1, "output": 2}),
        message(2, {"input": 10, "output": 20, "cache_read": 5}, "t1", model="claude-y"),
        message(3, {"input": 100, "thinking": 7}, "t1", model=None),
        message(4, None),
    )
    assert {name: (model.messages, model.tokens) for name, model in found.models.items()} == {
        "claude-x": (2, Tokens(input=1, output=2)),
        "claude-y": (1, Tokens(input=10, output=20, cache_read=5)),
        "unknown": (1, Tokens(input=100, thinking=7)),
    }
    assert found.spent == {
        None: Tokens(input=1, output=2),
        "t1": Tokens(input=110, output=20, cache_read=5, thinking=7, partial=_BOTH),
    }
    assert found.tokens == Tokens(input=111, output=22, cache_read=5, thinking=7, partial=_BOTH)


def test_the_total_that_a_run_states_counts_if_it_is_further_than_its_messages() -> None:
    end = event_at(9, "complete", outcome="success", tokens={"input": 500})
    assert summary(message(1, {"input": 1}), end).tokens == Tokens(input=500)
    session = event_at(3, "session_end", outcome="success", tokens={"input": 1})
    running = summary(message(1, {"input": 1}), session, message(4, {"input": 2}))
    assert running.tokens == Tokens(input=3)
    assert summary(*RUN).tokens is None


def test_prompts_unusual_ends_and_troubles_of_sessions_are_kept() -> None:
    servers = [{"name": "tickets", "status": "failed"}, {"name": "git", "status": "connected"}]
    found = summary(
        event_at(0, "session_start", agent_type="SINGLE", mcp_servers=servers),
        event_at(1, "prompt", text="Do it", source="user"),
        event_at(2, "info", kind="user_message", message="in an old file"),
        event_at(3, "prompt", "t1", text="Review", source="subagent"),
        message(4, None, stop_reason="refusal"),
        event_at(5, "todo", items=[{"text": "a", "status": "completed"}]),
        event_at(6, "session_end", outcome="failed", terminal_reason="api_error", errors=["overloaded", 7],
                 tokens={"output": 3}),
    )  # fmt: skip
    assert [(said.prompt.source, said.prompt.text, said.parent) for said in found.prompts] == [
        ("user", "Do it", None),
        ("user", "in an old file", None),
        ("subagent", "Review", "t1"),
    ]
    assert [trouble.text for trouble in found.troubles.found] == [
        "tickets failed", "the model refused to answer", "overloaded",
    ]  # fmt: skip
    assert [item.text for item in found.state.todo] == ["a"]
    (session,) = found.sessions.all
    assert (session.terminal_reason, session.errors, session.tokens) == (
        "api_error", ["overloaded"], Tokens(output=3),
    )  # fmt: skip


def test_of_two_sessions_at_once_each_has_its_own_end() -> None:
    def of(iteration: int, line: bytes) -> bytes:
        return line.replace(b'"iteration":3', b'"iteration":%d' % iteration)

    found = summary(
        of(1, event_at(0, "session_start", agent_type="SINGLE")),
        of(2, event_at(1, "session_start", agent_type="SINGLE")),
        of(1, event_at(2, "session_end", outcome="success")),
        of(2, event_at(3, "session_end", outcome="failed")),
    )
    assert [(session.iteration, session.outcome) for session in found.sessions.all] == [(1, "success"), (2, "failed")]


def test_it_counts_what_happened() -> None:
    found = summary(*RUN)
    assert (found.events, found.malformed) == (15, 1)
    bash, write = found.tools.by_name["Bash"], found.tools.by_name["Write"]
    assert (bash.calls, bash.errors, bash.blocked, bash.duration_s) == (2, 1, 1, 2.0)
    assert (write.calls, [(path, file.writes) for path, file in found.written]) == (1, [("a.py", 1)])
    assert [(call.name, call.rule, call.subject) for call in found.calls.blocked] == [("Bash", "allowlist", "curl x")]
    (session,) = found.sessions.all
    assert (session.agent_type, session.outcome, session.turns, session.duration_s, session.cost_usd) == (
        "INITIALIZER", "failed", 4, 21.0, 0.5,
    )  # fmt: skip
    assert [(agent.agent_type, agent.status, agent.parent) for agent in found.subagents.all] == [
        ("Explore", "completed", None),
        ("Review", None, "t"),
    ]
    assert [(passing, total) for _, passing, total in found.counts] == [(0, 2), (1, 2)]


@given(st.lists(st.sampled_from(every_type().lines) | st.sampled_from(EVENTS), max_size=60), st.integers(1, 5000))
@settings(deadline=None, max_examples=200)
def test_blocks_of_lines_add_up_to_the_same_as_their_lines(lines: list[bytes], size: int) -> None:
    assert totals(of_blocks(lines, size)) == totals(of_lines(lines))


def test_what_most_blocks_do_not_have_counts_in_blocks_too() -> None:
    retry = {"attempt": 1, "max_retries": 10, "delay_ms": 551.0, "status": 529, "error": "overloaded"}
    answered = Script().start().add("api_retry", retry, at=1).thought("a", at=2)
    for lines in ([every_type().lines[0], DEEP], every_type().lines[4:], answered.lines):
        for size in (1, 100_000):
            assert totals(of_blocks(lines, size)) == totals(of_lines(lines))


def of_lines(lines: list[bytes]) -> Summary:
    summary = Summary()
    summary.take(LineSplitter().feed(b"".join(line + b"\n" for line in lines)))
    return summary


def of_blocks(lines: list[bytes], size: int) -> Summary:
    """Return the summary of lines in blocks of at least `size` bytes."""
    data, summary, begin = b"".join(line + b"\n" for line in lines), Summary(), 0
    while begin < len(data):
        end = data.find(b"\n", min(len(data) - 1, begin + size - 1)) + 1
        summary.take_block(Block(data[begin:end], begin))
        begin = end
    return summary


def totals(summary: Summary) -> dict[str, Any]:
    """Return all that a summary says; of events, their fields."""
    events = {name: vars(summary)[name] for name in ("start", "end", "last_error")}
    names = (
        "events",
        "malformed",
        "first_malformed",
        "models",
        "spent",
        "used",
        "counts",
        "context",
        "first_malformed_offset",
        "tokens",
    )
    calls = summary.calls
    return {
        **{name: event and (event.type, event.seq, event.timestamp, event.data) for name, event in events.items()},
        **{name: getattr(summary, name) for name in names},
        "sessions": summary.sessions.all,
        "tools": summary.tools.by_name,
        "prompts": summary.prompts,
        "tokens": summary.tokens,
        "subagents": [to_builtins(agent) for agent in [*summary.subagents.all, *summary.subagents.cut]],
        "calls": [calls.failed, calls.blocked, calls.files, calls.running(), calls.cut(), calls.dropped_heartbeats],
        "troubles": [summary.troubles.found, summary.troubles.unanswered()],
        "features": [summary.features.failing, summary.features.unnamed_failing, summary.features.flips],
        "known_from": summary.state.known_from,
        "state": summary.state.status_at(0, writer_alive=None),
    }


def test_the_types_of_most_lines_are_found_in_blocks() -> None:
    summary = Summary()
    summary.take_block(Block(Script().start().bytes, 0))
    summary.take = None  # type: ignore[method-assign, assignment] # not used from here on
    summary.take_block(Block(every_type().bytes, 1000))

    assert summary.events == 1 + len(every_type().lines)
