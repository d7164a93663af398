"""The rules that keep the house in order: who may import whom, who may touch the world, what is named how."""

import ast
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.layers import (
    FLOORS,
    Module,
    Tree,
    doubled_basenames,
    imports_between,
    imports_by_name,
    impurities,
    private_imports,
    unlisted_modules,
    untested_modules,
    upward_imports,
)

ROOT = Path(__file__).parent.parent
LIGHT = {"aiofiles", "inotify_simple", "msgspec", "pygments", "pyromark", "re2", "rich", "typer", "watchfiles"}
"""The dependencies of the light install."""
EXTRAS = {
    "observer.web": {"starlette", "uvicorn"},
    "observer.terminal.ui": {"textual"},
    "observer.nats": {"nats", "nkeys"},
    "observer.runs.jq_worker": {"jq"},
    "observer.source.compressed": {"zstandard"},
    "observer.format.schema": {"jsonschema_rs"},
}
"""The dependencies of each extra, by the module that reports a missing one."""


@pytest.fixture(scope="module")
def tree() -> Tree:
    return Tree.read(ROOT)


def test_a_module_imports_only_what_is_below_it(tree: Tree) -> None:
    assert upward_imports(tree) == []


def test_each_folder_lists_its_modules(tree: Tree) -> None:
    assert unlisted_modules(tree) == []


def test_a_pure_module_touches_no_clock_file_or_loop(tree: Tree) -> None:
    assert impurities(tree) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("observer", "agent"),
        ("agent", "observer"),
        ("observer.web", "observer.terminal"),
        ("observer.terminal", "observer.web"),
    ],
)
def test_independent_folders_do_not_import_each_other(tree: Tree, one: str, other: str) -> None:
    assert imports_between(tree, one, other) == []


def test_a_basename_occurs_once_in_a_package(tree: Tree) -> None:
    assert doubled_basenames(tree) == []


def test_each_module_has_a_test_file_or_is_named_in_one(tree: Tree) -> None:
    assert untested_modules(tree, ROOT / "tests") == []


def test_nothing_is_imported_by_a_computed_name(tree: Tree) -> None:
    assert imports_by_name(tree) == []


def test_no_module_imports_private_names_of_another(tree: Tree) -> None:
    assert private_imports(tree) == []


@pytest.mark.parametrize("package", FLOORS)
def test_a_package_has_at_most_twelve_entries(package: str) -> None:
    entries = {path.name for path in (ROOT / package).iterdir() if path.name != "__pycache__"}
    assert len(entries - {"__init__.py", "__main__.py", "py.typed"}) <= 12


def test_the_observer_needs_only_the_light_install(tree: Tree) -> None:
    for module in tree.of("observer"):
        extras = [names for place, names in EXTRAS.items() if f"{module.name}.".startswith(f"{place}.")]
        extras += [{"runtail_cli"}] if module.name == "observer.__main__" else []  # stands beside the packages
        for imported in module.imports:
            top = imported.split(".")[0]
            allowed = top in LIGHT.union({"observer"}, *extras) or top in sys.stdlib_module_names
            assert allowed, f"{module.name} imports {imported}"


@pytest.mark.parametrize("name", ["runtail_cli", "runtail_pytest"])
def test_a_module_beside_the_packages_imports_them_only_when_it_is_used(name: str) -> None:
    """It is loaded in projects whose own packages may have these names."""
    statements = ast.parse((ROOT / "packaging" / f"{name}.py").read_text("utf-8")).body
    loaded = [node for node in statements if isinstance(node, ast.Import | ast.ImportFrom)]
    imports = Module(name, ROOT, ast.Module(loaded, [])).imports
    assert {imported.split(".")[0] for imported in imports} - sys.stdlib_module_names <= {"pytest", "runtail_cli"}
    assert (ROOT / "tests" / "packaging" / f"test_{name}.py").is_file()


def test_packaging_holds_only_modules_that_stand_beside_the_packages() -> None:
    """Without an `__init__.py` it never hides the package `packaging` that pytest uses."""
    assert {path.name for path in (ROOT / "packaging").glob("*.py")} == {"runtail_cli.py", "runtail_pytest.py"}


PLANTED = {
    "a ground module that imports a view": (
        "observer/errors.py",
        "from observer.terminal.theme import Role\n",
        upward_imports,
        "observer.errors imports observer.terminal.theme, which is not below it",
    ),
    "a format module that imports a run's state": (
        "observer/format/lines.py",
        "import observer.runs.state.state\n",
        upward_imports,
        "observer.format.lines imports observer.runs.state.state, which is not below it",
    ),
    "the vocabulary importing what keeps the machine safe": (
        "agent/events/__init__.py",
        "from agent.safety.reaper import process_reaper\n",
        upward_imports,
        "agent.events imports agent.safety.reaper, which is not below it",
    ),
    "an import upwards inside a function": (
        "observer/source/lock.py",
        "def late() -> None:\n    from observer.cli.tail import watch\n",
        upward_imports,
        "observer.source.lock imports observer.cli.tail, which is not below it",
    ),
    "a sibling that is listed later": (
        "observer/format/lines.py",
        "from observer.format.event import Event\n",
        upward_imports,
        "observer.format.lines imports observer.format.event, which is not below it",
    ),
    "a neighbour on the same floor": (
        "observer/report/bundle.py",
        "from observer.nats.address import Address\n",
        upward_imports,
        "observer.report.bundle imports observer.nats.address, which is not below it",
    ),
    "a public name taken from the top of its own package": (
        "observer/source/lock.py",
        "from observer import RunState\n",
        upward_imports,
        "observer.source.lock imports observer.RunState through the top of its own package",
    ),
    "a module that no list has": (
        "observer/source/sockets.py",
        "",
        unlisted_modules,
        "observer.source does not list sockets",
    ),
    "a folder that stands on no floor": (
        "observer/extras.py",
        "",
        unlisted_modules,
        "observer.extras stands on no floor",
    ),
    "a clock in a pure module": (
        "observer/runs/state/state.py",
        "def now() -> float:\n    import time\n    return time.time()\n",
        impurities,
        "observer.runs.state.state is pure and imports time",
    ),
    "a clock by another name": (
        "observer/runs/state/state.py",
        "from datetime import datetime\ndef now() -> float:\n    return datetime.now().timestamp()\n",
        impurities,
        "observer.runs.state.state is pure and calls now",
    ),
    "a file in a pure module": (
        "observer/format/event.py",
        "def first(path: str) -> str:\n    return open(path).readline()\n",
        impurities,
        "observer.format.event is pure and calls open",
    ),
    "a file in a dialect": (
        "observer/dialects/dialect.py",
        "def first(path: str) -> str:\n    return open(path).readline()\n",
        impurities,
        "observer.dialects.dialect is pure and calls open",
    ),
    "a source in a dialect": (
        "observer/dialects/dialect.py",
        "from observer.source.file_reader import FileReader\n",
        upward_imports,
        "observer.dialects.dialect imports observer.source.file_reader, which is not below it",
    ),
    "a source in a pure module": (
        "observer/runs/filters/filter.py",
        "from observer.source.file_reader import FileReader\n",
        impurities,
        "observer.runs.filters.filter is pure and imports observer.source.file_reader.FileReader",
    ),
    "a relative import upwards": (
        "observer/errors.py",
        "from .cli import tail\n",
        upward_imports,
        "observer.errors imports observer.cli.tail, which is not below it",
    ),
    "a relative import of a later sibling": (
        "observer/format/lines.py",
        "from .event import Event\n",
        upward_imports,
        "observer.format.lines imports observer.format.event, which is not below it",
    ),
    "a public name that is imported eagerly": (
        "observer/__init__.py",
        "from observer.cli.tail import tail\n",
        upward_imports,
        "observer imports observer.cli.tail.tail eagerly",
    ),
    "a doubled basename": (
        "observer/web/state.py",
        "",
        doubled_basenames,
        "observer has 2 modules named state",
    ),
    "a module imported by a name made at run time": (
        "observer/source/lock.py",
        "import importlib\nimportlib.import_module('observer.' + 'cli')\n",
        imports_by_name,
        "observer.source.lock calls import_module",
    ),
    "import_module by another name": (
        "observer/source/lock.py",
        "from importlib import import_module as load\nload('observer.' + 'cli')\n",
        imports_by_name,
        "observer.source.lock imports importlib.import_module",
    ),
    "a module run by its name": (
        "observer/source/lock.py",
        "import runpy\nrunpy.run_module('observer.' + 'cli')\n",
        imports_by_name,
        "observer.source.lock imports runpy",
    ),
    "a private name of another module": (
        "observer/source/lock.py",
        "from observer.format.lines import _hidden\n",
        private_imports,
        "observer.source.lock imports observer.format.lines._hidden",
    ),
}


@cache
def problems_of(tree: Tree, rule: Callable[[Tree], list[str]]) -> list[str]:
    """Return what breaks the rule; the tree as it is need not be searched once for each violation."""
    return rule(tree)


@pytest.mark.parametrize(("path", "text", "rule", "problem"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_found(
    tree: Tree, path: str, text: str, rule: Callable[[Tree], list[str]], problem: str
) -> None:
    assert problem not in problems_of(tree, rule)
    assert problem in rule(tree.with_text(path, text))


def test_web_importing_terminal_is_found(tree: Tree) -> None:
    planted = tree.with_text("observer/web/responses/sse.py", "from observer.terminal.row import Row\n")
    assert "observer.web.responses.sse imports observer.terminal.row.Row" in (
        imports_between(planted, "observer.web", "observer.terminal")
    )


def test_a_module_without_tests_is_found(tree: Tree, tmp_path: Path) -> None:
    problem = "observer.source.sockets has no test file of its name, and no test file's docstring names it"
    planted = tree.with_text("observer/source/sockets.py", "")
    assert problem in untested_modules(planted, tmp_path)
    (tmp_path / "test_other.py").write_text('"""Sockets: observer.source.sockets."""\n')
    assert problem not in untested_modules(planted, tmp_path)
