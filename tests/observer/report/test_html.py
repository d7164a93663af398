"""The HTML report as text: what it states without a script, that text of a run stays text, and its limits.

Tests observer.report.html, observer.report.contents, observer.report.problem_rows, observer.report.html_text,
observer.report.html_answer, observer.report.html_problems, observer.report.html_tables, observer.report.truncate and
observer.report.svg_charts.
"""

import base64
import gzip
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

from observer.report.bundle import ENTRY_POINT, STYLE_SHEETS
from observer.report.html import render_html
from observer.runs.filters.filter import LIVENESS_TYPES
from observer.runs.one_run.run import load_run
from observer.runs.timeline import SPANNING
from observer.web.assets.page_script import import_order, read_page_file
from tests.helpers import event_at
from tests.observer.report.runs import HOSTILE, RUN, hostile_run
from tests.observer.written import every_type

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


def records_of(source: str) -> list[list[Any]]:
    """Return the records of all chunks in a page."""
    chunks = re.findall('<script type="application/gzip" class="chunk">([^<]*)</script>', source)
    return [record for chunk in chunks for record in json.loads(gzip.decompress(base64.b64decode(chunk)))]


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
    assert "still active when this report was generated" in Parsed(render(*RUN[:4])).text
    assert "still active" not in Parsed(render(*RUN)).text


@pytest.mark.parametrize("lines", [(), (b"\n\n",), (b"{torn",), (b'{"hello":"world"}\n',), (b"\xff\xfe\n",)])
def test_a_file_without_events_has_a_page(render: Loaded, lines: tuple[bytes, ...]) -> None:
    assert "Run 20261123T011230Z-7f3a9c" in Parsed(render(*lines)).text


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else(render: Loaded) -> None:
    page = Parsed(render(*RUN))
    (content,) = [tag["content"] for name, tag in page.tags if tag.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in (content or "").split(";"))
    (style,), (*_, script) = page.raw["style"], page.raw["script"]
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
    assert source.count("<script") == source.count("</script>") == 3  # data, one chunk of rows, and the script
    assert HOSTILE.splitlines()[0][:30] in page.text
    assert not set(source) & set("\x1b\x00\u202e\u2066\u200b\u2028\ufeff")
    source.encode()  # lone surrogates would not let it


def test_an_output_in_a_list_of_problems_has_the_number_of_omitted_bytes_and_its_line(render: Loaded) -> None:
    output = "a" * 8000 + "é" * 8000
    failed = event_at(1, "tool_result", tool_use_id="a", name="Bash", status="error", output=output)
    source = render(event_at(0, "info", message="first"), failed)
    (shown,) = re.findall("<pre[^>]*>(a+)\n(.*)\n(é+)</pre>", source)
    kilobytes = (8000 - len(shown[0]) + 2 * (8000 - len(shown[2]))) / 1000
    assert shown[1] == f"… {kilobytes:.0f} kB omitted; see line 2 of the run file …"
    assert len(shown[0]) + len(shown[2]) <= 4000


def test_malformed_lines_are_in_the_order_of_the_file(render: Loaded) -> None:
    source = render(
        event_at(0, "info", message="a"), b"{broken\n", event_at(1, "info", message="b"), b"[1]\n{torn"
    )  # fmt: skip
    kinds = [row["kind"] for _, _, row, *_ in records_of(source)]
    assert kinds == ["info", "malformed", "info", "malformed", "malformed"]
    assert 'Malformed lines <span class="count">3</span>' in source
    assert re.findall(r"line (\d+)</a>", source) == ["2", "4", "5"]


def test_a_problem_of_a_call_names_the_call_and_links_to_its_result(render: Loaded) -> None:
    lines = [
        event_at(0, "run_start", project_dir="/home/me"),
        event_at(1, "tool_use", id="a", name="Edit", input={"file_path": "/home/me/a.py"}),
        event_at(2, "tool_result", tool_use_id="a", name="Edit", status="error", output="no such text"),
    ]
    source = render(*lines)
    at = len(lines[0]) + len(lines[1])
    assert re.search(rf'<b>Edit</b> <code>a.py</code>.*\n.*:@{at}" data-at="{at}">line 2</a>', source)


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
    assert len(records_of(source)) <= len(lines_of_file)


def test_tokens_and_the_state_of_things_to_do_are_in_the_overview_and_the_tables(render: Loaded) -> None:
    page = Parsed(render(*(line + b"\n" for line in every_type().lines)))
    text = re.sub(r"\s+", " ", page.text)
    for part in (
        "Tokens28.9k", "Recorded fromci:/runs/a.ndjson",
        "Written bypid 4242 on build-7", "failed api error",
        "claude-x219.2k18.4k828", "main agent19.2k18.4k828", "Explore: Pick a blue9.6k9.2k418",
        "Ask for the colourin progress",
    ):  # fmt: skip
        assert part in text, part
    assert [attributes for tag, attributes in page.tags if attributes.get("class") == "chart tokens"]
