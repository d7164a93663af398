"""No secret reaches the file, in whatever field or pieces it arrives, and nothing else is changed."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.events import Error, Event, Info, Thought, ToolUse
from agent.recorder.text.text_stream import TextStream
from agent.runlog.redaction.redact import Redactor, is_secret_name
from tests.agent.runlog.writing import events_of, quiet_log

# Joined here so that secret scanners do not report this file.
TOKENS = {
    "anthropic_key": "sk-" + "ant-api03-" + "Ab1_" * 8,
    "openai_key": "sk-" + "proj-" + "Ab1_" * 8,
    "stripe_key": "sk" + "_live_" + "Ab1c" * 6,
    "github_token": "ghp" + "_" + "Ab1c" * 9,
    "gitlab_token": "glpat" + "-" + "Ab1c" * 5,
    "slack_token": "xoxb" + "-12345678901-abcdefghij",
    "aws_key_id": "AKIA" + "ABCDEFGH12345678",
    "google_key": "AIza" + "Ab1c-" * 7,
    "npm_token": "npm" + "_" + "Ab1c" * 9,
    "pypi_token": "pypi-" + "AgE" + "Ab1c" * 14,
    "huggingface_token": "hf" + "_" + "Ab1c" * 8,
    "sendgrid_key": "SG" + "." + "Ab1c" * 5 + "." + "Ab1c" * 8,
    "jwt": "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + "." + "SflKxwRJSMeKKF2QT4",
    "private_key": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEabc+/=\n-----END RSA PRIVATE KEY-----",
}
PASSWORD = 'pa"ss\nwörd-17'
ENVIRONMENT = {"DB_PASSWORD": PASSWORD, "MY_TOKEN": "heartbeat", "SHORT_KEY": "true", "PATH": "/usr/bin:/bin"}


@pytest.mark.parametrize(("kind", "token"), TOKENS.items(), ids=TOKENS)
def test_a_token_of_a_known_shape_is_replaced_and_the_rest_is_not(kind: str, token: str) -> None:
    redacted = Redactor({}).redact(f"before {token} after")
    assert redacted == f"before [redacted:{kind}] after"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("postgres://me:s3cr3t@host/db", "postgres://[redacted:url_password]@host/db"),
        ("Authorization: Bearer abcdefghijklmnopqrstuvwx", "Authorization: Bearer [redacted:bearer]"),
    ],
)
def test_passwords_in_urls_and_headers_are_replaced(text: str, redacted: str) -> None:
    assert Redactor({}).redact(text) == redacted


@pytest.mark.parametrize(
    "text", ["task-oriented-programming-style", "https://example.org/a@b", "the bearer of news", "xoxo"]
)
def test_ordinary_text_is_not_changed(text: str) -> None:
    assert Redactor({}).redact(text) == text


@pytest.mark.parametrize(
    ("name", "secret"),
    [("GITHUB_TOKEN", True), ("PGPASSWORD", True), ("AWS_SECRET_ACCESS_KEY", True), ("STRIPE_KEY", True),
     ("KEYBOARD", False), ("SSH_AUTH_SOCK", False), ("AWS_ACCESS_KEY_ID", False), ("MONKEY", False)],
)  # fmt: skip
def test_a_variable_is_secret_by_the_words_of_its_name(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    "event",
    [
        Info(message=f"it is {PASSWORD}"),
        Error(message=PASSWORD, kind="x", traceback=f"File {PASSWORD}"),
        ToolUse(id="t", name="Bash", input={"command": [f"echo {PASSWORD}"], f"key {PASSWORD}": {PASSWORD: 1}}),
        Info(message=json.dumps({"nested": json.dumps({"password": PASSWORD})})),
        Info(message=json.dumps({"password": PASSWORD})),
    ],
)
async def test_the_value_of_a_secret_variable_is_replaced_everywhere(
    event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    async with quiet_log(tmp_path) as log:
        await log.emit(event)
    content = log.path.read_text()
    assert "[redacted:DB_PASSWORD]" in content
    assert "wörd-17" not in content


async def test_the_envelope_is_never_redacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    async with quiet_log(tmp_path) as log:
        await log.emit(Info(message="a heartbeat, true"))
        await log.begin_wait("rate_limited")
    info, heartbeat = events_of(log.path)[1:3]
    assert info["data"]["message"] == "a [redacted:MY_TOKEN], true"
    assert (heartbeat["type"], heartbeat["data"]["state"]) == ("heartbeat", "rate_limited")


@given(
    secret=st.sampled_from([*TOKENS.values(), PASSWORD]),
    before=st.text(max_size=12),
    after=st.text(max_size=12),
    cuts=st.lists(st.integers(0, 200), max_size=8),
)
def test_a_secret_that_arrives_in_pieces_is_never_written_in_clear(
    secret: str, before: str, after: str, cuts: list[int]
) -> None:
    redactor = Redactor(ENVIRONMENT)
    text = f"{before} {secret} {after}"
    stream = TextStream(redactor.redact_piece)
    edges = sorted({0, len(text), *(cut % len(text) for cut in cuts)})
    written = [
        *stream.stream({"type": "message_start", "message": {"id": "m"}}, 0.0),
        *stream.stream({"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}, 0.0),
    ]
    for start, end in itertools.pairwise(edges):
        piece = {"type": "text_delta", "text": text[start:end]}
        now = float(start)  # so late that each piece is written by itself
        written += stream.stream({"type": "content_block_delta", "index": 0, "delta": piece}, now)
    written += stream.complete_block("m", "text", text)
    texts = [event.text for event in written if isinstance(event, Thought)]

    assert "".join(texts) == redactor.redact(text)
    assert secret not in "".join(redactor.redact(piece) for piece in texts)
