"""Where runtail is installed, a project with packages `agent` and `observer` of its own works, and so does runtail."""

import json
from pathlib import Path

import pytest

from tests.packaging.conftest import ALONE, Installation

STRICT = (*ALONE, "-W", "error")
IMPORTING = """
def test_before():
    import agent, observer.views
    assert (agent.OWNER, observer.views.OWNER) == ("the project", "the project")
"""
USING = """
def test_that_uses_the_fixture(run_log):
    assert type(run_log).__module__ == "agent.runlog.runlog"

def test_that_fails_and_leaves_a_run_file(tmp_path):
    (tmp_path / "a.ndjson").write_text('{"type":"hello"}\\n')
    assert False
"""
TESTS = IMPORTING + USING + IMPORTING.replace("before", "after")
ADDING_THE_PATH = IMPORTING.replace(
    "    import agent",
    "    import pathlib, sys\n    sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))\n    import agent",
)
TESTS_THAT_ADD_THE_PATH = USING + ADDING_THE_PATH + ADDING_THE_PATH.replace("before", "after")
SCRIPT = """
[[conversation]]
name = "main"
[[conversation.turn]]
block = [{ type = "text", text = "Said by the model." }]
"""
INSTALLED = "import pathlib, sys\nsys.path.append(str(pathlib.Path(__file__).parent / 'src'))\n"
"""Puts the project behind the directory of installed packages in the search path, as `pip install -e .` does."""
ADDED_FINDER = """
import pathlib
import sys
from importlib.machinery import PathFinder

class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return PathFinder.find_spec(name, [str(pathlib.Path(__file__).parent / "code")]) if path is None else None

class OldFinder:
    pass

sys.meta_path += [OldFinder(), Finder]
"""
"""Finds the project as `pip install -e .` does where it is built with setuptools, beside a finder of old that has no
`find_spec`."""
LAYOUTS = {
    "the current directory": ("python -m pytest", ".", {}),
    "a conftest.py at the root": ("pytest", ".", {"conftest.py": ""}),
    "tests that are a package": ("pytest", ".", {"tests/__init__.py": ""}),
    "the setting pythonpath": ("pytest", ".", {"pytest.ini": "[pytest]\npythonpath = .\n"}),
    "a directory src": ("pytest", "src", {"pytest.ini": "[pytest]\npythonpath = src\n"}),
    "an installation of their own": ("pytest", "src", {"conftest.py": INSTALLED}),
    "a finder of their own": ("pytest", "code", {"conftest.py": ADDED_FINDER}),
    "nothing that finds them": ("pytest", ".", {}),
    "a path that only a test adds": ("pytest", ".", {"tests/test_project.py": TESTS_THAT_ADD_THE_PATH}),
}


def make_project(root: Path, *packages: str, source: str = ".", tests: str = TESTS) -> Path:
    """Make a project with tests and with these packages in the directory `source`."""
    for package in packages:
        folder = root / source / package
        folder.mkdir(parents=True)
        for name in ("__init__", "__main__", "views"):
            (folder / f"{name}.py").write_text("OWNER = 'the project'\n")
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "test_project.py").write_text(tests)
    (root / "pytest.ini").write_text("[pytest]\n")
    return root


@pytest.mark.parametrize(("command", "source", "files"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_project_s_packages_are_imported_before_and_after_the_plugin_is_used(
    installation: Installation, tmp_path: Path, command: str, source: str, files: dict[str, str]
) -> None:
    root = make_project(tmp_path / "project", "agent", "observer", source=source)
    for name, text in files.items():
        (root / name).write_text(text)

    result = installation.run(*command.split(), *STRICT, cwd=root)

    assert "1 failed, 2 passed, 1 error" in result.stdout, result.stdout + result.stderr
    for message, package in {"run_log is not available": "agent", "not shown": "observer"}.items():
        place = root / source / package / "__init__.py"
        assert f"{message}: the project has a package {package} of its own ({place}), which" in result.stdout


def test_a_directory_of_the_project_without_init_is_its_package_too(installation: Installation, tmp_path: Path) -> None:
    root = make_project(tmp_path / "project", "agent", tests="from agent.views import OWNER\n" + USING)
    (root / "agent" / "__init__.py").unlink()

    result = installation.run("python", "-m", "pytest", *STRICT, cwd=root)

    assert "1 failed, 1 error" in result.stdout, result.stdout + result.stderr
    assert f"the project has a package agent of its own ({root / 'agent'}), which" in result.stdout


def test_each_half_works_where_only_the_other_name_is_taken(installation: Installation, tmp_path: Path) -> None:
    writer = make_project(tmp_path / "writer", "observer", tests=USING)
    reader = make_project(tmp_path / "reader", "agent", tests=USING)

    with_run_log = installation.run("python", "-m", "pytest", *STRICT, cwd=writer)
    with_report = installation.run("python", "-m", "pytest", *STRICT, cwd=reader)

    assert "1 failed, 1 passed" in with_run_log.stdout
    assert "not shown: the project has a package observer of its own" in with_run_log.stdout
    assert "1 failed, 1 error" in with_report.stdout
    assert "run_log is not available: the project has a package agent of its own" in with_report.stdout
    assert "last 1 of 1 events" in with_report.stdout


def test_a_report_leaves_the_name_observer_to_a_package_that_a_later_test_makes(
    installation: Installation, tmp_path: Path
) -> None:
    makes_it = """
def test_that_generates_a_project(tmp_path, monkeypatch):
    (tmp_path / "observer.py").write_text("OWNER = 'the test'")
    monkeypatch.syspath_prepend(tmp_path)
    import observer
    assert observer.OWNER == "the test"
"""
    root = make_project(tmp_path / "project", tests=USING + makes_it)

    result = installation.run("pytest", *STRICT, cwd=root)

    assert "1 failed, 2 passed" in result.stdout, result.stdout + result.stderr
    assert "last 1 of 1 events" in result.stdout


def test_the_commands_are_runtail_s_also_with_the_project_in_pythonpath(
    installation: Installation, tmp_path: Path
) -> None:
    root = make_project(tmp_path / "project", "agent", "observer")
    for name in ("mcp", "rich", "secrets"):  # a dependency of the SDK, one of our own, and a standard module
        (root / f"{name}.py").write_text('raise SystemExit("the project\'s")\n')

    (root / "script.toml").write_text(SCRIPT)
    command = ("agent", "run", "Say it.", "--rehearsal", "script.toml", "--no-sandbox")

    run = installation.run(*command, cwd=root, PYTHONPATH=".", HOME=str(tmp_path))
    listed = installation.run("observe", "list", "-o", "json", cwd=root, PYTHONPATH=".")
    version = installation.run("agent", "--version", cwd=root, PYTHONPATH=f".:{root}:")

    assert run.returncode == 0, run.stderr
    assert "Said by the model." in run.stdout  # the viewer is a process of its own
    assert "Error" not in run.stderr  # and so is the reaper
    assert "the project's" not in run.stderr
    assert (listed.returncode, listed.stderr) == (0, "")
    assert json.loads(listed.stdout)["verdict"] == "complete"
    assert (version.returncode, version.stdout, version.stderr) == (0, "agent 0.1.0\n", "")
