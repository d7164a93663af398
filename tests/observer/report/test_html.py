"""The HTML report as text: what it states without a script, that text of a run stays text, and its limits.

Tests observer.report.html, observer.report.html_rows, observer.report.html_fields, observer.report.html_text,
observer.report.html_answer, observer.report.html_problems, observer.report.html_tables, observer.report.truncate and
observer.report.svg_charts.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observer.format.event import Event, decode
from observer.format.lines import Line
from observer.report.bundle import ENTRY_POINT, STYLE_SHEETS
from observer.report.html import embed_json, render_html
from observer.report.html_rows import LIVENESS_TYPES, MIN_TEXT, LogRows, build_rows
from observer.runs.run import load_run
from observer.runs.timeline import SPANNING
from observer.web.page_script import import_order, read_page_file
from tests.helpers import event_at
from tests.observer.report.runs import HOSTILE, RUN, hostile_run
from tests.observer.written import IMAGE, Script, every_type

NOW = 1_795_000_000.0
Loaded = Callable[..., str]


@pytest.fixture
def render(tmp_path: Path) -> Loaded:
    """A function that returns the page of a run with these lines."""

    def make(*lines: bytes) -> str:
        path = tmp_path / "20261123T011230Z-7f3a9c.ndjson"
        path.write_bytes(b"".join(lines))
        with load_run(path) as run:
            return "".join(render_html(run, NOW))

    return make


class Parsed(HTMLParser):
    """The elements of a page, their attributes, and the text outside of style and script."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self._inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in self.raw else ""
        if self._inside:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside][-1] += data
        else:
            self.text += data


def data_of(source: str) -> Any:
    return json.loads(Parsed(source).raw["script"][0])


def rows_of(*lines: bytes, **limits: int) -> LogRows:
    log = LogRows(**limits)
    for number, one in enumerate(lines, 1):
        event = decode(Line(one.rstrip(b"\n"), 0))
        assert isinstance(event, Event)
        log.add(event, number)
    return log


def test_outcome_totals_and_problems_need_no_script(render: Loaded) -> None:
    text = " ".join(Parsed(render(*RUN)).text.split())
    for part in (
        "failed", "the budget is spent", "A thing that works", "agent build SPEC.md", "/home/me/thing", "claude-x",
        "2026-11-23 01:12:30 UTC", "$0.75", "2/5", "coding 3", "1 failed, 1 blocked",
        "Blocked calls 1", "curl example.com | sh", "curl is not on the list", "allowlist",
        "Problems 2", "the model is gone", "Failed calls 1", "1 failed, 33 passed",
        "Review the parser", "app.py", "2 of 5 passing",
    ):  # fmt: skip
        assert part in text, part


def test_retries_are_listed_apart_from_errors_and_file_names_are_relative_to_the_project(render: Loaded) -> None:
    retries = [event_at(3, "api_retry", attempt=number, status=529, delay_ms=1.0) for number in range(3)]
    source = render(*RUN[:-1], *retries, RUN[-1])
    text = " ".join(Parsed(source).text.split())

    assert "Problems 2" in text
    assert "Retries and rate limits 3" in text
    assert "<td><code>app.py</code></td>" in source


def test_blocked_calls_that_only_the_end_lists_are_counted_and_their_run_is_no_problem(render: Loaded) -> None:
    start = event_at(0, "run_start", project_dir="/p")
    page = render(start, event_at(1, "complete", outcome="success", blocked=[5, {"command": 7}, None, "rm"]))

    text = " ".join(Parsed(page).text.split())
    assert "Blocked calls 2" in text
    assert 'id="errors"' not in page


def test_a_reason_in_the_title_of_a_problem_is_not_repeated(render: Loaded) -> None:
    source = render(*RUN)
    errors = source[source.index('id="errors"') : source.index('id="failed"')]
    assert errors.count("the model is gone") == 1
    assert errors.count("the budget is spent") == 1


def test_an_active_run_is_marked_as_active(render: Loaded) -> None:
    assert "still active when this report was generated" in render(*RUN[:4])
    assert "still active" not in render(*RUN)


@pytest.mark.parametrize("lines", [(), (b"\n\n",), (b"{torn",), (b'{"hello":"world"}\n',), (b"\xff\xfe\n",)])
def test_a_file_without_events_has_a_page(render: Loaded, lines: tuple[bytes, ...]) -> None:
    assert "Run 20261123T011230Z-7f3a9c" in Parsed(render(*lines)).text


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else(render: Loaded) -> None:
    page = Parsed(render(*RUN))
    (content,) = [tag["content"] for name, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in (content or "").split(";"))
    (style,), (_, script) = page.raw["style"], page.raw["script"]
    for source, rule in ((style, "style-src"), (script, "script-src")):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert rules.pop(rule) == f"'sha256-{digest}'"
    assert rules == {"default-src": "'none'", "base-uri": "'none'", "form-action": "'none'"}


def test_the_page_loads_nothing_and_has_no_inline_styles(render: Loaded) -> None:
    page = Parsed(render(*RUN))
    assert not {name for name, _ in page.tags} & {"link", "img", "iframe", "object", "embed", "base", "audio", "video"}
    for _, attributes in page.tags:
        assert not {"src", "style", "action"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
    for name in STYLE_SHEETS:
        assert not re.search(r"@import|url\(", read_page_file(name)), name


def test_the_script_never_turns_text_into_html() -> None:
    for name in import_order(ENTRY_POINT):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", read_page_file(name)
        ), name


def test_a_hostile_run_adds_no_element_and_hides_nothing(render: Loaded) -> None:
    source = render(*hostile_run())
    page, plain = Parsed(source), Parsed(render(*RUN))
    assert {name for name, _ in page.tags} <= {name for name, _ in plain.tags}
    assert source.count("<script") == source.count("</script>") == 2
    assert HOSTILE.splitlines()[0][:30] in page.text
    assert not set(source) & set("\x1b\x00\u202e\u2066\u200b\u2028\ufeff")
    source.encode()  # lone surrogates would not let it


def test_embedded_data_cannot_end_its_element() -> None:
    value = ["</script><!--", "\u2028\u2029&"]
    source = embed_json(value)
    assert not set(source) & set("<>&\u2028\u2029")
    assert json.loads(source) == value


def test_pieces_of_a_text_are_one_row_with_all_its_lines(render: Loaded) -> None:
    data = data_of(
        render(
            event_at(0, "thought", text="I will ", message="m", block=0),
            event_at(1, "heartbeat", state="writing"),
            event_at(2, "thought", "sub", text="Me too", message="n", block=0),
            event_at(3, "thought", text="look.", message="m", block=0),
        )
    )
    first, second = data["rows"]
    assert (first["line"], first["lastLine"], first["texts"][0][1]) == (1, 4, "I will look.")
    assert (first["start"], first["end"]) == (0, 3000)
    assert (second["line"], data["agents"][second["agent"]]) == (3, "Subagent")


def test_replaced_text_is_void_and_kept() -> None:
    log = rows_of(
        event_at(0, "thought", text="It is 4", message="m", block=0),
        event_at(1, "thought", text="It is 42", message="n", block=0, replaces="m"),
    )
    assert [(row.status, row.texts[0].head) for row in log.rows] == [("void", "It is 4"), ("", "It is 42")]


def test_a_call_and_its_result_are_one_row() -> None:
    log = rows_of(
        event_at(0, "tool_use", id="a", name="Bash", input={"command": "make"}),
        event_at(1, "tool_use", id="b", name="Bash", input={"command": "ls"}),
        event_at(2, "tool_result", tool_use_id="a", name="Bash", status="error", duration_ms=1900, output="no rule"),
        event_at(3, "tool_result", tool_use_id="nobody", name="Read", status="success", output="x"),
    )
    make, ls, orphan = log.rows
    assert (make.line, make.last_line, make.title, make.status, make.duration, make.bad) == (
        1,
        3,
        "make",
        "error",
        1900,
        True,
    )
    assert [(text.label, text.head, text.line) for text in make.texts] == [
        ("command", "make", 1),
        ("output", "no rule", 3),
    ]
    assert (ls.status, ls.end) == ("", None)
    assert (orphan.name, orphan.status) == ("Read", "success")


def test_liveness_events_are_counted_and_have_no_rows(render: Loaded) -> None:
    source = render(*(event_at(second, "heartbeat", state="in_tool") for second in range(3)))
    assert data_of(source)["rows"] == []
    assert "3 heartbeats" in source


def test_a_truncated_output_has_the_number_of_omitted_bytes_and_its_line() -> None:
    log = rows_of(
        event_at(0, "info", message="first"),
        event_at(1, "tool_result", tool_use_id="a", name="Bash", status="success", output="a" * 8000 + "é" * 8000),
    )
    (output,) = log.rows[1].texts
    assert (output.line, output.head[0], output.tail[-1]) == (2, "a", "é")
    assert output.length <= 4000
    assert output.omitted == 8000 - output.head.count("a") + 2 * (8000 - output.tail.count("é"))


@pytest.mark.parametrize(
    ("file", "place"), [("r/a.txt", "r/a.txt in the runs directory"), ("/home/me/a.txt", "/home/me/a.txt")]
)
def test_an_output_that_was_truncated_in_the_run_file_has_a_reference_to_the_full_one(file: str, place: str) -> None:
    log = rows_of(
        event_at(0, "tool_result", tool_use_id="a", name="Bash", output="x", output_bytes=2_000_000, output_file=file)
    )
    assert ("full output", f"2.0 MB, in {place}") in [(text.label, text.head) for text in log.rows[0].texts]


def test_texts_are_truncated_further_when_the_page_is_full() -> None:
    lines = [event_at(n % 50, "info", message="word " * 500) for n in range(200)]
    log = rows_of(*lines, max_characters=100_000)
    assert MIN_TEXT <= log.text_limit < 4000
    assert sum(row.length for row in log.rows) <= 100_000
    text = log.rows[0].texts[0]
    assert text.omitted == 2500 - text.length


def test_the_middle_of_a_very_long_log_is_left_out_and_counted() -> None:
    log = rows_of(*(event_at(n % 50, "info", message=str(n)) for n in range(100)), max_rows=20)
    assert len(log.rows) == 21
    assert [row.title for row in log.rows if row.type == "gap"] == ["80 rows left out; lines 11 to 90"]
    assert [log.rows[0].title, log.rows[-1].title] == ["0", "99"]


def test_malformed_lines_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "r.ndjson"
    path.write_bytes(event_at(0, "info", message="a") + b"{broken\n" + event_at(1, "info", message="b") + b"[1]\n{torn")
    with load_run(path) as run:
        assert [(row.line, row.type) for row in build_rows(run)[0].rows] == [
            (1, "info"), (2, "malformed"), (3, "info"), (4, "malformed"), (5, "malformed"),
        ]  # fmt: skip


def test_fields_beyond_the_limit_are_counted() -> None:
    (row,) = rows_of(event_at(0, "tool_use", id="a", name="Many", input={f"k{n}": n for n in range(99)})).rows
    assert row.texts[-1].head == "75 more fields; see line 1"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = sorted(SPANNING | LIVENESS_TYPES | {"thought", "thinking"})
KEYS = ["id", "tool_use_id", "name", "input", "output", "status", "passing", "total", "cost_usd", "text", "changed"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(TYPES) | ANYTHING,
                "data": st.dictionaries(st.sampled_from(KEYS), ANYTHING) | ANYTHING,
            },
            optional={
                "timestamp": st.datetimes().map(datetime.isoformat) | ANYTHING,
                "parent": ANYTHING,
                "run": ANYTHING,
            },
        ),
        max_size=8,
    )
)
def test_every_file_gives_a_page(render: Loaded, lines_of_file: list[dict[str, Any]]) -> None:
    source = render(*(json.dumps(one).encode() + b"\n" for one in lines_of_file))
    source.encode()
    assert len(data_of(source)["rows"]) <= len(lines_of_file)


def test_the_conversation_is_in_rows_that_can_be_read(tmp_path: Path) -> None:
    path = every_type().to(tmp_path / "a.ndjson")
    with load_run(path) as run:
        log, _ = build_rows(run)
    rows = {(row.type, row.title): {text.label: text.head for text in row.texts} for row in log.rows}
    assert rows["prompt", "harness: Make the page blue. · 1 image"] == {
        "": "Make the page blue.\nNot too blue.", "source": "harness", "images": "image/png, 12 kB, not kept",
    }  # fmt: skip
    assert rows["todo", "1/3 done: Ask for the colour"]["items"].startswith("☑ Look at the page\n◐ Ask for")
    assert rows["thought", ""] == {"": "I look at the page.", "message": "claude-x · 9.6k tokens in, 41 out"}
    assert rows["message", ""] == {"": "Navy is a fine blue.", "message": "claude-y · 9.6k tokens in, 41 out"}
    refusal = rows["message", "the model refused to answer · claude-x · 9.6k tokens in, 41 out"]
    assert (refusal["stop_reason"], refusal["tokens"], "text" in refusal) == (
        "refusal", "9.6k tokens in, 41 out", False,
    )  # fmt: skip
    read = rows["tool", "page.png"]
    assert read["images"] == f"image/png, 12 kB, in {IMAGE['file']}"
    assert read["truncated"].startswith("the CLI had shortened")
    assert [row.texts[0].head for row in log.rows if row.type == "thinking"] == ["Look first.", "redacted"]
    assert [row.bad for row in log.rows if row.type in {"session_start", "message"}] == [True, False, True]


def test_a_call_that_never_ran_has_no_duration(tmp_path: Path) -> None:
    with load_run(every_type().to(tmp_path / "a.ndjson")) as run:
        durations = {row.name: row.duration for row in build_rows(run)[0].rows if row.type == "tool"}
    assert durations == {"Read": 40, "Agent": 40, "Bash": None, "Nosuch": None}


def test_the_old_form_of_a_prompt_is_a_prompt(tmp_path: Path) -> None:
    script = Script().start().add("info", {"kind": "user_message", "message": "Do it"})
    with load_run(script.to(tmp_path / "a.ndjson")) as run:
        row = build_rows(run)[0].rows[-1]
    assert (row.type, row.name, row.title, row.texts[0].head) == ("prompt", "user", "user: Do it", "Do it")


def test_tokens_and_the_state_of_things_to_do_are_in_the_overview_and_the_tables(render: Loaded) -> None:
    page = Parsed(render(*(line + b"\n" for line in every_type().lines)))
    text = re.sub(r"\s+", " ", page.text)
    for part in (
        "Tokens28.9k", "Recorded fromci:/runs/a.ndjson",
        "Written bypid 4242 on build-7", "failed api error",
        "claude-x219.2k18.4k828", "main agent19.2k18.4k828", "Explore: Pick a blue9.6k9.2k418",
        "Ask for the colourin progress", "The figures of 3 messages",
    ):  # fmt: skip
        assert part in text, part
    (chart,) = [attributes for tag, attributes in page.tags if attributes.get("data-chart") == "tokens"]
    assert chart["class"] == "chart tokens"
