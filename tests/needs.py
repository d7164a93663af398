"""What a test needs besides `pip install -e '.[dev]'`: optional programs and rights.

A test declares them with `@pytest.mark.needs("jq", "root")`, or uses a fixture in `FIXTURES`. Where one is missing the
test is skipped, with a reason that names the package that brings it, and one line at the end of the run counts these
skips. What the variable RUNTAIL_REQUIRE lists (names separated by commas, or `all`) fails the test instead; `all` does
not include what lies outside the machine: networks, package indexes, and what only they have.
"""

import functools
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers import patient

REQUIRE = "RUNTAIL_REQUIRE"
CODEX = "RUNTAIL_CODEX"
"""The variable that names the program of Codex, if it is not `codex` on the PATH."""
_PROPERTY = "needs"
"""The property of a test's report that holds what was missing; pytest-xdist hands it to the process that reports."""
_CAP_SYS_ADMIN = 1 << 21


class Need(NamedTuple):
    """Something that a machine may lack: a function that says whether it is there, and how to get it."""

    is_there: Callable[[], bool]
    remedy: str
    is_outside: bool = False
    """Whether the machine cannot have it by itself; `all` does not require it then."""


def _program(*names: str, package: str) -> Need:
    return Need(lambda: any(map(shutil.which, names)), f"apt install {package}")


def _answers(*command: str) -> bool:
    """Return whether a package index answers a cheap question within seconds."""
    try:
        return subprocess.run(command, capture_output=True, timeout=patient(10), check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _sandbox_works() -> bool:
    from agent.safety.sandbox import SandboxUnavailable, require_sandbox  # noqa: PLC0415 - most runs never ask

    try:
        require_sandbox(os.environ | {"TMPDIR": "/tmp"})  # as tests with the sandbox do: its sockets need a short path
    except SandboxUnavailable:
        return False
    return sys.platform == "linux"


def _is_root() -> bool:
    return os.geteuid() == 0


def _may_mount() -> bool:
    """Return whether this process is a root that may mount, which the root of a container may not."""
    try:
        status = Path("/proc/self/status").read_text()
    except FileNotFoundError:
        return False
    capabilities = int(status.partition("CapEff:")[2].split()[0], 16)
    return _is_root() and bool(capabilities & _CAP_SYS_ADMIN)


def outer_address() -> str | None:
    """Return an address of this machine that is not loopback, if it has one; nothing is sent to find it out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def _may_set_sysctl() -> bool:
    return _is_root() and os.access("/proc/sys/fs/inotify/max_queued_events", os.W_OK)


CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs that are Chromium. The first draws no window of a browser, which costs half of the time of the others."""
NEEDS = {
    "bash": _program("bash", package="bash"),
    "chromium": _program(*CHROMIUM, package="chromium-headless-shell"),
    "codex": Need(
        lambda: shutil.which(os.environ.get(CODEX, "codex")) is not None,
        f"npm install -g @openai/codex, or name the program in {CODEX}",
        is_outside=True,
    ),
    "curl": _program("curl", package="curl"),
    "duckdb": Need(lambda: find_spec("duckdb") is not None, "python -m pip install duckdb", is_outside=True),
    "faketime": _program("faketime", package="faketime"),
    "git": _program("git", package="git"),
    "jq": _program("jq", package="jq"),
    "lnav": _program("lnav", package="lnav"),
    "man": _program("man", package="man-db"),
    "nats-server": _program("nats-server", package="nats-server"),
    "nginx": _program("nginx", package="nginx"),
    "node": _program("node", package="nodejs"),
    "npm": Need(
        lambda: _answers("npm", "view", "semver", "version", "--fetch-retries=0"),
        "apt install npm, on a machine that reaches a registry",
        is_outside=True,
    ),
    "openssl": _program("openssl", package="openssl"),
    "pip": Need(lambda: find_spec("pip") is not None, "python -m ensurepip"),
    "pip-index": Need(
        lambda: _answers("python3", "-m", "pip", "index", "versions", "six", "--retries=0", "--timeout=5"),
        "connect this machine to a package index",
        is_outside=True,
    ),
    "sandbox": Need(_sandbox_works, "apt install bubblewrap socat, on a machine that allows user namespaces"),
    "network": Need(lambda: outer_address() is not None, "connect this machine to a network", is_outside=True),
    "root": Need(_is_root, "run the tests as root"),
    "mount": Need(_may_mount, "run the tests as a root that may mount"),
    "sysctl": Need(_may_set_sysctl, "run the tests as a root that may write to /proc/sys"),
}
FIXTURES = {
    "chromium": "chromium",
    "server": "nats-server",
    "servers": "nats-server",
    "cluster": "nats-server",
    "installation": "pip",
}  # fmt: skip
"""Fixtures that use a program, and what a test that uses one thereby needs."""


@functools.cache
def is_there(name: str) -> bool:
    """Return whether this machine has what `NEEDS` calls `name`."""
    return NEEDS[name].is_there()


def required() -> frozenset[str]:
    """Return the needs that must be there, from RUNTAIL_REQUIRE. Raises pytest.UsageError for an unknown one."""
    names = {name.strip() for name in os.environ.get(REQUIRE, "").split(",")} - {""}
    if unknown := names - NEEDS.keys() - {"all"}:
        known = ", ".join(["all", *NEEDS])
        raise pytest.UsageError(f"{REQUIRE}: unknown name {', '.join(sorted(unknown))}; choose from: {known}")
    everything = {name for name, need in NEEDS.items() if not need.is_outside} if "all" in names else set()
    return frozenset(names - {"all"} | everything)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*names): skipped where one of them is missing, see tests/needs.py")
    required()


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function):
        for name in FIXTURES.keys() & set(item.fixturenames):
            item.add_marker(pytest.mark.needs(FIXTURES[name]))
    if unknown := set(_needs_of(item)) - NEEDS.keys():
        known = ", ".join(NEEDS)
        raise pytest.UsageError(f"{item.nodeid}: unknown need {', '.join(sorted(unknown))}; choose from: {known}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = sorted({name for name in _needs_of(item) if not is_there(name)})
    if not missing:
        return
    reason = "; ".join(f"needs {name}: {NEEDS[name].remedy}" for name in missing)
    if required().intersection(missing):
        pytest.fail(f"{reason} (required by {REQUIRE})", pytrace=False)
    item.user_properties += [(_PROPERTY, name) for name in missing]
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if line := summary(terminalreporter.getreports("skipped")):
        terminalreporter.write_line(line)


def summary(reports: Iterable[pytest.TestReport]) -> str:
    """Return the line that counts the skipped tests by what they needed; empty when nothing was missing."""
    missing = Counter(value for report in reports for name, value in report.user_properties if name == _PROPERTY)
    counts = [f"{name} {count} ({NEEDS[str(name)].remedy})" for name, count in missing.most_common()]
    return f"skipped for want of: {', '.join(counts)}" if counts else ""


def _needs_of(item: pytest.Item) -> Iterator[str]:
    for marker in item.iter_markers("needs"):
        yield from marker.args
