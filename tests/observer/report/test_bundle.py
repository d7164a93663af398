"""The files of the report's page are modules, and each of them can do without that in one script."""

import re
from collections import Counter

import pytest

from observer.report.bundle import SCRIPTS, asset, script

DECLARED = re.compile(r"^(?:export )?(?:async )?(?:const|let|var|class|function\*?) (.+)", re.MULTILINE)
IMPORTED = re.compile(r'^import \{ ([^}]*) \} from "\./([^"]+)";$', re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:const|class|function\*?) (\w+)", re.MULTILINE)


def declared(source: str) -> list[str]:
    """Return the names that a module declares at its top level."""
    names: list[str] = []
    for rest in DECLARED.findall(source):
        listed = re.match(r"[\[{]([^\]}]*)[\]}]", rest)
        names += re.findall(r"\w+", listed[1]) if listed else re.findall(r"^\w+", rest)
    return names


def test_a_name_is_declared_once_in_all_of_them() -> None:
    counts = Counter(name for file in SCRIPTS for name in declared(asset(file)))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_module_imports_was_there_before_and_is_used(name: str) -> None:
    source = asset(name)
    for names, file in IMPORTED.findall(source):
        assert file in SCRIPTS[: SCRIPTS.index(name)], f"{file} comes after {name}"
        for imported in names.split(", "):
            assert imported in EXPORTED.findall(asset(file)), f"{file} does not export {imported}"
            assert len(re.findall(rf"(?:[^\w.]|\.\.\.){imported}\b", source)) > 1, f"{imported} is not used"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_module_imports_and_exports_in_no_other_way(name: str) -> None:
    source = asset(name)
    assert len(re.findall(r"\bimport\b.*\bfrom\b|\bimport\(", source)) == len(IMPORTED.findall(source))
    assert len(re.findall(r"^export\b", source, re.MULTILINE)) == len(EXPORTED.findall(source))
    assert len(re.findall(r"^import\b", source, re.MULTILINE)) == len(IMPORTED.findall(source))


def test_the_script_of_the_page_says_nothing_of_modules() -> None:
    assert not re.search(r"^(?:import|export)\b", script(), re.MULTILINE)
