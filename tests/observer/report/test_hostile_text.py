"""Text of a run stays text in every kind of report, whichever field of whichever event it is in."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain, pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from markdown_it import MarkdownIt

from observer import load_run
from observer.report.html import render_html
from observer.report.junit import render_junit
from observer.report.markdown import render_markdown
from observer.report.trace import render_trace
from observer.runs.one_run.run import Run
from tests.observer.written import every_type

HOSTILE = (
    "x\n\n# Approved by @pwned\n<img src=//pwned>|`` ` ![a](//pwned)\\\r\n</details><pwned a='\">]]>\x1b[31m\u202e\x00"
)
TITLES = {
    "Was running", "Running", "Features that fail", "Failed calls", "Blocked calls", "Problems", "This run", "Sessions",
    "Tools", "Subagents", "Tokens", "Features that changed",
}  # fmt: skip
_MARKS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]")
_OWN_HTML = re.compile(r"</?(details|summary)>")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where there is text, or could be as nothing is, in a JSON value."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))
    elif value is None or isinstance(value, str):
        yield path


def with_hostile(value: Any, path: tuple[Any, ...]) -> Any:
    """Return a JSON value with the hostile text at one place."""
    if not path:
        return HOSTILE
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = with_hostile(value[path[0]], path[1:])
    return changed


LINES: list[dict[str, Any]] = [json.loads(line) for line in every_type().lines]


def hostile_runs(folder: Path) -> Iterator[tuple[str, Run]]:
    """Yield runs with every type of event that hold the text in one place each."""
    for index, event in enumerate(LINES):
        for path in places(event):
            changed = with_hostile(event, path)
            yield f"{event['type']} {path}", written([*LINES[:index], changed, *LINES[index + 1 :]], folder)


def hostile_everywhere(folder: Path) -> Run:
    """Return the run that holds the text wherever an event's data can hold text."""
    lines = [dict(line) for line in LINES]
    for line in lines:
        for path in places(line["data"]):
            line["data"] = with_hostile(line["data"], path)
    return written(lines, folder)


def written(lines: list[dict[str, Any]], folder: Path) -> Run:
    path = folder / "a.ndjson"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return load_run(path)


def outside_of_code(document: str) -> str:
    """Return what a reader of Markdown takes for more than code: texts, tags, and the kinds of blocks."""
    parser = MarkdownIt("commonmark").enable("table")
    found: list[str] = []
    for token in parser.parse(document):
        if token.type == "html_block":
            found.append(_OWN_HTML.sub("", token.content))
        for inner in token.children or []:
            found += [] if inner.type == "code_inline" else [inner.type, inner.content, str(inner.attrs)]
    return "\n".join(found)


def headings(document: str) -> set[str]:
    """Return the headings without the code in them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(document)
    titles = [after for token, after in pairwise(tokens) if token.type == "heading_open"]
    return {"".join(part.content for part in title.children or [] if part.type == "text") for title in titles}


def test_in_markdown_it_is_code(tmp_path: Path) -> None:
    everywhere = tmp_path / "everywhere"
    everywhere.mkdir()
    for place, run in chain(hostile_runs(tmp_path), [("everywhere", hostile_everywhere(everywhere))]):
        document = render_markdown(run, 0.0)
        outside = outside_of_code(document)
        assert not _MARKS.search(document), place
        assert "pwned" not in outside, place
        assert not {"image", "html_inline", "link_open"} & set(outside.split("\n")), place
        assert {title for title in headings(document) if " · run " not in title} <= TITLES, place


class Tags(HTMLParser):
    """Collects the tags of a page, the names of their attributes, and what these link to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        links = [value or "" for name, value in attrs if name in {"href", "src", "style"}]
        self.found += [tag, *(name for name, _ in attrs), *links]


def test_in_html_it_is_text(tmp_path: Path) -> None:
    document = "".join(render_html(hostile_everywhere(tmp_path), now=0.0))
    tags = Tags()
    tags.feed(document)
    assert document.count("pwned") > 100
    assert not any("pwned" in found for found in tags.found)
    assert not _MARKS.search(document)


def test_in_junit_it_is_text(tmp_path: Path) -> None:
    for place, run in hostile_runs(tmp_path):
        document = render_junit(run, 0.0)
        assert not {tag.tag for tag in Xml.fromstring(document).iter()} & {"pwned", "img", "details"}, place
        assert not _MARKS.search(document), place


def test_in_a_trace_it_is_a_string_without_control_characters(tmp_path: Path) -> None:
    for place, run in hostile_runs(tmp_path):
        trace = json.loads("".join(render_trace(run, 0.0)))
        assert not any(_MARKS.search(text) for text in strings(trace)), place


def strings(value: Any) -> Iterator[str]:
    for path in places(value):
        found = value
        for key in path:
            found = found[key]
        if found is not None:
            yield found
