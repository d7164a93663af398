"""Tests of observer.web.assets.page_script and observer.report.bundle: modules can be joined into one script."""

import re

import pytest

from observer.report.bundle import ENTRY_POINT, bundle_script
from observer.web.assets import page_script
from observer.web.assets.page_script import PAGE_DIRECTORY, import_order, join_modules, read_page_file
from observer.web.assets.static import ENTRY_POINTS as LIVE

IMPORTED = re.compile(r'^import \{ ([^}]*) \} from "\./([^"]+)";$', re.MULTILINE)
EXPORTED = re.compile(r"^export (?:async )?(?:const|class|function\*?) (\w+)", re.MULTILINE)
TYPES = re.compile(r"/\*\*.*?\*/", re.DOTALL)
SOURCES = {
    file.name: TYPES.sub("", read_page_file(file.name))
    for file in PAGE_DIRECTORY.iterdir()
    if file.name.endswith(".js")
}
ENTRY_POINTS = (*LIVE, ENTRY_POINT)


def uses(source: str, name: str) -> int:
    return len(re.findall(rf"(?:[^\w.]|\.\.\.){name}\b", source))


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_each_module_comes_after_those_that_it_imports(entry_point: str) -> None:
    ordered = import_order(entry_point)
    assert ordered[-1] == entry_point
    for position, module in enumerate(ordered):
        assert {imported for _, imported in IMPORTED.findall(read_page_file(module))} <= set(ordered[:position])


def test_a_circular_import_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    monkeypatch.setattr(page_script, "read_page_file", sources.__getitem__)
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


def test_joined_modules_share_what_they_export_and_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {
        "a.js": 'import { b } from "./b.js";\nconst own = 1;\nb(own);\n',
        "b.js": "const own = 2;\nexport const b = () => own;\n",
    }
    monkeypatch.setattr(page_script, "read_page_file", sources.__getitem__)
    assert join_modules("a.js").splitlines() == [
        "const module_b = (() => {", "const own = 2;", "const b = () => own;", "", "return { b };", "})();", "",
        "const module_a = (() => {", "const { b } = module_b;", "const own = 1;", "b(own);", "",
        "return {  };", "})();",
    ]  # fmt: skip


def test_no_joined_script_contains_an_import_or_export() -> None:
    for script in (bundle_script(), *map(join_modules, LIVE)):
        assert not re.search(r"^(?:import|export)\b", script, re.MULTILINE)
