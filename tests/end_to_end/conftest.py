"""Real runs: the `agent` command as a process, the real SDK and CLI below it, a scripted model on loopback."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest
from filelock import FileLock

from tests import warm
from tests.helpers import LIMIT_S, wait_until
from tests.needs import is_there

NO_SANDBOX = () if is_there("sandbox") else ("--no-sandbox",)
"""Options that a run needs on a machine where the sandbox does not work."""
WARNING = "agent: no sandbox: commands may write outside the project directory\n"
"""What a run without the sandbox says on standard error."""
WARNED = WARNING if NO_SANDBOX else ""
"""What a run in `sandboxed_place` or `cold_place` says there."""
Events = list[dict[str, Any]]
Process = subprocess.Popen[str]


class Place:
    """A directory with a project and a runs directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def latest(self) -> Path:
        return self.root / "runs" / "latest.ndjson"

    def runs(self) -> list[Path]:
        """Return the run files, oldest first."""
        return sorted(path for path in (self.root / "runs").glob("*.ndjson") if not path.is_symlink())

    def events(self) -> Events:
        """Return the events of the latest run so far, without a line that is still incomplete."""
        try:
            lines = self.latest.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def without_heartbeats(self) -> Events:
        """Return the events except heartbeats, one of which may come at any time."""
        return without_heartbeats(self.events())

    def of_type(self, type_: str) -> Events:
        return [event for event in self.events() if event["type"] == type_]


class Workplace(Place):
    """A place in which commands are run: forked from a warm process (tests.warm), or cold, as users start them."""

    def __init__(self, root: Path, temporary: Path, *, cold: bool, sandbox: bool) -> None:
        super().__init__(root)
        self.temporary = temporary
        """For `TMPDIR`: the sandbox has sockets there, for which the path of a test's own directory is too long."""
        self.processes: list[Process] = []
        self._cold = cold
        self._options = NO_SANDBOX if sandbox else ("--no-sandbox",)
        self.project.mkdir(parents=True)

    def start(self, package: str, *args: str, **env: str) -> Process:
        """Start `python -m package args` here, without the API key and CLI settings of this process."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANTHROPIC_", "CLAUDE_"))}
        own = {
            "HOME": str(self.root), "XDG_CACHE_HOME": str(self.root / ".cache"),
            "XDG_STATE_HOME": str(self.root / ".state"), "TMPDIR": str(self.temporary),
        }  # fmt: skip
        process = warm.start(
            package,
            *args,
            cold=self._cold,
            cwd=self.root,
            env=clean | own | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.processes.append(process)
        return process

    def rehearse(self, script: str, *args: str, **env: str) -> Process:
        """Start `agent run` with `script` (TOML) in place of a model, without a view."""
        file = self.root / "script.toml"
        file.write_text(script)
        return self.start(
            "agent", "run", "Do it.", "--project", "project", "--rehearsal", str(file), "--no-view", *self._options,
            *args, **env,
        )  # fmt: skip

    def build(self, script: str | Path, *args: str, **env: str) -> Process:
        """Start `agent build` with `script` (TOML, or its file) in place of a model, without a view or pauses."""
        spec, file = self.root / "SPEC.md", self.root / "script.toml"
        spec.write_text("# Greeter\nA program that greets, and shouts when asked to.\n")
        file.write_text(script if isinstance(script, str) else script.read_text())
        return self.start(
            "agent", "build", "SPEC.md", "--project", "project", "--rehearsal", str(file), "--no-view",
            "--pause", "0", *self._options, *args, **env,
        )  # fmt: skip

    def with_features(self, **passes: bool) -> None:
        """Write a feature list as an initializer does."""
        rows = [
            {"category": "functional", "name": name, "description": f"{name}.", "steps": ["Look"], "passes": done}
            for name, done in passes.items()
        ]
        (self.project / "feature_list.json").write_text(json.dumps(rows, indent=2) + "\n")

    def wait_for(self, type_: str, **data: object) -> dict[str, Any]:
        """Wait for an event of this type, and with these data, and return the first one."""

        def matching() -> Events:
            return [event for event in self.of_type(type_) if data.items() <= event["data"].items()]

        events: Events = wait_until(matching, f"an event of type {type_} with {data}")
        return events[0]

    def wait_until_file(self, name: str) -> None:
        """Wait until the agent has created this file in the project."""
        wait_until((self.project / name).exists, f"a file {name}")

    def create(self, name: str) -> None:
        """Create a file in the project for which a command waits (see `wait` in writing.py)."""
        (self.project / name).touch()

    def leftovers(self) -> list[str]:
        """Return the command lines of processes that still work here."""
        commands = []
        for process in psutil.process_iter():
            try:
                place = process.environ().get("PWD", "")
                if process.status() != psutil.STATUS_ZOMBIE and place.startswith((str(self.root), str(self.temporary))):
                    commands.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return commands


@contextmanager
def workplace(root: Path, *, cold: bool = False, sandbox: bool = True) -> Iterator[Workplace]:
    """Yield a place at `root`, and end what was started there."""
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as temporary:
        place = Workplace(root, Path(temporary), cold=cold, sandbox=sandbox)
        try:
            yield place
        finally:
            for process in place.processes:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    """A place without the sandbox, which takes a third of a session's time."""
    with workplace(tmp_path, sandbox=False) as place:
        yield place


@pytest.fixture
def sandboxed_place(tmp_path: Path) -> Iterator[Workplace]:
    """A place for what may depend on the sandbox: what commands may do, and how their processes end."""
    with workplace(tmp_path) as place:
        yield place


@pytest.fixture
def cold_place(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path, cold=True) as place:
        yield place


class Finished(Place):
    """The place of an agent that has ended, with its exit code and its output; several tests look at it."""

    def __init__(self, root: Path, code: int, out: str, err: str) -> None:
        super().__init__(root)
        self.code, self.out, self.err = code, out, err


class Finish(Protocol):
    def __call__(self, name: str, start: Callable[[Workplace], Process], *, sandbox: bool = False) -> Finished: ...


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finish:
    """Return a function that returns the end of what `start` starts, which has a name and is started once.

    It has no sandbox, unless it is asked for.
    The first test that asks for it waits for it, whichever worker of pytest-xdist that test is in: the result is in a
    directory that they share.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def finish_once(name: str, start: Callable[[Workplace], Process], *, sandbox: bool = False) -> Finished:
        root, result = shared / name, shared / f"{name}.json"
        with FileLock(shared / f"{name}.lock"):
            if not result.exists():
                with workplace(root, sandbox=sandbox) as place:
                    result.write_text(json.dumps(finish(start(place))))
        return Finished(root, *json.loads(result.read_text()))

    return finish_once


def finish(process: Process) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, standard output and standard error."""
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err


def script(*turns: str) -> str:
    """Return a script of one conversation, with a turn for each TOML fragment."""
    return "\n".join(['[[conversation]]\nname = "main"', *(f"[[conversation.turn]]\n{turn}" for turn in turns)])


def text_of(events: Events) -> str:
    """Return the text of the main agent, joined as docs/run-file.md describes."""
    blocks: dict[tuple[str, int], str] = {}
    for event in events:
        if event["type"] == "thought" and event["parent"] is None:
            data = event["data"]
            blocks.pop((data["replaces"], data["block"]), None)
            key = data["message"], data["block"]
            blocks[key] = blocks.get(key, "") + data["text"]
    return "\n".join(filter(None, blocks.values()))  # what is void may leave an empty text


def assert_valid(run: Path) -> None:
    """Assert that `observe check` finds nothing wrong with a run file."""
    result = warm.run("observer", "check", run, timeout=LIMIT_S, text=True)
    assert (result.returncode, result.stdout) == (0, "")


def without_heartbeats(events: Events) -> Events:
    """Return the events except heartbeats, one of which may come at any time."""
    return [event for event in events if event["type"] != "heartbeat"]
