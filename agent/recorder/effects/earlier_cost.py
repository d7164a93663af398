"""Finds what a conversation had cost before a session resumed or forked it.

The CLI adds that to the total which it reports, and the SDK does not pass on the difference. A CLI that ends writes the
total into the transcript of its conversation, and one that resumes it goes on from the last total there. So we read the
same line. After `kill -9` there is none for that session: neither for the CLI nor for us.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from claude_agent_sdk import ClaudeAgentOptions

from agent.recorder.costs.spending import Total

_ID = re.compile(r"[0-9a-fA-F-]{36}")
_BEGINNING = b'{"type":"cost-state"'


class ResumedConversation:
    """The conversation that a session with these options resumes or forks."""

    def __init__(self, options: ClaudeAgentOptions, environment: Mapping[str, str] = os.environ) -> None:
        arguments = options.extra_args
        self._id = options.resume or arguments.get("resume")
        self._resumed = bool(self._id or options.continue_conversation or "continue" in arguments)
        self._forked = options.fork_session or "fork-session" in arguments
        self._stored_elsewhere = options.session_store is not None
        self._environment = {**environment, **options.env}

    def cost_before(self, session_id: str) -> Total | None:
        """Return what it had cost before the session `session_id` started; None if that cannot be found out."""
        if not self._resumed:
            return Total()
        id_ = self._id if self._forked else session_id
        if self._stored_elsewhere or id_ is None or not _ID.fullmatch(id_):
            return None
        try:
            return _last_total(self._transcript(id_))
        except (OSError, ValueError):
            return None

    def _transcript(self, id_: str) -> Path:
        """Return the conversation's file. Raises FileNotFoundError."""
        home = self._environment.get("HOME") or Path.home()
        directory = Path(self._environment.get("CLAUDE_CONFIG_DIR") or Path(home, ".claude"))
        transcripts = list(directory.glob(f"projects/*/{id_}.jsonl"))
        if not transcripts:
            raise FileNotFoundError(f"no transcript of the conversation {id_} in {directory}")
        return max(transcripts, key=lambda path: path.stat().st_mtime)


def _last_total(transcript: Path) -> Total:
    """Return the last total in a transcript, or nothing if it has none. Raises ValueError for one in another form."""
    last = b""
    with transcript.open("rb") as lines:
        for line in lines:
            if line.startswith(_BEGINNING):
                last = line
    if not last:
        return Total()
    match json.loads(last):
        case {"totalCostUSD": float() | int() as cost, "modelUsage": dict(models)}:
            return Total.of(float(cost), models)
    raise ValueError(f"{transcript} has a total in another form")
