"""Tests the rules for the files of the page without a browser.

Tests observer.web.assets.static, observer.web.assets.content_policy and observer.web.summaries.event_words.
"""

import re
from pathlib import Path

import pytest

from observer.format import sanitize
from observer.report.bundle import ENTRY_POINT as REPORT
from observer.report.bundle import STYLE_SHEETS
from observer.runs.filters.filter import KNOWN_STATUSES, KNOWN_TYPES
from observer.web.assets.content_policy import source_of
from observer.web.assets.page_script import import_order
from observer.web.assets.static import ENTRY_POINTS, INDEX, load_static_files
from observer.web.summaries.event_words import FILTER_STATUSES, FILTER_TYPES
from tests.observer.web.page_types import declarations
from tests.observer.web.page_words import module

OBSERVER = Path(__file__).parents[3] / "observer"
PAGE = OBSERVER / "web/page"
FILES = sorted(file for file in PAGE.iterdir() if file.is_file() and not file.name.endswith(".d.ts"))
MODULES = sorted(PAGE.glob("*.js"))
MAX_LINES = 300
MAX_COLUMNS = 120


def read(name: str) -> str:
    return (PAGE / name).read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_short_and_starts_with_its_purpose(module: Path) -> None:
    lines = module.read_text("utf-8").splitlines()
    assert re.match(r"// \S.*", lines[0])
    assert len(lines) <= MAX_LINES
    assert [line for line in lines if len(line) > MAX_COLUMNS] == []


def test_every_file_of_the_page_is_served() -> None:
    assert {file.name for file in FILES} == set(load_static_files())


def test_the_page_has_its_style_and_its_script_in_it_and_a_policy_that_allows_them_by_their_hashes() -> None:
    index = load_static_files()[INDEX]
    page = index.content.decode()
    assert not re.search(r"<(?:link rel=.stylesheet|script type=.module. src)", page)
    parts = re.findall(r"<(?:style|script)[^>]*>(.*?)</", page, re.DOTALL)
    assert len(parts) == 2
    assert all(source_of(part) in index.policy for part in parts)


def test_each_module_is_needed_by_the_live_page_or_by_the_report() -> None:
    assert {module.name for module in MODULES} == {
        name for entry_point in (*ENTRY_POINTS, REPORT) for name in import_order(entry_point)
    }


def test_each_style_sheet_is_used_by_the_live_page_or_by_the_report() -> None:
    linked = re.findall(r'href="/page/([^"]+\.css)"', read(INDEX))
    assert {sheet.name for sheet in PAGE.glob("*.css")} == {*linked, *STYLE_SHEETS}


def test_scripts_styles_and_markup_are_in_the_page_directory_only() -> None:
    elsewhere = [
        file for kind in ("js", "mjs", "css", "html") for file in OBSERVER.rglob(f"*.{kind}") if file.parent != PAGE
    ]
    assert elsewhere == []


def test_the_types_of_what_the_page_receives_are_those_of_python() -> None:
    assert read("answers.d.ts") == declarations()


def test_the_words_of_the_page_about_events_are_those_of_python() -> None:
    assert read("event_words.js") == module()


def test_a_filter_offers_each_type_of_events_once() -> None:
    offered = [kind for _, types in FILTER_TYPES for kind in types]
    assert len(offered) == len(set(offered))
    assert KNOWN_TYPES - set(offered) == {"tool_input"}  # which is shown with its call
    assert set(FILTER_STATUSES) < KNOWN_STATUSES


def test_the_page_loads_nothing_from_elsewhere_and_never_turns_text_into_markup() -> None:
    for file in FILES:
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|innerHTML|insertAdjacentHTML|\beval\b|new Function", text), file.name
        assert file.suffix == ".js" or "@import" not in text, file.name  # in a module, it names types


def test_the_page_escapes_what_the_terminal_escapes() -> None:
    python = Path(sanitize.__file__).read_text("utf-8")
    always = re.findall(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})", python.split("_ALWAYS = (")[1].split("\n)")[0])
    terminal = {int(sign[2:], 16) for sign in always}
    page = {int(sign, 16) for sign in re.findall(r"\\\\u\{([0-9a-f]+)\}", read("sanitize.js").split("JOINERS")[0])}
    assert page == terminal
