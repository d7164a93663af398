"""Records of Claude Code as its CLI 2.1.332 writes them, for tests: those of streams, and those of transcripts."""

import json
from collections.abc import Iterable
from itertools import count
from typing import Any

from observer.dialects.dialect import Converter, ForeignEvent

SESSION = "204aeb98-f6d2-4417-895b-28ce20e840c7"
Record = dict[str, Any]


def text(words: str) -> Record:
    return {"type": "text", "text": words}


def thinking(words: str) -> Record:
    return {"type": "thinking", "thinking": words, "signature": "s"}


def call(id_: str, name: str = "Bash", **input_: Any) -> Record:
    return {"type": "tool_use", "id": id_, "name": name, "input": input_}


def result(id_: str, output: Any = "", *, is_error: bool = False) -> Record:
    return {"type": "tool_result", "tool_use_id": id_, "content": output, "is_error": is_error}


def usage(output: int, **more: Any) -> Record:
    return {"input_tokens": 12, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 900,
            "output_tokens": output, **more}  # fmt: skip


def message(id_: str, *blocks: Record, stop: str | None = None, model: str = "claude-x", output: int = 7) -> Record:
    return {"id": id_, "role": "assistant", "model": model, "content": list(blocks), "stop_reason": stop,
            "usage": usage(output)}  # fmt: skip


class Stream:
    """Writes the records of a stream; each has a time one second after the one before, if such records have any."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._number = count(1)

    def add(self, kind: str, *, parent: str | None = None, timed: bool = False, **fields: Any) -> "Stream":
        number = next(self._number)
        record = {"type": kind, "session_id": SESSION, "uuid": f"u{number}", **fields}
        if kind in {"assistant", "user", "stream_event"}:
            record["parent_tool_use_id"] = parent
        if timed:
            record["timestamp"] = f"2026-11-29T07:56:{number % 60:02}.500Z"
        self.records.append(record)
        return self

    def init(self, **more: Any) -> "Stream":
        return self.system("init", cwd="/home/me/thing", tools=["Bash"], mcp_servers=[], model="claude-x",
                           permissionMode="default", claude_code_version="2.1.332", **more)  # fmt: skip

    def system(self, subtype: str, **fields: Any) -> "Stream":
        return self.add("system", subtype=subtype, **fields)

    def says(self, id_: str, *blocks: Record, parent: str | None = None, **more: Any) -> "Stream":
        return self.add("assistant", parent=parent, timed=True, message=message(id_, *blocks, **more))

    def user(self, content: Any, *, parent: str | None = None, **more: Any) -> "Stream":
        return self.add("user", parent=parent, timed=True, message={"role": "user", "content": content}, **more)

    def event(self, kind: str, **fields: Any) -> "Stream":
        return self.add("stream_event", event={"type": kind, **fields})

    def begins(self, id_: str) -> "Stream":
        return self.event("message_start", message=message(id_, output=1))

    def block(self, index: int, block: Record, *pieces: str, end: bool = True) -> "Stream":
        """Stream a block: its beginning, its pieces, and unless the stream breaks its end."""
        empty = {key: "" if key in {"text", "thinking"} else value for key, value in block.items()}
        self.event("content_block_start", index=index, content_block=empty)
        names = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}
        kind, field = names.get(block["type"], ("input_json_delta", "partial_json"))
        for piece in pieces:
            self.event("content_block_delta", index=index, delta={"type": kind, field: piece})
        return self.event("content_block_stop", index=index) if end else self

    def ends(self, stop: str, output: int = 7) -> "Stream":
        self.event("message_delta", delta={"stop_reason": stop}, usage=usage(output))
        return self.event("message_stop")

    def result(self, words: str = "ok", **more: Any) -> "Stream":
        models = {"claude-x": {"inputTokens": 12, "outputTokens": 7, "cacheReadInputTokens": 900,
                               "cacheCreationInputTokens": 5, "costUSD": 0.25}}  # fmt: skip
        fields = {"subtype": "success", "is_error": False, "duration_ms": 1500, "duration_api_ms": 900, "num_turns": 2,
                  "total_cost_usd": 0.25, "result": words, "usage": usage(7), "modelUsage": models,
                  "permission_denials": [], "terminal_reason": "completed", "stop_reason": "end_turn"}  # fmt: skip
        return self.add("result", **{**fields, **more})

    @property
    def lines(self) -> list[bytes]:
        return encode(self.records)


class File:
    """Writes the records of a transcript, one second after the other; each is the child of the one before."""

    def __init__(self, agent: str | None = None, at: int = 0) -> None:
        self.records: list[Record] = []
        self._agent = agent
        self._at = at

    def add(self, kind: str, **fields: Any) -> "File":
        number = len(self.records) + 1
        prefix = self._agent or "m"
        self._at += 1
        record: Record = {"parentUuid": f"{prefix}{number - 1}" if number > 1 else None,
                          "isSidechain": self._agent is not None}  # fmt: skip
        if self._agent:
            record["agentId"] = self._agent
        record |= {"type": kind, "uuid": f"{prefix}{number}", "timestamp": f"2026-11-29T08:00:{self._at:02}.000Z",
                   "cwd": "/home/me/thing", "sessionId": SESSION, "version": "2.1.332", **fields}  # fmt: skip
        self.records.append({key: value for key, value in record.items() if value is not ...})
        return self

    def bare(self, kind: str, **fields: Any) -> "File":
        """Add a record without a time, and without a place in the conversation."""
        self.records.append({"type": kind, "sessionId": SESSION, **fields})
        return self

    def prompt(self, words: Any, **more: Any) -> "File":
        return self.add("user", message={"role": "user", "content": words}, **more)

    def says(self, id_: str, *blocks: Record, stop: str | None = None, output: int = 7, **more: Any) -> "File":
        return self.add("assistant", message=message(id_, *blocks, stop=stop, output=output), **more)

    def result(self, id_: str, output: Any = "", *, is_error: bool = False, **more: Any) -> "File":
        return self.prompt([result(id_, output, is_error=is_error)], **more)

    def cost(self, usd: float, tokens: int = 12, **more: Any) -> "File":
        models = {"claude-x": {"inputTokens": tokens, "outputTokens": 7, "costUSD": usd}}
        fields = {"totalCostUSD": usd, "modelUsage": models, "totalDuration": 2000, "hasUnknownModelCost": False}
        return self.bare("cost-state", **{**fields, **more})

    @property
    def lines(self) -> list[bytes]:
        return encode(self.records)


def encode(records: Iterable[Record]) -> list[bytes]:
    return [json.dumps(record, separators=(",", ":")).encode() for record in records]


def feed(converter: Converter, lines: Iterable[bytes], origin: str = "") -> list[ForeignEvent]:
    return [event for line in lines for event in converter.feed(line, origin)]


def of(events: Iterable[ForeignEvent], kind: str) -> list[dict[str, Any]]:
    """Return the data of the events of one type."""
    return [event.data for event in events if event.type == kind]


def brief(events: Iterable[ForeignEvent]) -> list[str]:
    """Return each event as one word and what it is about: its text, its name or its ID."""
    return [" ".join(filter(None, [event.type, _about(event.data), event.parent and f"in {event.parent}"]))
            for event in events]  # fmt: skip


def _about(data: dict[str, Any]) -> str:
    for key in ("status", "kind", "outcome"):
        if isinstance(data.get(key), str):
            return str(data[key])
    if "stop_reason" in data:
        return str(data["id"])
    return next((str(data[key]) for key in ("text", "name", "id", "message") if isinstance(data.get(key), str)), "")
