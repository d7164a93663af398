"""The files of the real CLI, with a scripted model: its transcript and its stream tell the same of a session.

Resumed, forked, killed and with subagents, as whoever watches it sees them.
"""

import asyncio
import heapq
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import claude_agent_sdk

from agent.rehearsal.environment import isolated_env
from agent.rehearsal.load import load_script
from agent.rehearsal.server import serve
from observer.dialects.dialect import ForeignEvent
from observer.dialects.recognize import HEAD_BYTES, recognize
from tests.end_to_end.conftest import Workplace, finish
from tests.end_to_end.writing import DONE, bash, conversation, use, wait
from tests.helpers import LIMIT_S, wait_until

CLI = Path(claude_agent_sdk.__file__).parent / "_bundled" / "claude"
OPTIONS = ("--output-format", "stream-json", "--verbose", "--allowedTools", "Bash,Agent", "--setting-sources", "")
FIRST = """block = [
  { type = "thinking", thinking = "The list first." },
  { type = "text", text = "I will look." },
  { type = "tool_use", name = "Bash", input = { command = "echo found" } },
  { type = "tool_use", name = "Bash", input = { command = "seq 1 20000" } },
  { type = "tool_use", name = "WebFetch", input = { url = "https://example.com/", prompt = "x" } },
  { type = "tool_use", name = "Agent", input = { description = "Look", prompt = "LOOK", \
subagent_type = "general-purpose", run_in_background = false } },
]"""
DEEPER = """block = [
  { type = "tool_use", name = "Agent", input = { description = "Deep", prompt = "DEEP", \
subagent_type = "general-purpose", run_in_background = false } },
]"""
LATER = use("Agent", description="Later", prompt="LATER", subagent_type="general-purpose")
SCRIPT = "\n".join([
    conversation("main", FIRST, LATER, bash(wait("later")), DONE, DONE),
    conversation("child", DEEPER, DONE, match="LOOK"),
    conversation("grandchild", bash("exit 3"), DONE, match="DEEP"),
    conversation("background", bash("touch later"), DONE, match="LATER"),
])  # fmt: skip


class Session:
    """Runs the CLI in a place. `run` returns the events of what it prints."""

    def __init__(self, place: Workplace, base_url: str) -> None:
        self._place = place
        self._home = place.root / "home"
        self._env = os.environ | isolated_env(base_url, self._home)

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            str(CLI), *arguments, *OPTIONS, cwd=self._place.project, env=self._env, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, limit=2**24,
        )  # fmt: skip

    async def run(self, *arguments: str) -> list[ForeignEvent]:
        process = await self.start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
        assert process.returncode == 0, err
        return convert([("", line) for line in out.splitlines()])

    def transcript(self, id_: str) -> list[ForeignEvent]:
        """Return the events of the transcript of a session, of which all files are read in the order of time."""
        return convert(list(self.lines(id_)))

    def lines(self, id_: str) -> Iterator[tuple[str, bytes]]:
        (file,) = self._home.glob(f".claude/projects/*/{id_}.jsonl")
        directory = file.with_suffix("")
        for path in directory.glob("subagents/*.meta.json"):
            yield str(path.relative_to(directory)), path.read_bytes()
        files = [("", file), *((str(path.relative_to(directory)), path) for path in directory.rglob("agent-*.jsonl"))]
        for _, origin, line in heapq.merge(*(timed(origin, path) for origin, path in files), key=lambda each: each[0]):
            yield origin, line


def timed(origin: str, path: Path) -> Iterator[tuple[str, str, bytes]]:
    stamp = ""
    for line in path.read_bytes().splitlines():
        stamp = max(stamp, json.loads(line).get("timestamp", ""))
        yield stamp, origin, line


def convert(lines: list[tuple[str, bytes]]) -> list[ForeignEvent]:
    dialect = recognize(b"\n".join(line for origin, line in lines if not origin)[:HEAD_BYTES])
    assert dialect is not None
    converter = dialect.converter()
    events = [event for origin, line in lines for event in converter.feed(line, origin)]
    assert converter.unknown == Counter()
    return [*events, *converter.end()]


def of(events: list[ForeignEvent], kind: str) -> list[dict[str, Any]]:
    return [event.data for event in events if event.type == kind]


def told(events: list[ForeignEvent]) -> list[tuple[object, ...]]:
    """Return what both the stream and the transcript tell of the main agent and of its subagents, in any order.

    A stream has no prompts of ours, and of subagents in the foreground neither texts nor what deeper ones do.
    """
    fields = {
        "tool_use": ("id", "name", "input"), "tool_result": ("tool_use_id", "name", "status", "output", "rule"),
        "subagent_start": ("id", "tool_use_id", "agent_type", "description"),
        "subagent_complete": ("id", "tool_use_id", "status", "tool_uses", "summary"),
        "thought": ("text", "message", "block"), "thinking": ("text", "message", "block"),
    }  # fmt: skip
    rows = [
        (event.parent, event.type, *(json.dumps(event.data[name]) for name in fields[event.type]))
        for event in events
        if event.type in fields and (event.parent is None or event.type.startswith("subagent_"))
    ]
    return sorted(rows, key=str)


async def test_a_transcript_and_the_stream_of_the_same_session_tell_the_same(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(SCRIPT)
    async with serve(load_script(file), project=place.project) as rehearsal:
        session = Session(place, rehearsal.base_url)
        stream = await session.run("-p", "Do it.")
        (start,) = of(stream, "run_start")
        transcript = session.transcript(start["session"])
        assert told(transcript) == told(stream)
        check_subagents(transcript)
        assert of(transcript, "session_end")[0]["cost_usd"] == of(stream, "session_end")[0]["cost_usd"]
        assert of(transcript, "session_end")[0]["tokens"] == of(stream, "session_end")[0]["tokens"]
        assert of(transcript, "complete")[0]["blocked"] == of(stream, "complete")[0]["blocked"]
        assert [each["text"] for each in of(transcript, "prompt") if each["source"] == "user"] == ["Do it."]

        resumed = await session.run("-p", "Go on.", "--resume", start["session"])
        ends = of(session.transcript(start["session"]), "session_end")
        assert [end["cost_usd"] for end in ends] == [
            of(each, "session_end")[0]["cost_usd"] for each in (stream, resumed)
        ]
        assert [end["tokens"] for end in ends] == [of(each, "session_end")[0]["tokens"] for each in (stream, resumed)]

        forked = await session.run("-p", "Or so.", "--resume", start["session"], "--fork-session")
        (fork,) = of(forked, "run_start")
        (end,) = of(session.transcript(fork["session"]), "session_end")
        assert (end["cost_usd"], end["tokens"]) == (None, of(forked, "session_end")[0]["tokens"])


async def test_a_long_output_is_found_where_the_program_has_put_it(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(conversation("main", bash("seq 1 20000"), DONE))
    async with serve(load_script(file), project=place.project) as rehearsal:
        session = Session(place, rehearsal.base_url)
        (start,) = of(await session.run("-p", "Count."), "run_start")
    (path,) = place.root.glob(f"home/.claude/projects/*/{start['session']}.jsonl")
    code, out, err = await asyncio.to_thread(
        finish, place.start("observer", "tail", "--no-follow", "-o", "json", str(path))
    )
    assert (code, err) == (0, "")
    (result,) = [event["data"] for event in map(json.loads, out.splitlines()) if event["type"] == "tool_result"]
    assert Path(result["output_file"]).read_text().split() == [str(number) for number in range(1, 20001)]
    assert result["output"].startswith("1\n2\n3\n")
    assert result["output"].rstrip().endswith("\n20000")


def check_subagents(events: list[ForeignEvent]) -> None:
    starts = {each["description"]: each for each in of(events, "subagent_start")}
    assert set(starts) == {"Look", "Deep", "Later"}
    parents = {event.data["description"]: event.parent for event in events if event.type == "subagent_start"}
    assert parents == {"Look": None, "Deep": starts["Look"]["tool_use_id"], "Later": None}
    inside = [event for event in events if event.parent == starts["Deep"]["tool_use_id"]]
    assert [each["status"] for each in of(inside, "tool_result")] == ["error"]
    assert [each["source"] for each in of(inside, "prompt")] == ["subagent"]
    assert len(of(events, "subagent_complete")) == 3
    assert len(of(events, "tool_use")) == len(of(events, "tool_result"))


async def test_a_session_that_was_killed_has_no_end(place: Workplace) -> None:
    file = place.root / "script.toml"
    file.write_text(conversation("main", bash(f"touch started; {wait('over')}"), DONE))
    async with serve(load_script(file), project=place.project) as rehearsal:
        session = Session(place, rehearsal.base_url)
        process = await session.start("-p", "Do it.")
        assert process.stdout is not None
        lines = [await asyncio.wait_for(process.stdout.readline(), LIMIT_S)]
        id_ = json.loads(lines[0])["session_id"]
        await asyncio.to_thread(place.wait_until_file, "started")
        await asyncio.to_thread(
            wait_until, lambda: of(session.transcript(id_), "tool_use"), "the call in the transcript"
        )
        os.killpg(process.pid, signal.SIGKILL)
        out, _ = await asyncio.wait_for(process.communicate(), LIMIT_S)
        stream = convert([("", line) for line in [*lines, *out.splitlines()]])
        transcript = session.transcript(id_)
        place.create("over")  # the command is not in the group of the process, and goes on
    for events in (stream, transcript):
        assert [each["name"] for each in of(events, "tool_use")] == ["Bash"]
        assert {event.type for event in events}.isdisjoint({"tool_result", "session_end", "complete"})
