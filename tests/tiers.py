"""The two tiers of the suite: `pytest -m fast` starts no process and no server, `pytest -m "not fast"` is the rest.

A test is fast unless its file is in one of `SLOW_PATHS`, its file imports one of `SLOW_MODULES` (itself, or through
a helper in `tests/`), or it uses one of `SLOW_FIXTURES`. A fast test that starts a process or a server fails.
"""

import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
SLOW_PATHS = ("end_to_end", "observer/nats", "observer/cli/test_odd_events.py", "agent/test_schema.py")
"""Directories of tests that start something, and files whose examples take seconds of processor time."""
SLOW_MODULES = frozenset({
    "subprocess", "multiprocessing", "pty", "playwright", "observer.web.access.listen", "agent.rehearsal.server",
})  # fmt: skip
SLOW_FIXTURES = frozenset({"chromium", "observe", "pytester"})
EVENTS = frozenset({
    "subprocess.Popen", "os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "socket.bind",
})  # fmt: skip
"""Audit events of a process or a server that begins."""

_IMPORT = re.compile(r"^[ \t]*(?:from|import) ([\w.]+)(?: import (\w+))?", re.MULTILINE)


class _Audit:
    """Refuses `EVENTS` while a fast test runs, and remembers them in case the code under test hides the refusal."""

    def __init__(self) -> None:
        self.active = False
        self.seen: list[str] = []

    def __call__(self, event: str, _arguments: tuple[Any, ...]) -> None:
        if self.active and event in EVENTS:
            self.seen.append(event)
            raise RuntimeError(_complaint([event]))


_audit = _Audit()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fast: starts no process and no server; set by tests/tiers.py, never by hand")
    sys.addaudithook(_audit)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import files without a fast test when only fast ones are asked for."""
    only_fast = config.option.markexpr == "fast"
    return True if only_fast and collection_path.suffix == ".py" and is_slow_file(collection_path) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    if not is_slow_file(item.path) and SLOW_FIXTURES.isdisjoint(fixtures):
        item.add_marker(pytest.mark.fast)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _audit.active = item.get_closest_marker("fast") is not None
    try:
        return (yield)
    finally:
        _audit.active = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    return (yield from _fail_if_started())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    return (yield from _fail_if_started())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    return (yield from _fail_if_started())


def _fail_if_started() -> Iterator[None]:
    """Wrap a part of a test, and fail it if it started something and hid that this was refused."""
    _audit.seen.clear()
    result = yield
    if _audit.seen:
        pytest.fail(_complaint(_audit.seen), pytrace=False)
    return result


@functools.cache
def is_slow_file(path: Path) -> bool:
    """Return whether no test of this file is fast."""
    if any(path.is_relative_to(TESTS / slow) for slow in SLOW_PATHS):
        return True
    seen, files = {path}, [path]
    while files:
        modules = _imported(files.pop())
        if not SLOW_MODULES.isdisjoint(modules):
            return True
        helpers = {TESTS.parent.joinpath(*name.split(".")).with_suffix(".py") for name in modules} - seen
        files += [file for file in helpers if file.is_relative_to(TESTS) and file.is_file()]
        seen |= helpers
    return False


@functools.cache
def _imported(path: Path) -> frozenset[str]:
    """Return the modules that a file imports anywhere: of `from a.b import c` both `a.b` and `a.b.c`, and `a`."""
    names: set[str] = set()
    for module, name in _IMPORT.findall(path.read_text("utf-8")):
        names |= {module.partition(".")[0], module, f"{module}.{name}"}
    return frozenset(names)


def _complaint(events: list[str]) -> str:
    return f"a fast test must not start a process or a server ({', '.join(events)}); see tests/tiers.py"
