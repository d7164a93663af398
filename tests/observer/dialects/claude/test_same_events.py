"""The same stream through `agent record` and through the dialect gives the same events.

The packages share nothing but the format, so the mapping stands twice (observer.dialects.claude.stream_json with the
modules below it, and agent.recorder). What may differ: heartbeats and times, of which pieces of text and `tool_input`
follow; whole outputs and images, which the recorder reads from files and writes to files; what the recorder itself
notices (the kind `stuck`) and what only a reader needs (`turn_end`); and the end of a stream that was cut off, which is
unknown to a reader and a failure to the recorder.
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.session.record_stream import record_stream
from observer.dialects.claude.claude_dialects import StreamJson
from tests.agent.runlog.writing import events_of
from tests.observer.dialects.claude.written import Stream, call, result, text, thinking

Event = tuple[str, dict[str, Any], str | None]
OWN_TYPES = {"heartbeat", "run_start", "tool_input"}
OWN_KINDS = {"stuck", "turn_end"}
LONG = "This text is so long that each of the two writers puts it into an event of its own, whatever the time. "


async def recorded(lines: list[bytes], runs: Path) -> list[Event]:
    async def read() -> AsyncIterator[bytes]:
        for line in lines:
            yield line + b"\n"

    await record_stream(read(), runs_dir=runs)
    return comparable([(e["type"], e["data"], e["parent"]) for e in events_of(runs / "latest.ndjson")])


def converted(lines: list[bytes]) -> tuple[list[Event], bool]:
    """Return the events of the dialect, and whether the stream has an end."""
    converter = StreamJson().converter()
    events = [event for line in lines for event in converter.feed(line)]
    end = converter.end()
    return comparable([(e.type, json.loads(json.dumps(e.data)), e.parent) for e in [*events, *end]]), bool(end)


def comparable(events: list[Event]) -> list[Event]:
    """Return the events without what may differ, and with the pieces of each text as one."""
    kept: list[Event] = []
    texts: dict[tuple[object, ...], dict[str, Any]] = {}
    for kind, data, parent in events:
        if kind in OWN_TYPES or (kind == "info" and data["kind"] in OWN_KINDS):
            continue
        data.pop("duration_ms", None)
        data.pop("project_dir", None)
        if kind == "tool_result":
            is_elsewhere = data.pop("output_file") is not None or data["truncated"]
            data |= {"truncated": is_elsewhere, "images": [image | {"file": None} for image in data["images"]]}
            if is_elsewhere:
                data |= {"output": "", "output_bytes": 0}
        key = kind, parent, data.get("message"), data.get("block")
        if kind in {"thought", "thinking"} and not data["replaces"] and key in texts:
            texts[key]["text"] += data["text"]
            continue
        if kind in {"thought", "thinking"}:
            texts[key] = data
        kept.append((kind, data, parent))
    return kept


async def check(stream: Stream, runs: Path) -> list[Event]:
    """Compare both ways. Returns the events."""
    theirs, (ours, has_end) = await recorded(stream.lines, runs), converted(stream.lines)
    assert ours == (theirs if has_end else theirs[: len(ours)])
    return ours


def plain() -> Stream:
    stream = Stream().init().system("status", status="requesting")
    stream.says("m1", thinking("First the list.")).says("m1", text("I look."))
    stream.says("m1", call("t1", command="ls")).says("m1", call("t2", "Read", file_path="gone"))
    stream.user([result("t1", "a.txt")]).user([result("t2", "File does not exist.", is_error=True)])
    return stream.says("m2", text("Done."), stop="end_turn").result("Done.")


def streamed() -> Stream:
    stream = Stream().init().begins("m1").block(0, thinking(""), "First ", "the list.")
    stream.says("m1", thinking("First the list.")).block(1, text(""), "I ", "lo", "ok.").says("m1", text("I look."))
    stream.block(2, call("t1"), '{"comm', 'and":"ls"}').says("m1", call("t1", command="ls")).ends("tool_use", 40)
    stream.user(
        [result("t1", [text("a.txt"), {"type": "image", "source": {"data": "AAAA", "media_type": "image/png"}}])]
    )
    return stream.begins("m2").block(0, text(""), "Done.").says("m2", text("Done.")).ends("end_turn").result("Done.")


def subagents() -> Stream:
    stream = Stream().init().says("m1", call("t1", "Agent", description="Look", prompt="go", subagent_type="Explore"))
    started = {"task_id": "a1", "tool_use_id": "t1", "description": "Look", "task_type": "local_agent", "prompt": "go"}
    stream.system("task_started", **started).user([text("go")], parent="t1")
    stream.says("s1", call("t2", "Agent", description="Deeper", prompt="on"), parent="t1")
    stream.system("task_started", **{**started, "task_id": "a2", "tool_use_id": "t2", "prompt": "on"})
    figures = {"total_tokens": 900, "tool_uses": 1, "duration_ms": 70}
    stream.system("task_progress", task_id="a2", tool_use_id="t2", description="", usage=figures, last_tool_name="Bash")
    stream.system("task_updated", task_id="a2", patch={"status": "completed"})
    ended = {"status": "completed", "output_file": "", "summary": "found"}
    stream.system("task_notification", task_id="a2", tool_use_id="t2", usage=figures, **ended)
    stream.user([result("t2", "found")], parent="t1").says("s2", text("All found."), parent="t1")
    stream.system("task_notification", task_id="a1", tool_use_id="t1", usage=figures, **ended)
    stream.user([result("t1", "All found.")]).says("m2", call("t3", command="sleep 9", run_in_background=True))
    stream.system("task_started", task_id="b1", tool_use_id="t3", description="naps", task_type="local_bash")
    stream.user([result("t3", "Command running in background with ID: b1.")])
    stream.system("task_updated", task_id="b1", patch={"status": "killed"})
    stream.says("m3", call("t4", "Agent", description="Late", prompt="late"))
    stream.system("task_started", **{**started, "task_id": "a3", "tool_use_id": "t4", "prompt": "late"})
    stream.user([result("t4", "Async agent launched successfully.")])
    return stream.says("m4", text("Good night."), stop="end_turn").result("Good night.")


def refused() -> Stream:
    stream = Stream().init().says("m1", *(call(f"t{number}", "WebFetch", url="u") for number in range(1, 7)))
    stream.system("permission_denied", tool_use_id="t1", message="not allowed", decision_reason_type="rule")
    stream.user([result("t1", "not allowed", is_error=True)])
    stream.user([result("t2", "PreToolUse:WebFetch hook error: never", is_error=True)])
    stream.user(
        [result("t3", "<tool_use_error>Error: No such tool available: WebFetch</tool_use_error>", is_error=True)]
    )
    stream.user([result("t4", "Not run: the message was cut off", is_error=True)])
    stream.user([result("t5", "<tool_use_error>File is in a directory that is denied by you.", is_error=True)])
    denials = [{"tool_use_id": "t6", "tool_name": "WebFetch"}]
    return stream.says("m2", text("I may not.")).result("I may not.", permission_denials=denials)


def broken() -> Stream:
    """The stream breaks twice: once the answer is another one, once it goes on as it was, without its last block."""
    stream = Stream().init().begins("m1").block(0, text(""), LONG, LONG, end=False)
    retry = {"attempt": 1, "max_retries": 10, "retry_delay_ms": 500, "error_status": None, "error": "unknown"}
    stream.system("api_retry", **retry).says("m2", text("Another text."), stop="tool_use").says("m2", call("t1"))
    stream.user([result("t1")]).begins("m3").block(0, text(""), LONG).block(1, thinking(""), LONG, end=False)
    stream.event("message_stop").system("api_retry", **retry)
    stream.begins("m4").block(0, text(""), LONG, "More.").says("m4", text(LONG + "More.")).ends("end_turn")
    return stream.result("More.")


def broken_twice() -> Stream:
    """A stream breaks, and so do the next ones, earlier: one repeats its beginning, one has no text."""
    stream = Stream().init().begins("m1").block(0, text(""), LONG, LONG, end=False).event("message_stop")
    stream.begins("m2").block(0, text(""), LONG, end=False).event("message_stop").begins("m3").event("message_stop")
    stream.begins("m4").block(0, text(""), LONG, LONG, LONG).says("m4", text(LONG * 3)).ends("end_turn")
    return stream.result(LONG * 3)


def corrected() -> Stream:
    """The whole text is not the streamed one, and a part of a message comes after its end."""
    stream = Stream().init().begins("m1").block(0, text(""), LONG).says("m1", text("Quite another text."))
    stream.ends("tool_use").says("m2", text("Two.")).says("m3", text("Three.")).says("m2", text("Late."), call("t1"))
    return stream.user([result("t1")]).says("m4", text("Four.")).result("Four.")


def of_servers() -> Stream:
    stream = Stream().init().begins("m1")
    search = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}}
    found = [{"type": "web_search_result", "title": "T", "url": "https://t", "encrypted_content": "x"}]
    stream.block(0, search).says("m1", search)
    stream.block(1, {"type": "web_search_tool_result", "tool_use_id": "s1", "content": found}).says("m1")
    stream.block(2, {"type": "mcp_tool_use", "id": "s2", "name": "find", "server_name": "x"}, '{"a":', "1}").says("m1")
    stream.block(3, {"type": "redacted_thinking", "data": "x"}).says("m1")
    stream.block(4, text(""), "Found.").says("m1", text("Found.")).ends("end_turn")
    return stream.result("Found.")


def failed() -> Stream:
    stream = Stream().init().system("api_retry", attempt=2, max_retries=3, retry_delay_ms=9.5, error_status=529)
    stream.add("rate_limit_event", rate_limit_info={"status": "allowed_warning", "resetsAt": 1796000000,
                                                    "rateLimitType": "five_hour", "utilization": 0.9})  # fmt: skip
    stream.add("assistant", error="unknown", message=message_of_the_cli("API Error: 400 bad request"), timed=True)
    return stream.result("API Error: 400 bad request", is_error=True, terminal_reason="api_error", errors=["bad"])


def message_of_the_cli(words: str) -> dict[str, Any]:
    return {"id": "e1", "model": "<synthetic>", "content": [text(words)], "usage": {}, "stop_reason": "stop_sequence"}


def long_lived() -> Stream:
    """Two turns of a session that was resumed, with prompts that the CLI repeats, and a compaction."""
    stream = Stream().init().user("Hi", isReplay=True, origin={"kind": "human"}).says("m1", text("Hello."))
    own = {"claude-x": {"inputTokens": 5, "outputTokens": 2, "costUSD": 0.05}}
    stream.result("Hello.", result_index=0, model_usage_since_last_result=own)
    stream.init().user("More", isReplay=True).says(
        "m2", call("t1", "TodoWrite", todos=[{"content": "a", "status": "x"}])
    )
    stream.user([result("t1", "ok")]).system("compact_boundary", compact_metadata={"trigger": "auto", "pre_tokens": 9})
    stream.says("m3", call("t2", "TaskCreate", subject="Write")).user([result("t2", "Task #1 created successfully: W")])
    stream.says("m4", call("t3", "TaskUpdate", taskId="1", status="completed")).user(
        [result("t3", "Updated task #1 s")]
    )
    return stream.says("m5", text("Bye.")).result("Bye.", total_cost_usd=0.4)


def shortened() -> Stream:
    path = "/home/me/.claude/projects/thing/204aeb98-f6d2-4417-895b-28ce20e840c7/tool-results/b1.txt"
    said = (
        f"<persisted-output>\nOutput too large (9KB). Full output saved to: {path}\n\nPreview:\n1\n</persisted-output>"
    )
    stream = Stream().init(memory_paths={"auto": "/home/me/.claude/projects/thing/memory/"})
    stream.says("m1", call("t1", command="seq"), call("t2", command="fake"), call("t3", "Read", file_path="f"))
    response = {"stdout": "1", "stderr": "", "persistedOutputPath": path, "persistedOutputSize": 9000}
    stream.user([result("t1", said)], tool_use_result=response)
    stream.user([result("t2", said)], tool_use_result={"stdout": said, "stderr": ""})
    stream.user([result("t3", "half")], tool_use_result={"file": {"truncatedByTokenCap": True}})
    return stream.says("m2", text("Long.")).result("Long.")


def odd() -> Stream:
    stream = Stream().init().system("memory_recall", memories=["m"]).system("status").add("tool_progress", elapsed=1)
    stream.add("conversation_reset", new_conversation_id="c2").user([text("Continue."), text("Now.")])
    return stream.says("m1", text("One"), text("two"), thinking("h"), text("three")).result("three", num_turns=1)


def interrupted() -> Stream:
    stream = Stream().init().says("m1", call("t1", command="sleep 60"))
    stream.user(
        [result("t1", "The user doesn't want to proceed with this tool use. The tool use was rejected", is_error=True)]
    )
    stream.user([text("[Request interrupted by user for tool use]")])
    return stream.result("", subtype="error_during_execution", is_error=True, terminal_reason="aborted_tools")


STREAMS = {
    build.__name__: build
    for build in (
        plain,
        streamed,
        subagents,
        refused,
        broken,
        broken_twice,
        corrected,
        of_servers,
        failed,
        long_lived,
        shortened,
        odd,
        interrupted,
    )
}


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_has_the_events_that_the_recorder_writes(name: str, tmp_path: Path) -> None:
    events = await check(STREAMS[name](), tmp_path)
    assert [kind for kind, _, _ in events[-2:]] == ["session_end", "complete"]


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_that_was_cut_off_has_the_first_ones(name: str, tmp_path: Path) -> None:
    stream = STREAMS[name]()
    del stream.records[len(stream.records) * 2 // 3 :]
    assert all(kind != "complete" for kind, _, _ in await check(stream, tmp_path))


def short_ids(stream: Stream) -> Stream:
    """Return a stream whose model gives each call the first ID that no open call has; the IDs of the API are unique."""
    names: dict[str, str] = {}
    open_calls: set[str] = set()

    def rename(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            if value.get("type") == "tool_use" and value["id"] not in names:
                name = next(f"call_{number}" for number in range(99) if f"call_{number}" not in open_calls)
                open_calls.add(name)
                names[value["id"]] = name
            renamed = {name: rename(item, name) for name, item in value.items()}
            if value.get("type") == "tool_result":
                open_calls.discard(names.get(value["tool_use_id"], ""))
            return renamed
        if isinstance(value, list):
            return [rename(item) for item in value]
        return names.get(value, value) if key.endswith("id") and isinstance(value, str) else value

    stream.records = [rename(record) for record in stream.records]
    return stream


def numbered(events: list[Event]) -> list[Event]:
    """Return events in which each call is named by its number."""
    numbers: dict[object, int] = {}
    for kind, data, _ in events:
        if kind == "tool_use":
            numbers.setdefault(data["id"], len(numbers))

    def name(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: name(item) for key, item in value.items()}
        if isinstance(value, list):
            return [name(item) for item in value]
        return numbers.get(value, value) if isinstance(value, str) else value

    return [(kind, name(data), name(parent)) for kind, data, parent in events]


@pytest.mark.parametrize("name", STREAMS)
async def test_calls_whose_ids_the_model_uses_again_have_ids_of_their_own(name: str, tmp_path: Path) -> None:
    usual = await check(STREAMS[name](), tmp_path / "usual")
    again = await check(short_ids(STREAMS[name]()), tmp_path / "again")
    assert numbered(again) == numbered(usual)
    ids = [data["id"] for kind, data, _ in again if kind == "tool_use"]
    assert len(set(ids)) == len(ids)


async def test_lines_that_are_no_records_are_reported_alike(tmp_path: Path) -> None:
    stream = plain()
    lines = [b"Warning: no settings", *stream.lines[:3], b"[1]", b"torn {", *stream.lines[3:]]
    ours, _ = converted(lines)
    assert ours == await recorded(lines, tmp_path)
    sentences = [data["message"] for kind, data, _ in ours if kind in {"info", "error"}]
    assert [sentence.partition(": ")[2] for sentence in sentences] == ["no settings", "[1]", "torn {"]


BLOCKS = st.sampled_from([text("A text."), text(LONG), thinking("A thought."), text("")])


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    """Messages of two agents in any order, whole or streamed, with calls whose results come at any time or never."""
    stream, open_calls, number = Stream().init(), [], 0
    for step in range(draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([None, None, "t0"]))
        blocks = draw(st.lists(BLOCKS, max_size=3))
        if draw(st.booleans()):
            number += 1
            open_calls.append((f"c{number}", parent))
            blocks.append(call(f"c{number}", command=str(number)))
        if parent is None and draw(st.booleans()):
            stream.begins(f"m{step}")
            for index, block in enumerate(blocks):
                pieces = [block[block["type"]]] if block["type"] in {"text", "thinking"} else ["{}"]
                stream.block(index, block, *pieces).says(f"m{step}", block)
            stream.ends("tool_use")
        else:
            for block in blocks:
                stream.says(f"m{step}", block, parent=parent)
        while open_calls and draw(st.booleans()):
            id_, caller = open_calls.pop(draw(st.integers(0, len(open_calls) - 1)))
            stream.user([result(id_, "out", is_error=draw(st.booleans()))], parent=caller)
    return stream.result()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=streams())
async def test_any_mixture_of_messages_has_the_events_that_the_recorder_writes(
    stream: Stream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await check(stream, tmp_path_factory.mktemp("runs"))
