"""The data of the events that dialects produce, with all the fields that runtail's own writer gives them. Pure.

The writer's types stand in its own package. What a format does not say is null or empty here; what only the reader can
know of a foreign run (its process, its machine) is for whoever writes the events down.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from observer.format.fields import FieldAccess, compact
from observer.format.timestamps import timestamp_text

Data = dict[str, object]
Status = Literal["success", "error", "blocked"]
Outcome = Literal["success", "failed", "interrupted", "budget"]

_USUAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
"""A timestamp as JavaScript and most other programs write it: one that only lacks digits."""
MAX_ABOUT = 200
"""Characters of a prompt that a run's purpose quotes."""


def utc_timestamp(stamp: object) -> str | None:
    """Return an RFC 3339 timestamp as run files have it: in UTC, with six digits. None if it is none.

    >>> utc_timestamp("2026-11-29T08:59:14.5+01:00"), utc_timestamp("soon"), utc_timestamp(7)
    ('2026-11-29T07:59:14.500000Z', None, None)
    """
    if not isinstance(stamp, str):
        return None
    try:
        time = datetime.fromisoformat(stamp)
        utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if _USUAL.fullmatch(stamp):
        return f"{stamp[:-1]}000Z"
    return timestamp_text(utc)


def run_start(command: str, *, version: str = "", project_dir: str = "", model: str | None = None,
              about: str | None = None, resumed_from: str | None = None) -> Data:  # fmt: skip
    """Return the data of `run_start`; `about` is the first prompt or a title, shortened to one line."""
    return {
        "format": 1,
        "command": command,
        "model": model,
        "project_dir": project_dir,
        "pid": 0,
        "pid_start": None,
        "host": "",
        "lock": None,
        "version": version,
        "heartbeat_s": 0.0,
        "resumed_from": resumed_from,
        "recorded_from": None,
        "about": " ".join(about.split())[:MAX_ABOUT] if about else None,
        "sandbox": False,
        "unsafe": False,
    }


def session_start(session_id: str, *, model: str | None = None, cwd: str | None = None, tools: Iterable[str] = (),
                  cli_version: str | None = None, permission_mode: str | None = None,
                  mcp_servers: Iterable[Data] = ()) -> Data:  # fmt: skip
    """Return the data of `session_start`."""
    return {
        "iteration": 1,
        "agent_type": "SINGLE",
        "session_id": session_id,
        "model": model,
        "tools": list(tools),
        "cli_version": cli_version,
        "permission_mode": permission_mode,
        "mcp_servers": list(mcp_servers),
        "cwd": cwd,
    }


def prompt(text: str, source: str, images: Iterable[Data] = ()) -> Data:
    """Return the data of `prompt`."""
    return {"text": text, "source": source, "images": list(images)}


def image(media_type: str, size: int) -> Data:
    """Return an image of `size` bytes, which is kept nowhere."""
    return {"media_type": media_type, "bytes": size, "file": None}


def thought(text: str, message: str, block: int) -> Data:
    """Return the data of `thought`."""
    return {"text": text, "message": message, "block": block, "replaces": None}


def thinking(text: str, message: str, block: int, *, redacted: bool = False) -> Data:
    """Return the data of `thinking`."""
    return thought(text, message, block) | {"redacted": redacted}


def message(id_: str, text: str, *, tokens: Data | None, model: str | None = None,
            stop_reason: str | None = None) -> Data:  # fmt: skip
    """Return the data of `message`."""
    return {"id": id_, "model": model, "stop_reason": stop_reason, "tokens": tokens, "text": text}


def tokens(*, input_: int = 0, output: int | None = 0, cache_read: int = 0, cache_write: int = 0,
           thinking: int | None = None) -> Data:  # fmt: skip
    """Return numbers of tokens; `input_` is what was neither read from the cache nor written to it."""
    return {
        "input": input_,
        "output": output,
        "cache_read": cache_read,
        "cache_write": cache_write,
        "thinking": thinking,
    }


def tool_use(id_: str, name: str, arguments: Data) -> Data:
    """Return the data of `tool_use`."""
    return {"id": id_, "name": name, "input": arguments}


def tool_result(id_: str, name: str, status: Status, output: str, *, duration_ms: int | None = None,
                reason: str | None = None, rule: str | None = None, output_file: str | None = None,
                output_bytes: int | None = None, truncated: bool = False,
                images: Iterable[Data] = ()) -> Data:  # fmt: skip
    """Return the data of `tool_result`; `output_bytes` is the size of the whole output if this is not all of it."""
    return {
        "tool_use_id": id_,
        "name": name,
        "status": status,
        "duration_ms": duration_ms,
        "output": output,
        "output_bytes": len(output.encode("utf-8", "replace")) if output_bytes is None else output_bytes,
        "output_file": output_file,
        "reason": reason,
        "rule": rule,
        "command": None,
        "truncated": truncated,
        "images": list(images),
    }


def info(text: str, kind: str, **more: object) -> Data:
    """Return the data of `info`; what else is known, such as `duration_ms`, may follow the two fields of the format."""
    return {"message": text, "kind": kind, **more}


def error(text: str, kind: str) -> Data:
    """Return the data of `error`."""
    return {"message": text, "kind": kind, "traceback": None}


def complete(outcome: Outcome, text: str, *, project_dir: str = "", duration_ms: int = 0,
             cost_usd: float | None = None, tokens: Data | None = None,
             blocked: Iterable[Data] = ()) -> Data:  # fmt: skip
    """Return the data of `complete`."""
    return {
        "outcome": outcome,
        "project_dir": project_dir,
        "cost_usd": cost_usd,
        "duration_ms": duration_ms,
        "message": text,
        "reason": None,
        "blocked": list(blocked),
        "passing": None,
        "total": None,
        "tokens": tokens,
    }


def joined_text(fields: FieldAccess, key: str) -> str:
    """Return the text of a field that is a string or a list of blocks with a `text`; any other value as JSON."""
    value = fields.value(key)
    if isinstance(value, list):
        texts = [item if isinstance(item, str) else _text_of(item) for item in value]
        return "\n".join(text for text in texts if text)
    return value if isinstance(value, str) else compact(value) if value or value == 0 else ""


def _text_of(item: object) -> str:
    text = item.get("text") if isinstance(item, dict) else None
    return text if isinstance(text, str) else ""
