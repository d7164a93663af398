"""An installation as a stranger has it: the wheel in an environment of its own, beside the dependencies of this one."""

import os
import shlex
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.helpers import LIMIT_S

ALONE = tuple(f"-pno:{plugin}" for plugin in ("anyio", "asyncio", "cacheprovider", "hypothesispytest", "randomly"))
"""Options of a pytest without the plugins of this suite, which take three times as long to load as the rest of it."""
ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Installation:
    """A virtual environment in which runtail is installed from its wheel."""

    root: Path

    def run(self, *command: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, without the variables that a developer of runtail may have set."""
        program = self.root / "bin" / command[0]
        clean = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "ANTHR"))
        }
        return subprocess.run(
            [program, *command[1:]], cwd=cwd, env=clean | env, capture_output=True, text=True, check=False,
            timeout=LIMIT_S,
        )  # fmt: skip


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Build the wheel and install it, once for all workers of pytest-xdist."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, done = shared / "installation", shared / "installed"
    with FileLock(shared / "installation.lock"):
        if not done.exists():
            _install(root)
            done.touch()
    return Installation(root)


def _install(root: Path) -> None:
    venv.create(root, symlinks=True, clear=True)
    python = root / "bin" / "python"
    (packages,) = root.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    pytest_script = root / "bin" / "pytest"  # started by a shell: a `#!` line cannot have a path with spaces
    start = "import pytest; raise SystemExit(pytest.main())"
    pytest_script.write_text(f"#!/bin/sh\nexec {shlex.quote(str(python))} -P -c '{start}' \"$@\"\n")
    pytest_script.chmod(0o755)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check",
            "--no-index", "--no-deps", "--no-build-isolation", "--ignore-installed", ROOT,
        ],
        check=True,
    )  # fmt: skip
