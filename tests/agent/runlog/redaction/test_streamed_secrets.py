"""A secret written in pieces shows no more than one written at once, wherever it is cut and whatever surrounds it.

Tests agent.runlog.redaction.redact, agent.runlog.redaction.text_pieces and agent.runlog.redaction.unfinished_secrets.
"""

import statistics
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.events import Info, Phase, ToolUse
from agent.runlog.encoder import LineEncoder
from agent.runlog.redaction.redact import LineCleaner, Redactor
from agent.runlog.redaction.text_pieces import Piece, TextEnd, TextPieces
from tests.agent.runlog.redaction.test_redact import ENVIRONMENT, PASSWORD, TOKENS

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
    pieces = TextPieces(REDACTOR.redact_piece)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    written = [pieces.add(text[start:end]) for start, end in pairwise(places)]
    return "".join(map(REDACTOR.redact, (*written, pieces.end())))  # lines are redacted once more


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


DOCS = Path(__file__).parents[4] / "docs"
TRANSCRIPT = """$ git status --short && ls -l agent
 M agent/runlog/redact.py
-rw-r--r-- 1 bob bob  1204 Nov 23 01:12 __main__.py
$ export PATH=/usr/local/bin:$PATH; echo "done" | tee log.txt
$ curl -s https://example.org/api/v1/items?page=2 | jq '.items[] | .name'
"a first name"
$ python -m pytest -q tests/agent --maxfail=1
............................................ [100%]
44 passed in 3.21s
$ docker run --rm -v "$PWD:/src" -p 8080:80 nginx:1.27 ls /src
"""


@pytest.mark.parametrize(
    "text",
    [
        (DOCS / "decisions.md").read_text()[:12_000],
        (DOCS.parent / "README.md").read_text(),
        (DOCS.parent / "agent" / "runlog" / "runlog.py").read_text(),
        TRANSCRIPT,
    ],
    ids=["decisions", "README", "code", "a transcript"],
)
def test_hardly_more_than_the_last_word_of_a_text_waits(text: str) -> None:
    lengths = [REDACTOR.pending_secret_length(text[:end]) for end in range(1, len(text), 19)]
    assert statistics.mean(lengths) <= 5
    assert max(lengths) <= 40


@pytest.mark.parametrize(
    ("before", "ready"),
    [
        ("The password is hun", "The password is "),
        ('curl -s -u bob:"hun', 'curl -s -u bob:"'),
        ("name,email,password\nbob,b@example.com,hun", "name,email,password\n"),
        ("Server=db;User Id=bob;Password=hun", "Server=db;User "),
    ],
)
def test_what_says_that_a_word_is_a_secret_is_written_at_once(before: str, ready: str) -> None:
    pieces = TextPieces(Redactor({}).redact_piece)
    assert pieces.add(before) == ready
    assert "hun" not in pieces.add("terZ42!x") + pieces.end()


def test_the_head_of_a_long_table_is_remembered() -> None:
    row = "bob,tomato{}rain,b@example.com\n"
    text = "name,password,email\n" + "".join(row.format(number) for number in range(100, 600))
    pieces = TextPieces(Redactor({}).redact_piece)
    written = "".join(pieces.add(text[start : start + 70]) for start in range(0, len(text), 70)) + pieces.end()
    assert "tomato" not in written
    assert written.count("b@example.com") == 500


def test_a_word_that_is_cut_off_behind_the_name_of_a_secret_is_left_out() -> None:
    for text, written in (("It is hun", "It is hun"), ("The password is hun", "The password is ")):
        pieces = TextPieces(Redactor({}).redact_piece)
        assert pieces.add(text) + pieces.end(TextEnd.CUT_OFF) == written


def test_a_megabyte_of_names_is_searched() -> None:
    text = "key=" * 250_000
    assert Redactor({}).redact(text) == text


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


@pytest.mark.parametrize("part", ["1", "_1", "test1", "key_1", "_", "A", "aA", "a1_", "-", "Ab1", ".", "=", "\\n", "$"])
def test_no_text_takes_exponential_time(part: str) -> None:
    """Twice as long a text would take a thousand times as long; `benchmarks/redact.py` measures what is slow."""
    for length in (40, 4000):
        run = part * (length // len(part))
        for text in (
            f"key{run}, abcdefgh1234567890XYZ",
            f'password{run}-= "{run}!x"',
            f"API_KEY={run}\u00e9",
            f"token: {run}1x!",
        ):
            REDACTOR.redact(text)
            REDACTOR.pending_secret_length(text)


@pytest.mark.parametrize("text", ["0f:a3:" * 2000, "TWFu" * 3000, "password=" * 1000, "a " * 6000])
def test_a_text_in_pieces_is_searched_a_few_times_whatever_waits(text: str) -> None:
    searched = 0

    def redact_piece(text: str, start: int, end: TextEnd) -> Piece:
        nonlocal searched
        searched += len(text) - start
        return REDACTOR.redact_piece(text, start, end)

    pieces = TextPieces(redact_piece)
    written = "".join(pieces.add(text[start : start + 4]) for start in range(0, len(text), 4)) + pieces.end()
    assert written == text
    assert searched < 100 * len(text)


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
