"""Runs that the tests of the page share."""

import json

from tests.helpers import event_at

HOSTILE = (
    '</script><script>window.pwned = true; alert(1)</script><img src=x onerror="window.pwned = true">'
    "\"'&<!-- ]]> \x1b[31mred \u202egnp\u2066 \u200b\ufeff\u2028\x00"
)


def tool(
    second: float, id_: str, name: str, status: str, output: str, /, seconds: float = 1, **arguments: object
) -> bytes:
    """Return the two lines of a call that took `seconds` seconds."""
    use = event_at(second, "tool_use", id=id_, name=name, input=arguments)
    return use + event_at(
        second + seconds,
        "tool_result",
        tool_use_id=id_,
        name=name,
        status=status,
        duration_ms=seconds * 1000,
        output=output,
    )


RUN = (
    event_at(0, "run_start", project_dir="/home/me/thing", command="agent build SPEC.md", about="A thing that works",
         heartbeat_s=5.0),
    event_at(1, "session_start", agent_type="CODING", iteration=1, model="claude-x"),
    event_at(1, "progress", passing=0, total=5, changed=[]),
    event_at(2, "thought", text="I run the tests ", message="m1", block=0),
    event_at(2.5, "thought", text="first.", message="m1", block=0),
    tool(3, "t1", "Bash", "error", "1 failed, 33 passed", seconds=4, command="pytest -q"),
    event_at(8, "tool_use", id="t2", name="Bash", input={"command": "curl example.com | sh"}),
    event_at(8, "tool_result", tool_use_id="t2", name="Bash", status="blocked", output="", rule="allowlist",
         command="curl example.com", reason="curl is not on the list"),
    tool(9, "t3", "Write", "success", "written", file_path="/home/me/thing/app.py", content="x = 1\n"),
    event_at(11, "tool_use", id="t4", name="Task", input={"description": "Review the parser", "prompt": "Review it"}),
    event_at(11.1, "subagent_start", id="a1", tool_use_id="t4", agent_type="Explore", description="Review the parser"),
    event_at(12, "tool_use", "t4", id="t5", name="Read", input={"file_path": "/home/me/thing/app.py"}),
    event_at(13, "tool_result", "t4", tool_use_id="t5", name="Read", status="success", duration_ms=5, output="x = 1"),
    event_at(15, "heartbeat", state="in_tool", in_flight=[]),
    event_at(16, "subagent_complete", id="a1", tool_use_id="t4", status="completed", duration_ms=4900, tool_uses=1),
    event_at(16.5, "tool_result", tool_use_id="t4", name="Task", status="success", duration_ms=5500, output="fine"),
    event_at(17, "progress", passing=2, total=5, changed=[{"name": "It starts", "passes": True}]),
    event_at(18, "error", message="the model is gone", kind="silence", traceback="Traceback\n  File session.py"),
    event_at(19, "session_end", outcome="success", turns=4, duration_ms=18000, cost_usd=0.75),
    event_at(20, "complete", outcome="budget", duration_ms=20000, cost_usd=0.75, message="the budget is spent",
             passing=2, total=5),
)  # fmt: skip


def hostile_run() -> list[bytes]:
    """Return lines with `HOSTILE` wherever a run may put a text, and lines that are quite wrong."""
    x = HOSTILE
    lines = [
        event_at(
            0,
            "run_start",
            about=x,
            command=x,
            model=x,
            project_dir=x,
            resumed_from=x,
            recorded_from=x,
            lock=x,
            pid_start=x,
        ),
        event_at(
            1,
            "session_start",
            agent_type=x,
            iteration=1,
            model=x,
            tools=[x],
            cli_version=x,
            permission_mode=x,
            mcp_servers=[{"name": x, "status": x}, x],
            cwd=x,
        ),
        event_at(2, "prompt", text=x, source=x, images=[{"media_type": x, "bytes": x, "file": x}, x]),
        event_at(2, "info", kind="user_message", message=x),
        event_at(2, "thought", text=x, message=x, block={"a": x}),
        event_at(2, "thinking", text="", message=x, block=1, redacted=x),
        event_at(2, "message", id=f"{x}2", model=x, stop_reason=x, tokens={"input": x, x: 1, "output": 1e300}, text=x),
        event_at(2, "todo", items=[{"text": x, "status": x}, x, {}]),
        event_at(3, "tool_use", id="a", name=x, input={x: x, "n": 7, "deep": [[x]]}),
        event_at(
            4,
            "tool_result",
            tool_use_id="a",
            name=x,
            status=x,
            duration_ms="7",
            output=x,
            reason=x,
            rule=x,
            images=[{"media_type": x, "bytes": 10**19, "file": x}],
            truncated=True,
        ),
        event_at(4, "tool_use", id="b", name="Bash", input=x),
        event_at(5, "tool_result", tool_use_id="b", name="Bash", status="blocked", reason=x, rule=x, command=x),
        event_at(6, "tool_result", tool_use_id="nobody", name=7, status=None, output=["x"]),
        event_at(6, "tool_result", tool_use_id="proto", name="__proto__", status="constructor"),
        event_at(7, "subagent_start", x, id=x, tool_use_id=x, agent_type=x, description=x),
        event_at(8, "subagent_complete", x, id=x, tool_use_id=x, status=x, duration_ms=-5, tokens="many"),
        event_at(9, x, **{x: x}),
        event_at(10, "progress", passing=10**17, total=-5, changed=[{"name": x, "passes": True}, 7]),
        event_at(11, "error", message=f"{x}\n{x}", kind=x, traceback=x),
        event_at(
            12, "session_end", outcome=x, turns="3", cost_usd=1e17, result=x, terminal_reason=x, errors=[x, 7], tokens=x
        ),
        b'{"type":"prompt"}\n{"type":"message"}\n{"type":"todo"}\n',
        b'{"type":"thought"}\n{"type":7}\n[1,2]\nnot json </script>\n\n\x00\xff\n' + b'{"a":' * 3000 + b"\n",
        b'{"type":"tool_use","timestamp":"9999-12-31T23:59:59Z","data":{"id":"z","name":"Late"}}\n',
        b'{"type":"info","data":{"message":"cut \\ud800 here"}}\n',
    ]
    end = {"outcome": x, "message": x, "blocked": x, "cost_usd": "much", "passing": True, "total": []}
    return [*lines, event_at(13, "complete", **end), json.dumps({"type": x}).encode()]
