"""The pytest plugin: the fixture `run_log`, and the ends of run files in the report of a failed test.

Every run of pytest in the environment loads this module, also in projects with packages `agent` and `observer` of their
own. So it has a unique name, imports runtail's packages only when they are used, and not in place of the project's.
"""

import os
import sys
from collections.abc import Generator, Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from agent.runlog.runlog import RunLog

_DIRECTORY = pytest.StashKey[Path]()
_PACKAGES = frozenset({"agent", "observer"})


@pytest.fixture
def run_log(tmp_path: Path, request: pytest.FixtureRequest) -> "RunLog":
    """Return a `RunLog` in `tmp_path / "runs"`, named after the test. Enter it with `async with run_log`."""
    if own := _own_package_of_project("agent", request.config.rootpath):
        pytest.fail(f"run_log is not available: {own}", pytrace=False)
    from agent.runlog.runlog import RunLog

    return RunLog.open(tmp_path / "runs", about=request.node.name, command="pytest")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Remember the `tmp_path` of a test; if another fixture fails, the test never receives it."""
    value = yield
    if fixturedef.argname == "tmp_path" and isinstance(value, Path):
        request.node.stash[_DIRECTORY] = value
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach the run files of a test that failed, whether in the test itself or in a fixture."""
    report = yield
    if report.failed and (directory := item.stash.get(_DIRECTORY, None)) is not None:
        report.sections += _run_file_sections(directory, item.config.rootpath)
    return report


def _run_file_sections(directory: Path, root: Path) -> list[tuple[str, str]]:
    """Return the ends of the run files with their titles; leave the project's imports as they were."""
    files = [Path(parent, name) for parent, _, names in os.walk(directory) for name in names if ".ndjson" in name]
    if not files:
        return []
    if own := _own_package_of_project("observer", root):
        return [("run files", f"not shown: {own}; run: observe tail {files[0]}")]
    before = set(sys.modules)
    from observer.testing.failure_report import run_file_sections

    sections = list(run_file_sections(directory))
    if "observer" not in before:
        for name in [name for name in set(sys.modules) - before if name.partition(".")[0] == "observer"]:
            del sys.modules[name]
    return sections


class _ProjectFinder(MetaPathFinder):
    """Finds the project's packages where Python would find runtail's: behind it, or outside of the search path."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        return _package_of_project(fullname, self._root) if fullname in _PACKAGES and path is None else None


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Give precedence to the project's packages, for as long as pytest runs."""
    finder = _ProjectFinder(early_config.rootpath)
    sys.meta_path.insert(0, finder)
    early_config.add_cleanup(lambda: sys.meta_path.remove(finder))


def _own_package_of_project(name: str, root: Path) -> str | None:
    """Return a sentence if `name` is, or may become when a test extends the path, another package than runtail's."""
    if name in sys.modules:
        spec = getattr(sys.modules[name], "__spec__", None)
        if spec and spec.origin and _holds_runtail(os.path.dirname(os.path.dirname(spec.origin))):
            return None
    else:
        spec = _package_of_project(name, root)
        if spec is None:
            return None
    place = (spec.origin or next(iter(spec.submodule_search_locations or ()), None)) if spec else "not from a file"
    return f"the project has a package {name} of its own ({place}), which runtail's must not replace"


def _package_of_project(name: str, root: Path) -> ModuleSpec | None:
    """Return the package of this name that is not runtail's, if there is one."""
    return next(filter(_is_package_of_project, _specs(name, root)), None)


def _specs(name: str, root: Path) -> Iterator[ModuleSpec | None]:
    """Look in the search path, in the project, and with the finders that editable installations add to Python's own."""
    for path in (sys.path, [str(root), str(root / "src")]):
        yield PathFinder.find_spec(name, [directory for directory in path if not _holds_runtail(directory)])
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)  # as the import system does: old finders have none
        if find_spec is not None and not isinstance(finder, _ProjectFinder) and finder is not PathFinder:
            yield find_spec(name, None)


def _is_package_of_project(spec: ModuleSpec | None) -> bool:
    """Return whether a package is not runtail's. A directory without `__init__.py` is one if it holds Python files."""
    if spec is None:
        return False
    if spec.origin:
        return not _holds_runtail(os.path.dirname(os.path.dirname(spec.origin)))
    places = spec.submodule_search_locations or ()
    return any(name.endswith(".py") for place in places for _, _, names in os.walk(place) for name in names)


def _holds_runtail(directory: str) -> bool:
    """Return whether a directory is an installation of runtail, or a checkout."""
    return any(os.path.isfile(os.path.join(directory, place, "runtail_pytest.py")) for place in ("", "packaging"))
