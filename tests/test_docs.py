"""Tests that the documentation is true: example lines are valid, every event type has one, and messages exist."""

import ast
import json
import re
from datetime import date
from pathlib import Path

import jsonschema
import msgspec
import pytest

from agent.events import EVENT_TYPES
from agent.schema import run_file_schema, schema_text
from tests.sources import syntax_tree

ROOT = Path(__file__).parent.parent
RUN_FILE_PAGE = (ROOT / "docs" / "run-file.md").read_text()
EXAMPLES = re.findall(r"### `(\w+)`\n[^\n]+\n```json\n([^\n]+)\n```", RUN_FILE_PAGE)


def test_every_event_type_has_its_section_in_the_order_of_the_vocabulary() -> None:
    assert [name for name, _ in EXAMPLES] == [event.type for event in EVENT_TYPES]


@pytest.mark.parametrize(("name", "line"), EXAMPLES)
def test_an_example_line_matches_the_schema(name: str, line: str) -> None:
    event = json.loads(line)
    kind = next(kind for kind in EVENT_TYPES if kind.type == name)
    fields = tuple(field.name for field in msgspec.structs.fields(kind) if field.default is not msgspec.UNSET)
    jsonschema.Draft202012Validator(run_file_schema()).validate(event)
    assert event["type"] == name
    assert tuple(event["data"]) == fields
    assert list(event) == ["seq", "timestamp", "run", "type", "phase", "iteration", "parent", "data"]


def test_the_schema_that_the_observer_ships_is_up_to_date() -> None:
    shipped = (ROOT / "observer" / "format" / "run-file.schema.json").read_text()
    assert shipped == schema_text(), "run: python -m agent.schema > observer/format/run-file.schema.json"


def test_every_link_between_pages_has_a_target() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_programs_in_the_documentation_import_only_the_top_of_a_package_and_the_events() -> None:
    imports = {
        name
        for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
        for name in re.findall(r"^ *(?:from|import) ((?:agent|observer)\b[\w.]*)", block, re.MULTILINE)
    }
    assert imports == {"agent", "agent.events", "observer"}


FROM_AN_INDEX = re.compile(
    r"\b(?:pip3?|pipx|uvx?|poetry|pdm|conda)\b[^\n`()#]*[ '\"]runtail(?=['\"`\[ =<>~!,;]|$)", re.MULTILINE
)


@pytest.mark.parametrize(
    ("text", "names_the_index"),
    [
        ("pip install runtail", True),
        ("run: pip install 'runtail[web]'", True),
        ("`pip install -U runtail==0.1.0`", True),
        ("uv tool install runtail", True),
        ("uvx --from runtail observe", True),
        ("pip install 'wheels/runtail-0.1.0-py3-none-any.whl[all]'", False),
        ("pip install './runtail[all]'", False),
        ("pip install '.[web]' (in a checkout of runtail)", False),
        ("`pip install .` in a checkout of runtail", False),
    ],
)
def test_an_installation_from_an_index_is_recognized(text: str, names_the_index: bool) -> None:
    assert bool(FROM_AN_INDEX.search(text)) == names_the_index


def test_nobody_is_told_to_install_runtail_from_an_index() -> None:
    """There is no release yet: whoever registered the name would run in pipelines that hold API keys."""
    places = ["agent", "observer", "packaging", "docs", "benchmarks", ".ci", ".github"]
    files = [*ROOT.glob("*.*"), *(path for place in places for path in (ROOT / place).rglob("*"))]
    texts = [path for path in files if path.is_file() and path.suffix not in {".pyc", ".png", ".jpg", ".gif", ".webp"}]
    assert len(texts) > 250
    hints = [f"{path}: {hint[0]}" for path in texts for hint in FROM_AN_INDEX.finditer(path.read_text("utf-8"))]
    assert hints == []


def test_every_version_in_the_changelog_has_its_date_and_the_newest_is_first() -> None:
    first, *sections = re.findall(r"^## (.*)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    released = [re.fullmatch(r"(\d+)\.(\d+)\.(\d+) - (\d{4}-\d\d-\d\d)", section) for section in sections]
    versions = [(date.fromisoformat(match[4]), *map(int, match.groups()[:3])) for match in released if match]
    assert first == "Unreleased"
    assert len(versions) == len(sections)
    assert versions == sorted(versions, reverse=True)


def strings_in(path: Path) -> list[str]:
    """Every string of a module; what an f-string inserts is a NUL."""
    strings = []
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.JoinedStr):
            pieces = [piece.value if isinstance(piece, ast.Constant) else "\0" for piece in node.values]
            strings.append("".join(map(str, pieces)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.append(node.value)
    return strings


def test_every_message_that_troubleshooting_explains_is_printed_somewhere() -> None:
    sources = [path for package in ("agent", "observer", "packaging") for path in (ROOT / package).rglob("*.py")]
    printed = "\n".join(string for path in sources for string in strings_in(path))
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    messages = re.findall(r"^### `([^`]*[ ][^`]*)`$", page, re.MULTILINE)
    assert len(messages) > 15
    for message in messages:
        for fragment in re.split(r"\b[A-Z]{1,}[A-Z]*\b|No space left on device", message):
            assert fragment.strip('"() ') in printed, f"{message!r}: nothing prints {fragment!r}"


def test_every_module_that_the_architecture_names_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    paths = re.findall(r"`((?:[\w-]+/)*[\w-]+\.(?:py|js|json|md))`", page)
    places = [ROOT, *(ROOT / place for place in ("agent", "observer", "observer/web", "packaging"))]
    assert len(paths) > 40
    for path in paths:
        assert any((place / path).is_file() for place in places), f"docs/architecture.md names {path}"
