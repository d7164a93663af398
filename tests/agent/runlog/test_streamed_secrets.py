"""A secret written in pieces shows no more than one written at once, wherever it is cut and whatever surrounds it.

Tests agent.runlog.redact.
"""

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.events import Info, Phase, ToolUse
from agent.runlog.encoder import LineEncoder
from agent.runlog.redact import LineCleaner, Redactor
from tests.agent.runlog.test_redact import ENVIRONMENT, PASSWORD, TOKENS

# Values that end like the beginnings of other secrets, so that a careless cut would split them.
AWKWARD = {"A_SECRET": "my-passwords", "B_SECRET": "strength", "C_SECRET": "wordsmith-e", "D_SECRET": "th-my-passw"}
REDACTOR = Redactor(ENVIRONMENT | AWKWARD)
IN_CONTEXT = [
    "postgres://me:s3cr3t-pass@host/db",
    "Bearer abcdefghijklmnopqrstuvwx",
    "BEARER\tabcdefghijklmnopqrstuvwx",
]
SECRETS = [*TOKENS.values(), PASSWORD, *AWKWARD.values(), *IN_CONTEXT]
AROUND = ["", " ", "\n", "\\n", "\\u0009", "%3D", '"', "=", "密码", "x", "s", "-----", "https:", "a@b ", "Bear"]
WINDOW = 10


def in_pieces(text: str, cuts: list[int]) -> str:
    """Return what reaches the file when `text` is emitted in pieces, each without the pending end of a secret."""
    written, pending = "", ""
    for start, end in pairwise(sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})):
        pending += text[start:end]
        ready = len(pending) - REDACTOR.pending_secret_length(pending)
        written += REDACTOR.redact(pending[:ready])
        pending = pending[ready:]
    return written + REDACTOR.redact(pending)


@given(
    parts=st.lists(st.sampled_from(SECRETS) | st.sampled_from(AROUND) | st.text(max_size=5), min_size=1, max_size=7),
    cuts=st.lists(st.integers(0, 500), max_size=12),
)
@example(parts=["my-passwords"], cuts=[12])
@example(parts=["Authorization: ", IN_CONTEXT[1]], cuts=[19])
@example(parts=["https", "://me:s3cr3t-pass@host"], cuts=[5, 6, 7])
@example(parts=["\\n", TOKENS["openai_key"], " "], cuts=[1])
@example(parts=[";0", TOKENS["google_key"], " "], cuts=[6])
def test_cutting_a_text_reveals_no_part_of_a_secret(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    at_once, written = REDACTOR.redact(text), in_pieces(text, cuts)
    for secret in {part for part in parts if part in SECRETS}:
        for start in range(len(secret) - WINDOW + 1):
            window = secret[start : start + WINDOW]
            assert window in at_once or window not in written


@given(st.text(), st.lists(st.integers(0, 500), max_size=5))
def test_cutting_a_text_changes_nothing_else(text: str, cuts: list[int]) -> None:
    assert in_pieces(text, cuts) == REDACTOR.redact(text)


@pytest.mark.parametrize(
    "text", ["All tests pass. ", "-----BEGIN CERTIFICATE-----\nMIIC1 ", "It is done.", "see https://a.org/b ", "a @ b "]
)
def test_ordinary_text_has_no_pending_secret(text: str) -> None:
    assert REDACTOR.pending_secret_length(text) == 0


@pytest.mark.parametrize(
    "before",
    ["", "\n", "\\n", "密码是", "é", '{\\"key\\": \\"', "%3D"],
    ids=["nothing", "a line break", "an escaped line break", "CJK", "a letter", "quoted JSON", "a URL escape"],
)
def test_every_kind_of_secret_is_found_in_encoded_data_after(before: str) -> None:
    for secret in [*TOKENS.values(), PASSWORD, *IN_CONTEXT]:
        text = before + secret
        encoded = LineEncoder("run", lambda: 0).encode(Info(message=text), Phase.SINGLE, 1, None)
        cleaned = LineCleaner(REDACTOR).clean([encoded])
        assert REDACTOR.redact(text) != text
        assert b"[redacted:" in cleaned, secret
        assert secret.encode() not in cleaned


def test_a_secret_in_deeply_nested_data_is_removed_with_the_nesting() -> None:
    deep: object = TOKENS["github_token"]
    for _ in range(700):
        deep = [deep]
    event = ToolUse(id="t", name="Bash", input={"token": TOKENS["jwt"], "deep": deep})
    cleaned = LineCleaner(REDACTOR).clean([LineEncoder("run", lambda: 0).encode(event, Phase.SINGLE, 1, None)])
    assert b"[redacted:jwt]" in cleaned
    assert TOKENS["github_token"].encode() not in cleaned
    assert b"nested too deeply" in cleaned


@pytest.mark.parametrize(
    "hostile",
    ["eyJ-", "eyJ", "://a:", "Bearer ", "-----BEGIN ", "sk-", "SG.", "PRIVATE KEY", "pwd=abcd; ", "password=",
     "sk-aaaaaaaaaaaaa"],
)  # fmt: skip
def test_hostile_text_is_searched_in_bounded_time(hostile: str) -> None:
    text = hostile * (64 * 1024 // len(hostile)) + "@ .eyJ k_live_ earer SG."
    began = time.process_time()
    REDACTOR.redact(text)
    REDACTOR.pending_secret_length(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("part", ["_", "A", "aA", "a_", "a1_", "-", "a-1", "Ab1", ".", "a.", "=", "secret", "1.", "$"])
def test_a_hostile_value_is_judged_in_bounded_time(part: str) -> None:
    value = part * (3900 // len(part))
    began = time.process_time()
    for text in (f'password = "{value}!x"', f"API_KEY={value}\u00e9", f"api_key_{value}1", f"token: {value}1x!"):
        REDACTOR.redact(text)
    assert time.process_time() - began < 2


@given(st.lists(st.sampled_from([*TOKENS.values(), PASSWORD]), max_size=4), st.integers(0, 70_000))
def test_a_long_text_is_redacted_like_a_short_one(secrets: list[str], offset: int) -> None:
    text = "a" * offset + " " + " and ".join(secrets) + " " + "b " * 40_000
    redacted = REDACTOR.redact_long(text)
    assert redacted == REDACTOR.redact(text)
    assert not any(secret in redacted for secret in secrets)


def test_a_secret_variable_may_hold_any_bytes() -> None:
    redactor = Redactor({"A_TOKEN": b"abcdefgh\xff".decode("utf-8", "surrogateescape")})
    encoded = LineEncoder("run", lambda: 0).encode(Info(message="it is abcdefgh\udcff"), Phase.SINGLE, 1, None)
    assert b'"message":"it is [redacted:A_TOKEN]"' in LineCleaner(redactor).clean([encoded])
