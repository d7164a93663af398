"""Recognizes lines of transcripts that need not be decoded, by their beginning. Pure.

They are most of the bytes of a transcript: requests as they were sent, snapshots of prompts and files.
"""

import re

_FIELD = rb'"\w+"\s*:\s*(?:null|true|false|"[^"\\]*")\s*,\s*'
_KIND = re.compile(
    rb'\s*\{\s*(?:(?!"type")' + _FIELD + rb'){0,8}("attachment"\s*:\s*\{\s*)?"type"\s*:\s*"([\w-]+)"', re.ASCII
)
_MODEL = re.compile(rb'"modelId"\s*:\s*"([^"\\]+)"')
_HEAD = 512
"""The bytes of a line in which its kind stands."""

QUIET = frozenset({
    "agent-color", "agent-name", "agent-setting", "api-request", "api-request-blob", "api-request-resumed",
    "api-request-shape", "artifact-autoreact-ledger", "artifact-comment-monitor", "atis-latch",
    "attribution-snapshot", "bridge-session", "content-replacement", "continued-in", "data-flow-incomplete",
    "data-flow-records", "derived-from", "dev-mods", "ended-by-model", "file-history-delta", "file-history-snapshot",
    "fork-context-ref", "frame-link", "history-suppression", "host-row", "hybrid-organization", "isolation-latch",
    "last-prompt", "memory-mode", "mode", "observer-ref", "permission-mode", "pr-link", "progress", "relocated",
    "resume-head-vouch", "session-owner", "tag", "tools-used", "worktree-state",
})  # fmt: skip
"""The types of the records of CLI 2.1.332, and of older ones, that say nothing of the run."""
_TOLD_ATTACHMENTS = frozenset({"queued_command"})
"""The types of attachments that do."""


def skipped_kind(line: bytes) -> str | None:
    """Return the kind of a line that need not be decoded: its type, `attachment` for all of those; else None.

    >>> skipped_kind(b'{"type":"last-prompt","leafUuid":"u"}'), skipped_kind(b'{"type":"user","uuid":"u"}')
    ('last-prompt', None)
    >>> skipped_kind(b'{"parentUuid":"u","isSidechain":false,"attachment":{"type":"date","text":"..."}}')
    'attachment'
    """
    match = _KIND.match(line, 0, _HEAD)
    if match is None:
        return None
    kind = match[2].decode()
    if match[1]:
        return None if kind in _TOLD_ATTACHMENTS else "attachment"
    return kind if kind in QUIET else None


def announced_model(line: bytes) -> str | None:
    """Return the model that an attachment announces before the first request, None for any other line."""
    match = _KIND.match(line, 0, _HEAD)
    if match is None or not match[1] or match[2] != b"model":
        return None
    model = _MODEL.search(line, 0, _HEAD)
    return model[1].decode(errors="replace") if model else None
