"""Tells the records of Claude Code from those of other programs. Pure.

What converts them is imported only for a file that has such records: it takes longer than to recognize one.
"""

from collections.abc import Mapping

from observer.dialects.dialect import Converter


class Transcript:
    """The dialect of transcripts."""

    name = "claude-transcript"
    program = "Claude Code"

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a message in a transcript, -1 for a record of others, 0 for bookkeeping."""
        kind, message = record.get("type"), record.get("message")
        if "session_id" in record and "sessionId" not in record and kind != "queue-operation":
            return -1
        if "seq" in record or "payload" in record:
            return -1
        is_ours = any(key in record for key in ("sessionId", "uuid", "isSidechain", "timestamp"))
        if kind in ("user", "assistant") or kind is None:
            return 1 if isinstance(message, dict) and is_ours and (kind or "sessionId" in record) else -1
        if kind in ("system", "cost-state", "queue-operation"):
            return 1 if "sessionId" in record else 0
        return 0

    def converter(self) -> Converter:
        """Return a converter for one session."""
        from observer.dialects.claude.transcript import TranscriptConverter  # noqa: PLC0415 - see above

        return TranscriptConverter()


class StreamJson:
    """The dialect of streams."""

    name = "claude-stream-json"
    program = "Claude Code"

    def vote(self, record: Mapping[str, object]) -> int:
        """Return 1 for a message of a stream, which names its session with an underscore, -1 for one of others."""
        kind, session = record.get("type"), record.get("session_id")
        if "sessionId" in record or not isinstance(kind, str) or "seq" in record:
            return -1
        if not isinstance(session, str):
            return 0
        match kind:
            case "assistant" | "user":
                return 1 if isinstance(record.get("message"), dict) else -1
            case "system" | "result":
                return 1 if isinstance(record.get("subtype"), str) else -1
            case "stream_event":
                return 1 if isinstance(record.get("event"), dict) else -1
        return 1 if kind == "rate_limit_event" else 0

    def converter(self) -> Converter:
        """Return a converter for one stream."""
        from observer.dialects.claude.stream_json import StreamConverter  # noqa: PLC0415 - see above

        return StreamConverter()
