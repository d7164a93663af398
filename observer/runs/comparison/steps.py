"""Reduces a run to what its agents did: tool calls, by name and input, and texts, in order. Pure.

Times, IDs and the path of the project are left out, so that two runs of the same work can be compared. Thinking and
results are not what an agent does. Steps have no text: what is shown of one is read again at its offset.
"""

import json
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from observer.format.event import Event
from observer.runs.words.describe_tools import input_of, tool_of

Place = tuple[int, ...]
"""Where a step is in a run: its number among those of its agent, after the place of the call that spawned the agent.

Places are in the order in which an agent does things and then sees what came of them, however subagents run beside
each other: (3, 0), the first step of the subagent that step 3 spawned, comes before (4,).
"""

_MAX_RECENT = 10_000
"""Calls that a subagent may turn out to come from: the last ones."""
_MAX_TEXT = 1_000_000
"""Characters of a text that are compared."""
_UNKNOWN = 1_000_000_000
"""In place of the number of a call that is not known, for the agent that it spawned."""
_SHORTEST_PATH = 2
"""Characters of the path of a project that is recognized in inputs and texts: a single one is everywhere."""
_NAME_ENDS = rb"(?!\.?[\w\x80-\xff-])"
"""What follows the path of a project in UTF-8, not that of a directory beside it with a longer name."""
_ENDS_TEXT = frozenset({"session_start", "session_end", "complete"})


class Step(Struct, frozen=True, gc=False):
    """A call or a text: what it says as a `digest`, and where its event begins in the file.

    `place` is among all steps, `call_place` among calls only, None for a text.
    """

    digest: bytes
    place: Place
    call_place: Place | None
    offset: int


class _Agent(Struct):
    """An agent: the call that spawned it, how many steps and calls it has made, and the text that it is writing."""

    place: Place = ()
    call_place: Place = ()
    steps: int = 0
    calls: int = 0
    text: list[str] = []
    chars: int = 0
    message: str = ""
    """The message of that text, or of the last one."""
    begin: int = 0


class StepReader:
    """Takes the events of a run in order, and returns the steps that they complete."""

    def __init__(self) -> None:
        self._agents: dict[str | None, _Agent] = {None: _Agent()}
        self._recent: dict[str, tuple[Place, Place]] = {}
        self._unknown = 0
        self._project = ""
        self._encoded_project = b""

    def take(self, event: Event) -> Iterator[Step]:
        """Add the next event."""
        kind = event.type
        if kind == "thought":
            yield from self._piece(event, self._agent(event.parent))
        elif kind == "tool_use":
            agent = self._agent(event.parent)
            yield from self._end_text(agent)
            yield self._call(event, agent)
        elif kind == "message":
            yield from self._message(event, self._agent(event.parent))
        elif kind in _ENDS_TEXT:
            yield from self.end()
        elif kind == "run_start":
            self._project = event.text("project_dir").rstrip("/")
            self._encoded_project = canonical(self._project)[1:-1] if len(self._project) >= _SHORTEST_PATH else b""

    def end(self) -> Iterator[Step]:
        """Return the texts that are complete because the run is over."""
        for agent in self._agents.values():
            yield from self._end_text(agent)

    def _agent(self, call: str | None) -> _Agent:
        agent = self._agents.get(call)
        if agent is None:
            places = self._recent.get(call or "")
            if places is None:
                self._unknown += 1
                places = (_UNKNOWN + self._unknown,), (_UNKNOWN + self._unknown,)
            agent = self._agents[call] = _Agent(*places)
        return agent

    def _piece(self, event: Event, agent: _Agent) -> Iterator[Step]:
        message, text = event.text("message"), event.text("text")
        if agent.text and event.text("replaces") == agent.message != "":
            agent.text, agent.chars = [], 0
        elif agent.text and message != agent.message:
            yield from self._end_text(agent)
        if not agent.text:
            agent.begin = event.line.offset
        agent.message = message
        if text and agent.chars < _MAX_TEXT:
            agent.text.append(text)
            agent.chars += len(text)

    def _message(self, event: Event, agent: _Agent) -> Iterator[Step]:
        """Add a complete message: its text is a step unless its pieces were."""
        id_ = event.text("id")
        is_known = agent.message == id_ if agent.message else bool(agent.text)
        yield from self._end_text(agent)
        if not is_known and (text := event.text("text")):
            agent.text, agent.begin, agent.message = [text[:_MAX_TEXT]], event.line.offset, id_
            yield from self._end_text(agent)

    def _end_text(self, agent: _Agent) -> Iterator[Step]:
        if not agent.text:
            return
        text = normal_text("".join(agent.text), self._project)
        agent.text, agent.chars = [], 0
        if text:
            yield Step(_digest(b"text", text.encode("utf-8", "surrogatepass")), self._place(agent), None, agent.begin)

    def _call(self, event: Event, agent: _Agent) -> Step:
        content = canonical(input_of(event).data)
        if self._encoded_project and self._encoded_project in content:
            content = re.sub(re.escape(self._encoded_project) + _NAME_ENDS, b".", content)
        place, call_place = self._place(agent), (*agent.call_place, agent.calls)
        agent.calls += 1
        if id_ := event.text("id"):
            self._recent[id_] = place, call_place
            if len(self._recent) > _MAX_RECENT:
                del self._recent[next(iter(self._recent))]
        digest = _digest(tool_of(event).encode("utf-8", "surrogatepass"), content)
        return Step(digest, place, call_place, event.line.offset)

    @staticmethod
    def _place(agent: _Agent) -> Place:
        agent.steps += 1
        return (*agent.place, agent.steps - 1)


def canonical(value: Any) -> bytes:
    """Return a JSON value in a form that does not depend on the order of its keys.

    >>> canonical({"b": 1, "a": "x"}) == canonical({"a": "x", "b": 1})
    True
    """
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (UnicodeEncodeError, OverflowError):  # a lone surrogate, or an integer beyond 64 bits
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def normal_text(text: str, project: str) -> str:
    """Return a text without what does not count: white space, and where the project is.

    >>> normal_text("Look into  /p/a.py\\n", "/p")
    'Look into ./a.py'
    """
    return relative_to(project, " ".join(text.split()))


def relative_to(project: str, text: str) -> str:
    """Return a text in which the path of the project is a dot, unless it is only the beginning of another name.

    >>> relative_to("/p", "cp -I/p/a /p2/b /p.old, and that is /p.")
    'cp -I./a /p2/b /p.old, and that is ..'
    """
    if len(project) < _SHORTEST_PATH or project not in text:
        return text
    return re.sub(re.escape(project) + r"(?!\.?[\w-])", ".", text)


def _digest(name: bytes, content: bytes) -> bytes:
    return blake2b(b"%d %b %b" % (len(name), name, content), digest_size=16).digest()
