"""Runs that the tests of the page share."""

import json

from tests.observer.runs.test_state import at as line

HOSTILE = (
    '</script><script>window.pwned = true; alert(1)</script><img src=x onerror="window.pwned = true">'
    "\"'&<!-- ]]> \x1b[31mred \u202egnp\u2066 \u200b\ufeff\u2028\x00"
)


def tool(second: float, id_: str, name: str, status: str, output: str, /, took: float = 1, **given: object) -> bytes:
    """Return the two lines of a call that took `took` seconds."""
    use = line(second, "tool_use", id=id_, name=name, input=given)
    return use + line(
        second + took, "tool_result", tool_use_id=id_, name=name, status=status, duration_ms=took * 1000, output=output
    )


RUN = (
    line(0, "run_start", project_dir="/home/me/thing", command="agent build SPEC.md", about="A thing that works",
         heartbeat_s=5.0),
    line(1, "session_start", agent_type="CODING", iteration=1, model="claude-x"),
    line(1, "progress", passing=0, total=5, changed=[]),
    line(2, "thought", text="I run the tests ", message="m1", block=0),
    line(2.5, "thought", text="first.", message="m1", block=0),
    tool(3, "t1", "Bash", "error", "1 failed, 33 passed", took=4, command="pytest -q"),
    line(8, "tool_use", id="t2", name="Bash", input={"command": "curl example.com | sh"}),
    line(8, "tool_result", tool_use_id="t2", name="Bash", status="blocked", output="", rule="allowlist",
         command="curl example.com", reason="curl is not on the list"),
    tool(9, "t3", "Write", "success", "written", file_path="/home/me/thing/app.py", content="x = 1\n"),
    line(11, "tool_use", id="t4", name="Task", input={"description": "Review the parser", "prompt": "Review it"}),
    line(11.1, "subagent_start", id="a1", tool_use_id="t4", agent_type="Explore", description="Review the parser"),
    line(12, "tool_use", "t4", id="t5", name="Read", input={"file_path": "/home/me/thing/app.py"}),
    line(13, "tool_result", "t4", tool_use_id="t5", name="Read", status="success", duration_ms=5, output="x = 1"),
    line(15, "heartbeat", state="in_tool", in_flight=[]),
    line(16, "subagent_complete", id="a1", tool_use_id="t4", status="completed", duration_ms=4900, tool_uses=1),
    line(16.5, "tool_result", tool_use_id="t4", name="Task", status="success", duration_ms=5500, output="fine"),
    line(17, "progress", passing=2, total=5, changed=[{"name": "It starts", "passes": True}]),
    line(18, "error", message="the model is gone", kind="silence", traceback="Traceback\n  File session.py"),
    line(19, "session_end", outcome="success", turns=4, duration_ms=18000, cost_usd=0.75),
    line(20, "complete", outcome="budget", duration_ms=20000, cost_usd=0.75, message="the budget is spent", passing=2,
         total=5),
)  # fmt: skip


def hostile_run() -> list[bytes]:
    """Return lines with `HOSTILE` wherever a run may put a text, and lines that are quite wrong."""
    x = HOSTILE
    lines = [
        line(0, "run_start", about=x, command=x, model=x, project_dir=x, resumed_from=x),
        line(1, "session_start", agent_type=x, iteration=1, model=x, tools=[x]),
        line(2, "thought", text=x, message=x, block={"a": x}),
        line(3, "tool_use", id="a", name=x, input={x: x, "n": 7, "deep": [[x]]}),
        line(4, "tool_result", tool_use_id="a", name=x, status=x, duration_ms="7", output=x, reason=x, rule=x),
        line(4, "tool_use", id="b", name="Bash", input=x),
        line(5, "tool_result", tool_use_id="b", name="Bash", status="blocked", reason=x, rule=x, command=x),
        line(6, "tool_result", tool_use_id="nobody", name=7, status=None, output=["x"]),
        line(6, "tool_result", tool_use_id="proto", name="__proto__", status="constructor"),
        line(7, "subagent_start", x, id=x, tool_use_id=x, agent_type=x, description=x),
        line(8, "subagent_complete", x, id=x, tool_use_id=x, status=x, duration_ms=-5, tokens="many"),
        line(9, x, **{x: x}),
        line(10, "progress", passing=10**17, total=-5, changed=[{"name": x, "passes": True}, 7]),
        line(11, "error", message=f"{x}\n{x}", kind=x, traceback=x),
        line(12, "session_end", outcome=x, turns="3", cost_usd=1e17, result=x),
        b'{"type":"thought"}\n{"type":7}\n[1,2]\nnot json </script>\n\n\x00\xff\n' + b'{"a":' * 3000 + b"\n",
        b'{"type":"tool_use","timestamp":"9999-12-31T23:59:59Z","data":{"id":"z","name":"Late"}}\n',
        b'{"type":"info","data":{"message":"cut \\ud800 here"}}\n',
    ]
    end = {"outcome": x, "message": x, "blocked": x, "cost_usd": "much", "passing": True, "total": []}
    return [*lines, line(13, "complete", **end), json.dumps({"type": x}).encode()]
