"""The transcripts of Claude Code (`projects/DIRECTORY/SESSION.jsonl`): lines in, events out. Pure.

Seen with the files of CLI 1.0 to 2.1.332. Their records have the messages of the Messages API, one block a line; those
of subagents are in files of their own. Times go back, records are written again, and many have no time at all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from observer.dialects.claude.agent_files import Agent, agent_of_file, is_description
from observer.dialects.claude.bookkeeping import QUIET, announced_model, skipped_kind
from observer.dialects.claude.call_ids import MessageCallIds
from observer.dialects.claude.notifications import BEGINNING
from observer.dialects.claude.own_events import info, malformed_line, prompt, turn_end
from observer.dialects.claude.prompts import Prompts, own_content
from observer.dialects.claude.transcript_records import Records
from observer.dialects.claude.turn_results import TurnResult
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import utc_timestamp
from observer.dialects.records import NO_OBJECT, decode_record, is_blank
from observer.format.fields import Fields, as_items

_TITLES = {"custom-title": "customTitle", "ai-title": "aiTitle", "summary": "summary"}
"""The records of titles, and the field that has the title."""
_INTERRUPTED = TurnResult("interrupted", "interrupted by the user")


class TranscriptConverter:
    """Converts the records of one session: of its own file, and of those of its subagents."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        records = self._records = Records(self.unknown, self._flush)
        self._conversations, self._agents, self._processes = records.conversations, records.agents, records.processes
        self._ids = MessageCallIds()
        self._prompts = Prompts()
        self._known: set[str] = set()
        self._own_agent: str | None = None
        self._is_begun = self._is_ended = False

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line of the session's file, or of a file of a subagent.

        Events of records without a time have the latest one so far.
        """
        events = list(self._feed(line, agent_of_file(origin), origin))
        return self._dated(events)

    def skip(self) -> None:
        """Note that lines are left out here."""
        self._records.tokens.skip()
        self._processes.skip()

    def flush(self) -> list[ForeignEvent]:
        """Return the messages held back because they might continue, and the subagents still without a call."""
        events = [event for agent in self._agents.unassigned() for event in self._flush(agent)]
        events += self._noted(self._conversations.close(), None)
        return self._dated(list(self._processes.with_starts(events)))

    def end(self) -> list[ForeignEvent]:
        """Return the end of the run, if the last turn has ended, and what had waited for more."""
        if self._processes.turn is None or self._is_ended:
            return []
        self._is_ended = True
        events = self.flush()
        return [*events, *self._dated(self._processes.complete(self._records.calls.pairs.blocked))]

    def _feed(self, line: bytes, file_agent: str | None, origin: str) -> Iterator[ForeignEvent]:
        if (kind := skipped_kind(line)) is not None:
            if file_agent is None:
                yield from self._skip(kind, line)
            return
        if is_blank(line):
            return
        self._is_ended = False
        record = decode_record(line)
        if record is None:
            self.unknown[NO_OBJECT] += 1
            yield from self._processes.hold(malformed_line(line))
        elif file_agent and is_description(origin):
            self._agents.describe(file_agent, self._ids.record(record))
            yield from self._processes.with_starts(self._release())
        else:
            yield from self._record(self._ids.record(record), file_agent)

    def _dated(self, events: list[ForeignEvent]) -> list[ForeignEvent]:
        stamp = self._processes.stamp
        return [event if event.timestamp or stamp is None else replace(event, timestamp=stamp) for event in events]

    def _skip(self, kind: str, line: bytes) -> Iterator[ForeignEvent]:
        """Process a line that is not decoded."""
        if kind == "attachment" and (model := announced_model(line)):
            yield from self._processes.set_model(model)
        elif kind == "last-prompt" and self._conversations.is_final(None):
            yield from self._noted(self._conversations.end(None), None)

    def _record(self, record: Fields, file_agent: str | None) -> Iterator[ForeignEvent]:
        uuid, stamp = record.text("uuid"), utc_timestamp(record.value("timestamp"))
        if uuid in self._known:
            return
        if uuid and isinstance(record.data.get("message", {}), dict):  # a broken record may be written again
            self._known.add(uuid)
        self._processes.note(record, stamp)
        self._records.note_sessions(record)
        agent = self._agent_of(record, file_agent)
        if agent is None:
            yield from self._processes.with_starts(self._noted(self._main(record, stamp), stamp))
        elif agent.is_started:
            yield from self._processes.with_starts(self._noted(self._of_agent(agent, record), stamp))
        else:
            agent.waiting = [*agent.waiting, record]
            self._agents.find_call(agent, own_content(record.object("message").value("content"))[0])
        yield from self._processes.with_starts(self._release())

    def _agent_of(self, record: Fields, file_agent: str | None) -> Agent | None:
        """Return the subagent that a record is of; None for the main agent, which may be a subagent in its own file."""
        if file_agent is None:
            id_, is_sidechain = record.optional_text("agentId"), record.flag("isSidechain")
            if not self._is_begun and record.fields("message") is not None:
                self._is_begun = True
                self._own_agent = id_ if is_sidechain else None
            if not is_sidechain or (id_ is not None and id_ == self._own_agent):
                return None
        return self._agents.of_record(record, file_agent)

    def _release(self) -> Iterator[ForeignEvent]:
        """Yield the beginnings of the subagents whose calls are known now, and what had waited for that."""
        while agents := self._agents.ready():
            for agent in agents:
                yield from self._flush(agent)

    def _flush(self, agent: Agent) -> Iterator[ForeignEvent]:
        waiting, agent.waiting = agent.waiting, []
        stamp = utc_timestamp(waiting[0].value("timestamp")) if waiting else None
        yield from self._noted(self._agents.start(agent), stamp)
        for record in waiting:
            yield from self._noted(self._of_agent(agent, record), utc_timestamp(record.value("timestamp")))

    def _noted(self, events: Iterable[ForeignEvent], stamp: str | None) -> Iterator[ForeignEvent]:
        """Yield events with the time of their record, and count the messages of the main agent."""
        for event in events:
            if event.type == "message" and event.parent is None:
                self._processes.message(event)
            yield event if stamp is None or event.timestamp else replace(event, timestamp=stamp)

    def _main(self, record: Fields, stamp: str | None) -> Iterator[ForeignEvent]:
        """Yield the events of a record in the session's own file."""
        message = record.object("message")
        match record.data.get("type", message.value("role")):
            case "assistant":
                self._prompts.message(record)
                yield from self._records.message(record, message, None, stamp)
            case "user":
                yield from self._user(record, message.value("content"), stamp)
            case "system":
                yield from self._records.system(record, None)
            case "queue-operation":
                if record.text("operation") == "enqueue":
                    yield from self._queue(_text_in(record.value("content")))
            case "attachment":
                attachment = record.object("attachment")
                if attachment.text("type") == "queued_command":
                    yield from self._deliver(_text_in(attachment.value("prompt")))
            case "cost-state":
                yield from self._conversations.end(None)
                yield from self._processes.end_process(record)
            case str(kind) if kind in _TITLES:
                yield from self._processes.set_title(record.text(_TITLES[kind]))
            case kind if not isinstance(kind, str) or kind not in QUIET:
                self.unknown[kind if isinstance(kind, str) else "(no type)"] += 1

    def _of_agent(self, agent: Agent, record: Fields) -> Iterator[ForeignEvent]:
        """Yield the events of a record of a subagent."""
        message, stamp = record.object("message"), utc_timestamp(record.value("timestamp"))
        match record.data.get("type", message.value("role")):
            case "assistant":
                agent.calls += sum(block.text("type") == "tool_use" for block in message.items("content"))
                yield from self._records.message(record, message, agent.parent, stamp)
            case "user":
                content = message.value("content")
                yield from self._records.results(record, content, agent.parent, stamp)
                text, images = own_content(content)
                if text and not record.flag("isMeta"):
                    source, agent.is_prompted = "cli" if agent.is_prompted else "subagent", True
                    yield prompt(text, source, agent.parent, images)
            case "system":
                yield from self._records.system(record, agent.parent)
            case kind if not isinstance(kind, str) or kind not in {*QUIET, "attachment"}:
                self.unknown[kind if isinstance(kind, str) else "(no type)"] += 1

    def _user(self, record: Fields, content: Any, stamp: str | None) -> Iterator[ForeignEvent]:
        """Yield the events of results of tools, and of what a person or a program wrote."""
        yield from self._records.results(record, content, None, stamp)
        for event in self._prompts.receive(record, content):
            yield from self._conversations.end(None)
            yield event
            if event.type == "prompt" and event.data["source"] != "cli":
                self._processes.turn = None
            elif event.data.get("kind") == "interrupted":
                self._processes.turn = _INTERRUPTED
                yield turn_end("interrupted", None)

    def _queue(self, text: str) -> Iterator[ForeignEvent]:
        """Yield the event of a text that waits until the model is ready: its own record follows later."""
        if text.startswith(BEGINNING):
            yield from self._records.notice(text)
        elif text and self._processes.is_turn_running:
            yield info(text, "queued")

    def _deliver(self, text: str) -> Iterator[ForeignEvent]:
        """Yield the event of a text that was put into the turn while that was running."""
        if text.startswith(BEGINNING):
            yield from self._records.notice(text)
        else:
            yield from self._prompts.queued(text)


def _text_in(content: Any) -> str:
    """Return the text of a content, with what the CLI has added."""
    if isinstance(content, str):
        return content
    return "\n".join(block.text("text") for block in as_items(content) if block.text("type") == "text")
