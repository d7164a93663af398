"""What `claude -p --output-format stream-json` prints: lines in, events out. Pure.

The order and the meaning of messages were observed with CLI 2.1.332: text arrives twice, an API error is a "success",
and only messages of the model and of the user have times.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from observer.dialects.claude.call_failures import denial_of_message, refusals_in
from observer.dialects.claude.call_ids import MessageCallIds
from observer.dialects.claude.conversations import Conversations
from observer.dialects.claude.own_events import (
    api_retry,
    compaction,
    error,
    info,
    malformed_line,
    rate_limit,
    run_start,
    session_start,
    turn_end,
    unknown,
)
from observer.dialects.claude.server_tools import McpCalls, call_in, result_in
from observer.dialects.claude.spending import Spending, cost_before
from observer.dialects.claude.stream_prompts import StreamPrompts
from observer.dialects.claude.tasks import MESSAGES, Tasks
from observer.dialects.claude.tool_calls import ToolCalls, input_of
from observer.dialects.claude.turn_results import TurnResult, prompt_refusal, refused_calls, turn_result
from observer.dialects.claude.usage import SYNTHETIC, MessageTokens
from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import complete, utc_timestamp
from observer.dialects.records import NO_OBJECT, decode_record, is_blank
from observer.format.fields import NO_FIELDS, Fields, as_fields, as_items

_SIGNS_OF_LIFE = frozenset(
    {"status", "hook_started", "hook_response", "hook_progress", "thinking_tokens", "background_tasks_changed"}
)
"""System messages without content."""
_QUIET = frozenset({"tool_progress", "tool_use_summary", "keep_alive", "auth_status", "prompt_suggestion"})
"""Types of records without content, with those of control messages, which answer a program."""
_CONTROL = "control_"


class StreamConverter:
    """Converts the lines of one stream."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        tokens = MessageTokens()
        self._tokens = tokens
        self._conversations = Conversations(tokens)
        self._spending = Spending(tokens)
        self._ids = MessageCallIds()
        self._calls = ToolCalls()
        self._tasks = Tasks(self._calls.pairs.is_open)
        self._mcp_calls = McpCalls()
        self._prompts = StreamPrompts()
        self._leading: list[ForeignEvent] = []
        self._is_started = False
        self._session_id: str | None = None
        self._cwd = ""
        self._stamp: str | None = None
        self._model_error: str | None = None
        self._prompt_refusal: str | None = None
        self._result = NO_FIELDS
        self._turn: TurnResult | None = None
        self._turns = 0
        self._duration_ms = 0

    def feed(self, line: bytes, origin: str = "") -> list[ForeignEvent]:
        """Return the events of the next line. A stream has no other files, so `origin` does not matter."""
        if is_blank(line):
            return []
        record = decode_record(line)
        if record is None or record.optional_text("type") is None:
            if not self._is_started:
                self._leading.append(info(line.decode(errors="replace").rstrip(), "output"))
                return []
            self.unknown[NO_OBJECT] += 1
            return [malformed_line(line)]
        stamp = utc_timestamp(record.value("timestamp"))
        self._stamp = stamp or self._stamp
        events = [*self._start(record), *self._convert(self._ids.record(record))]
        return [replace(event, timestamp=stamp) for event in events] if stamp else events

    def skip(self) -> None:
        """Note that lines are left out here."""
        self._tokens.skip()

    def flush(self) -> list[ForeignEvent]:
        """Return the messages that were held back because they might continue."""
        return list(self._conversations.close())

    def end(self) -> list[ForeignEvent]:
        """Return the end of the session and of the run, if the last turn has ended; nothing for a stream cut off."""
        if self._turn is None or self._session_id is None:
            return []
        turn, self._turn = self._turn, None
        reason = None if turn.outcome == "success" else turn.message
        events = [*self._conversations.close(), *self._with_messages(self._tasks.close())]
        events += self._calls.pairs.close(reason, self._stamp)
        events.append(self._session_end(turn, reason))
        data = complete(
            turn.outcome,
            "done" if reason is None else reason,
            project_dir=self._cwd,
            duration_ms=self._duration_ms,
            cost_usd=self._spending.cost_usd,
            tokens=tokens.data if (tokens := self._spending.tokens) else None,
            blocked=self._calls.pairs.blocked,
        )
        return [*events, ForeignEvent("complete", data)]

    def _start(self, record: Fields) -> Iterator[ForeignEvent]:
        """Yield the beginning of the run before the first record that is not only a sign of life."""
        kind = record.text("type")
        is_sign_of_life = kind == "system" and record.text("subtype") in _SIGNS_OF_LIFE
        if self._is_started or is_sign_of_life or kind.startswith(_CONTROL):
            return
        self._is_started = True
        session_id, version = record.text("session_id"), record.text("claude_code_version")
        self._cwd = record.text("cwd")
        yield run_start(session_id, self._cwd, version, "", record.optional_text("model"))
        yield from self._leading

    def _convert(self, record: Fields) -> Iterator[ForeignEvent]:
        parent = record.optional_text("parent_tool_use_id")
        match record.text("type"):
            case "stream_event":
                yield from self._stream_event(record.object("event").data, parent)
            case "assistant":
                yield from self._assistant(record, record.object("message"), parent)
            case "user":
                yield from self._user(record, record.object("message").value("content"), parent)
            case "system":
                yield from self._system(record)
            case "rate_limit_event":
                yield rate_limit(record.object("rate_limit_info"))
            case "result":
                yield from self._end_of_turn(record)
            case "conversation_reset":
                fields = ("new_conversation_id", "uuid", "session_id")
                yield unknown({name: record.value(name) for name in fields}, "ConversationResetMessage")
            case kind if kind not in _QUIET and not kind.startswith(_CONTROL):
                self.unknown[kind] += 1

    def _stream_event(self, event: dict[str, Any], parent: str | None) -> Iterator[ForeignEvent]:
        self._tokens.stream(event, parent)
        yield from self._conversations.stream(event, parent)
        yield from self._calls.pairs.stream(event, parent)
        if call := self._mcp_calls.stream(event, parent):
            yield from self._use(*call, parent, of_server=True)
        if event.get("type") == "content_block_start" and (result := result_in(as_fields(event.get("content_block")))):
            yield from self._calls.server_result(result, parent, self._stamp)

    def _assistant(self, record: Fields, message: Fields, parent: str | None) -> Iterator[ForeignEvent]:
        blocks = message.items("content")
        if message.text("model") == SYNTHETIC and (kind := record.optional_text("error")) is not None:
            text = "\n".join(block.text("text") for block in blocks if block.text("type") == "text")
            self._model_error = text if parent is None else self._model_error  # a subagent's is that of its own end
            yield error(text, f"api:{kind}", parent)
            return
        self._tokens.message(message)
        id_ = message.text("id") or record.text("uuid")
        yield from self._conversations.part(message, id_, parent)
        for block in blocks:
            yield from self._conversations.block(block, id_, parent)
            if block.text("type") == "tool_use":
                call_id, name = block.text("id"), block.text("name")
                yield from self._use(call_id, name, input_of(block), parent)
            elif call := call_in(block):
                yield from self._use(*call, parent, of_server=True)
            elif result := result_in(block):
                yield from self._calls.server_result(result, parent, self._stamp)

    def _use(
        self, id_: str, name: str, input_: dict[str, Any], parent: str | None, *, of_server: bool = False
    ) -> Iterator[ForeignEvent]:
        for event in self._calls.use(id_, name, input_, parent, self._stamp, of_server=of_server):
            self._tasks.call(parent)
            yield event

    def _user(self, record: Fields, content: Any, parent: str | None) -> Iterator[ForeignEvent]:
        refusals, response = refusals_in(record.value("tool_result_meta")), record.value("tool_use_result")
        for block in as_items(content):
            if block.text("type") == "tool_result":
                refusal = refusals.get(block.text("tool_use_id"))
                yield from self._calls.result(block, parent, self._stamp, response, refusal)
        yield from self._prompts.receive(record, content, parent)

    def _system(self, data: Fields) -> Iterator[ForeignEvent]:
        self._prompt_refusal = prompt_refusal(data) or self._prompt_refusal
        match data.optional_text("subtype"):
            case "init":
                yield from self._init(data)
            case "api_retry":
                names = ("attempt", "max_retries", "retry_delay_ms", "error_status", "error")
                yield api_retry(*map(data.value, names))
            case "compact_boundary":
                metadata = data.object("compact_metadata")
                yield compaction(metadata.text("trigger"), metadata.value("pre_tokens"))
            case "permission_denied" if id_ := data.text("tool_use_id"):
                self._calls.pairs.denied(id_, denial_of_message(data))
            case str(subtype) if subtype in MESSAGES:
                call = data.optional_text("tool_use_id")
                spawn = self._calls.spawns.get(call or "")
                agent_type = spawn.agent_type if spawn else None
                yield from self._with_messages(self._tasks.message(data, self._calls.origin(call), agent_type))
                yield from self._prompts.of_subagent(data)
            case str(subtype) if subtype not in _SIGNS_OF_LIFE:
                self.unknown[f"system:{subtype}"] += 1
                yield unknown(data.data, f"system:{subtype}")

    def _init(self, data: Fields) -> Iterator[ForeignEvent]:
        self._turn = None
        session_id = data.text("session_id")
        self._calls.outputs.begin(session_id)
        if self._session_id is None:
            self._session_id, self._cwd = session_id, data.text("cwd") or self._cwd
            yield session_start(data)

    def _end_of_turn(self, result: Fields) -> Iterator[ForeignEvent]:
        yield from self._conversations.end(None)
        yield from self._with_messages(self._tasks.end_turn())
        yield from self._calls.pairs.end_turn(refused_calls(result), self._stamp)
        self._result = result
        self._turns += result.whole("num_turns") or 0
        self._duration_ms += result.whole("duration_ms") or 0
        if before := cost_before(result):
            self._spending.resumed(before)
        models = result.fields("modelUsage")
        self._spending.report(result.number("total_cost_usd"), None if models is None else models.data)
        self._turn = turn_result(result, self._model_error, self._prompt_refusal)
        self._model_error = self._prompt_refusal = None
        yield turn_end(self._turn.outcome, result.whole("duration_ms"))

    def _with_messages(self, events: Iterator[ForeignEvent]) -> Iterator[ForeignEvent]:
        """Yield `events`, and before the end of a subagent that of its last message."""
        for event in events:
            if event.type == "subagent_complete" and isinstance(call := event.data["tool_use_id"], str):
                yield from self._conversations.end(call)
            yield event

    def _session_end(self, turn: TurnResult, reason: str | None) -> ForeignEvent:
        result = self._result
        usage, models = result.fields("usage"), result.fields("modelUsage")
        data: dict[str, object] = {
            "outcome": turn.outcome,
            "turns": self._turns,
            "duration_ms": self._duration_ms,
            "cost_usd": self._spending.cost_usd,
            "usage": None if usage is None else usage.data,
            "model_usage": None if models is None else models.data or None,
            "result": result.optional_text("result"),
            "tokens": tokens.data if (tokens := self._spending.tokens) else None,
            "terminal_reason": result.optional_text("terminal_reason"),
            "errors": result.texts("errors"),
            "session_id": self._session_id,
            "message": reason,
        }
        return ForeignEvent("session_end", data)
