"""The records that the transcripts of all agents have: messages, results, notices. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from observer.dialects.claude.agent_files import Agent, AgentFiles
from observer.dialects.claude.call_failures import refusal_in
from observer.dialects.claude.conversations import Conversations
from observer.dialects.claude.model_messages import FINAL
from observer.dialects.claude.notifications import parse_notification
from observer.dialects.claude.own_events import api_retry, compaction, error, info, turn_end
from observer.dialects.claude.processes import Processes
from observer.dialects.claude.server_tools import call_in, result_in
from observer.dialects.claude.spending import Spending
from observer.dialects.claude.tool_calls import ToolCalls, input_of
from observer.dialects.claude.turn_results import TurnResult, stop_result
from observer.dialects.claude.usage import SYNTHETIC, MessageTokens
from observer.dialects.dialect import ForeignEvent
from observer.format.fields import Fields, as_fields, as_items, compact

_NO_ANSWER = "No response requested."
"""What the CLI writes where the model was not asked."""
_TOLD = frozenset({
    "informational", "model_consent_fallback", "model_fallback", "model_refusal_fallback",
    "model_refusal_no_fallback", "notification",
})  # fmt: skip
"""System records that have a sentence for people."""
_QUIET = frozenset({
    "local_command", "memory_saved", "microcompact_boundary", "permission_retry", "scheduled_task_fire",
    "stop_hook_summary", "turn_starting",
})  # fmt: skip
"""System records that say nothing of the run."""
_TEXTS = {"text": "text", "thinking": "thinking"}

Release = Callable[[Agent], Iterator[ForeignEvent]]
"""Yields the beginning of a subagent, and what has waited for it."""


class Records:
    """The records of one session. A conversation is named by the `parent` of its events, None for the main one."""

    def __init__(self, unknown: Counter[str], release: Release) -> None:
        self.tokens = MessageTokens(final=True)
        self.spending = Spending(self.tokens)
        self.conversations = Conversations(self.tokens)
        self.calls = ToolCalls()
        self.agents = AgentFiles(self.calls)
        self.processes = Processes(self.spending)
        self._unknown = unknown
        self._release = release
        self._texts: set[int] = set()
        self._commands: set[str] = set()
        self._unnamed = 0

    def note_sessions(self, record: Fields) -> None:
        """Note the sessions whose files the record may name: its own, and the one that it was copied from."""
        for key in ("sessionId", "requestSessionId"):
            if id_ := record.text(key):
                self.calls.outputs.begin(id_)

    def message(self, record: Fields, message: Fields, parent: str | None, stamp: str | None) -> Iterator[ForeignEvent]:
        """Process a message of the model, or a part of one."""
        content = message.value("content")
        blocks = [Fields({"type": "text", "text": content})] if isinstance(content, str) else as_items(content)
        if record.flag("isApiErrorMessage") or message.text("model") == SYNTHETIC:
            yield from self._api_error(record, blocks, parent)
            return
        if parent is None and (model := message.text("model")):
            yield from self.processes.set_model(model)
        id_ = self._id(record, message)
        is_copied = self._note_origin(record)
        if not is_copied:
            self.tokens.message(Fields({**message.data, "id": id_}))
            if (cost := record.number("costUSD")) is not None:  # of versions up to 1.0
                self.tokens.state_cost(id_, cost)
        is_repeated = self.conversations.has_ended(id_)
        yield from self.conversations.part(message, id_, parent, is_copied=is_copied)
        index = record.whole("apiBlockIndex") if len(blocks) == 1 else None
        for block in blocks:
            if not self._is_repeated(block, id_, is_repeated=is_repeated):
                yield from self.conversations.block(block, id_, parent, index)
            yield from self._calls_in(block, parent, stamp)
        if parent is None:
            self._note_turn(message.optional_text("stop_reason"), blocks)

    def results(self, record: Fields, content: Any, parent: str | None, stamp: str | None) -> Iterator[ForeignEvent]:
        """Process the results of tools in a record of the user."""
        blocks = [block for block in as_items(content) if block.text("type") == "tool_result"]
        response = record.value("toolUseResult") if len(blocks) == 1 else None
        refusal = refusal_in(record.value("toolDenialKind"), record.value("permissionDecision"))
        for block in blocks:
            for event in self.calls.result(block, parent, stamp, response, refusal):
                if event.type == "tool_result":
                    yield from self._subagent(event.data, response)
                yield event
            if parent is None:
                self.processes.turn = None

    def system(self, record: Fields, parent: str | None) -> Iterator[ForeignEvent]:
        """Process what the CLI says of itself."""
        match record.value("subtype"):
            case "compact_boundary":
                metadata = record.object("compactMetadata")
                yield from self.conversations.end(parent)
                yield compaction(metadata.text("trigger"), metadata.value("preTokens"))
            case "api_error":
                attempt, delay = record.value("retryAttempt"), record.value("retryInMs")
                fields = record.object("error")
                sentence = fields.value("formatted") or fields.value("message") or record.value("error")
                words = sentence if isinstance(sentence, str) else compact(sentence) if sentence else None
                yield api_retry(attempt, record.value("maxRetries"), delay, fields.value("status"), words)
            case "turn_duration" if parent is None:
                yield from self.conversations.end(None)
                turn = self.processes.turn = self.processes.turn or TurnResult("success", "")
                yield turn_end(turn.outcome, record.whole("durationMs"))
            case str(subtype) if subtype in _TOLD:
                if text := record.text("content"):
                    yield info(text, subtype, parent)
            case subtype if not isinstance(subtype, str) or subtype not in _QUIET:
                self._unknown[f"system:{subtype}" if isinstance(subtype, str) else "system"] += 1

    def notice(self, text: str) -> Iterator[ForeignEvent]:
        """Process a notice that a task in the background has ended. The CLI writes it up to three times."""
        notice = parse_notification(text)
        if notice is None:
            return
        agent = self.agents.notice(notice)
        if agent is not None:
            yield from self._release(agent)
            yield from self.conversations.end(agent.parent)
            yield from self.agents.end_by_notice(agent, notice)
        elif notice.task_id not in self._commands:
            self._commands.add(notice.task_id)
            parent = self.calls.origin(notice.tool_use_id)
            yield info(notice.summary or f"background command {notice.status}", "background", parent)

    def _api_error(self, record: Fields, blocks: list[Fields], parent: str | None) -> Iterator[ForeignEvent]:
        text = "\n".join(block.text("text") for block in blocks if block.text("type") == "text")
        if text == _NO_ANSWER:
            return
        yield from self.conversations.end(parent)
        yield error(text, f"api:{record.text('error') or 'unknown'}", parent)
        if parent is None:
            self.processes.turn = TurnResult("failed", text)

    def _id(self, record: Fields, message: Fields) -> str:
        """Return the ID of a message. One without any is a message of its own."""
        id_ = message.text("id") or record.text("uuid")
        if not id_:
            self._unnamed += 1
            id_ = f"message-{self._unnamed}"
        return id_

    def _note_origin(self, record: Fields) -> bool:
        """Return whether a message was copied from the session that this one is a fork of, and counts there."""
        origin = record.text("requestSessionId")
        is_copied = bool(origin) and origin != record.text("sessionId")
        if is_copied:
            self.spending.forked()
        return is_copied

    def _is_repeated(self, block: Fields, id_: str, *, is_repeated: bool) -> bool:
        """Return whether a text is one that its message, which has ended, has had: a compaction writes some again."""
        kind = block.text("type")
        if kind not in _TEXTS:
            return False
        key = hash((id_, kind, block.text(_TEXTS[kind])))
        known = key in self._texts
        self._texts.add(key)
        return is_repeated and known

    def _calls_in(self, block: Fields, parent: str | None, stamp: str | None) -> Iterator[ForeignEvent]:
        if block.text("type") == "tool_use":
            id_, name = block.text("id"), block.text("name")
            yield from self.calls.use(id_, name, input_of(block), parent, stamp)
        elif call := call_in(block):
            yield from self.calls.use(*call, parent, stamp, of_server=True)
        elif result := result_in(block):
            yield from self.calls.server_result(result, parent, stamp)

    def _subagent(self, result: dict[str, Any], response: Any) -> Iterator[ForeignEvent]:
        """Yield the beginning and the end of the subagent whose call has this result, as far as they are due."""
        agent = self.agents.result(result["tool_use_id"], result, response)
        if agent is None:
            return
        duration_ms = as_fields(response).whole("totalDurationMs")
        result["duration_ms"] = result["duration_ms"] if duration_ms is None else duration_ms
        yield from self._release(agent)
        if self.agents.is_over(result, response):
            yield from self.conversations.end(agent.parent)
            yield from self.agents.end(agent, result, response)

    def _note_turn(self, stop_reason: str | None, blocks: list[Fields]) -> None:
        """Note whether the turn may be over: a text is its last word, and nothing is running in the foreground."""
        is_text = bool(blocks) and blocks[-1].text("type") == "text"
        is_final = stop_reason in FINAL or (stop_reason is None and not self.calls.pairs.is_waiting)
        self.processes.turn = stop_result(stop_reason) if is_text and is_final else None
