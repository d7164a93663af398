"""Detects that the API refuses the credentials, the account or the model, so that asking again is useless. Pure."""

import re

from agent.events import ApiRetry, Error, Event, Thinking, Thought, ToolUse

_CREDENTIALS = (
    "the API refuses the credentials ({}); set a valid ANTHROPIC_API_KEY, or log in again with the CLI (run `claude`, "
    "then `/login`)"
)
_ACCOUNT = "the API refuses the account ({}); check its billing, or use another account"
_MODEL = "the API refuses the model ({}); choose another one with --model"
_AUTHENTICATION = "authentication_failed"
_SENTENCES = {
    _AUTHENTICATION: _CREDENTIALS,
    "oauth_org_not_allowed": _CREDENTIALS,
    "billing_error": _ACCOUNT,
    "model_not_found": _MODEL,
}
"""The CLI's names of errors that another attempt does not cure."""
_ACCOUNT_TEXT = re.compile(r"API Error: 402\b|.*\bdisabled organization\b")
"""Two more, for which CLI 2.1.332 has only a text."""
_MAX_ATTEMPTS = 2
"""Attempts with credentials that have never worked; before the second, the CLI renews those that it can. With a key it
would make eleven, which takes three minutes."""
_MAX_DELAY_MS = 5000
"""The longest delay before the second attempt that is waited for. A server may ask for any (`retry-after`)."""


class Refusals:
    """Follows the events of a session. `credentials_work` says whether the API has ever accepted them in this run.

    Credentials that have worked are given the CLI's time, as a token may be being renewed, or the API be in trouble.
    """

    def __init__(self, *, credentials_work: bool = False) -> None:
        self.credentials_work = credentials_work
        self.refusal: str | None = None
        """Why the session has failed for good, and what to do; None if it has not."""
        self._attempts = 0
        self._waits_long = False

    @property
    def retries_are_useless(self) -> bool:
        """Whether the CLI still tries credentials that have been refused often enough, or waits long to do so."""
        return self._attempts >= _MAX_ATTEMPTS or self._waits_long

    def check(self, event: Event, parent: str | None) -> None:
        """Process an event."""
        match event:
            case Thought() | Thinking() | ToolUse():
                self.credentials_work, self.refusal, self._attempts, self._waits_long = True, None, 0, False
            case ApiRetry() if event.error == _AUTHENTICATION and not self.credentials_work:
                self._attempts += 1
                self._waits_long = event.delay_ms > _MAX_DELAY_MS
                if self.retries_are_useless:
                    self.refusal = _CREDENTIALS.format(f"{event.status} {event.error}")
            case Error(kind=kind, message=message) if parent is None and kind.startswith("api:"):
                self._check_error(kind.removeprefix("api:"), " ".join(message.split()).rstrip("."))

    def _check_error(self, kind: str, message: str) -> None:
        sentence = _ACCOUNT if _ACCOUNT_TEXT.match(message) else _SENTENCES.get(kind)
        if sentence and not (kind == _AUTHENTICATION and self.credentials_work):
            self.refusal = sentence.format(message)
