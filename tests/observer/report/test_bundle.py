"""Tests of observer.report.bundle: the modules of the report can be joined into one script."""

import re
from collections import Counter

import pytest

from observer.report import bundle
from observer.report.bundle import ENTRY_POINT, bundle_script, import_order, read_page_file
from observer.web.static import PAGE_DIRECTORY

DECLARED = re.compile(r"^(?:export )?(?:async )?(?:const|let|var|class|function\*?) (.+)", re.MULTILINE)
IMPORTED = re.compile(r'^import \{ ([^}]*) \} from "\./([^"]+)";$', re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:const|class|function\*?) (\w+)", re.MULTILINE)
SOURCES = {file.name: read_page_file(file.name) for file in PAGE_DIRECTORY.iterdir() if file.name.endswith(".js")}
ENTRY_POINTS = ("live.js", ENTRY_POINT)


def declared(source: str) -> list[str]:
    """Return the names that a module declares at its top level."""
    names: list[str] = []
    for rest in DECLARED.findall(source):
        listed = re.match(r"[\[{]([^\]}]*)[\]}]", rest)
        names += re.findall(r"\w+", listed[1]) if listed else re.findall(r"^\w+", rest)
    return names


def uses(source: str, name: str) -> int:
    return len(re.findall(rf"(?:[^\w.]|\.\.\.){name}\b", source))


def test_a_name_is_declared_once_among_the_modules_of_the_report() -> None:
    counts = Counter(name for module in import_order(ENTRY_POINT) for name in declared(read_page_file(module)))
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_each_module_comes_after_those_that_it_imports(entry_point: str) -> None:
    ordered = import_order(entry_point)
    assert ordered[-1] == entry_point
    for position, module in enumerate(ordered):
        assert {imported for _, imported in IMPORTED.findall(read_page_file(module))} <= set(ordered[:position])


def test_a_circular_import_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    monkeypatch.setattr(bundle, "read_page_file", sources.__getitem__)
    with pytest.raises(ValueError, match=r"circular import: a\.js -> b\.js -> a\.js"):
        import_order("a.js")


def test_a_module_imports_only_what_is_exported_and_uses_it() -> None:
    for module, source in SOURCES.items():
        for names, imported in IMPORTED.findall(source):
            exported = EXPORTED.findall(SOURCES[imported])
            for name in names.split(", "):
                assert name in exported, f"{module}: {imported} does not export {name}"
                assert uses(source, name) > 1, f"{module}: {name} is not used"


def test_a_module_imports_and_exports_in_one_form() -> None:
    for module, source in SOURCES.items():
        imports, exports = len(IMPORTED.findall(source)), len(EXPORTED.findall(source))
        assert len(re.findall(r"\bimport\b.*\bfrom\b|\bimport\(", source)) == imports, module
        assert len(re.findall(r"^export\b", source, re.MULTILINE)) == exports, module
        assert len(re.findall(r"^import\b", source, re.MULTILINE)) == imports, module


def test_what_a_module_exports_is_imported_somewhere() -> None:
    imported = {
        (target, name)
        for source in SOURCES.values()
        for names, target in IMPORTED.findall(source)
        for name in names.split(", ")
    }
    modules = SOURCES.keys() - set(ENTRY_POINTS)
    exported = {(module, name) for module in modules for name in EXPORTED.findall(SOURCES[module])}
    assert exported - imported == set()


def test_the_script_of_the_report_contains_no_import_or_export() -> None:
    assert not re.search(r"^(?:import|export)\b", bundle_script(), re.MULTILINE)
