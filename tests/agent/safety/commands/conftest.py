"""A project with a few scripts in it, and its guard."""

from pathlib import Path
from typing import Protocol

import pytest

from agent.safety.commands.allowlist import Allowlist
from agent.safety.commands.denial import Denial, ToolCall
from agent.safety.commands.policy import Guard

SCRIPTS = {
    "init.sh": '#!/bin/sh\nset -e\ncd "$(dirname "$0")"\npip install -r requirements.txt\n./scripts/seed.sh\n',
    "scripts/seed.sh": "#!/usr/bin/env bash\npython3 seed.py\n",
    "bad.sh": "#!/bin/bash\nset -e\necho fine\nssh host ls\n",
    "bad": "ssh host ls\n",
    "cd.sh": "cd ..\n",
    "loop.sh": "#!/bin/sh\n./loop.sh\n",
    "posix.sh": "echo $'\\'; ssh x #'\n",
    "tool": "#!/usr/bin/env python3\nprint()\n",
    "app/main.py": "print()\n",
    "app/deep/file": "",
    "venv/bin/activate": "true\n",
}
LINKS = {
    "python": "/usr/bin/python3", "ssh": "/usr/bin/ssh", "env2": "/usr/bin/env", "rm2": "/bin/rm", "deep": "app/deep",
    "outside": "..", "été": "..",
}  # fmt: skip


Table = dict[str, dict[str, str]]


class Check(Protocol):
    def __call__(self, command: str, *allow: str, sandboxed: bool = ...) -> Denial | None: ...


def wrong_verdicts(check: Check, table: Table, *allow: str, sandboxed: bool = False) -> dict[str, str]:
    """Return the rows of a table {rule: {what the case is about: command}} that this rule does not deny.

    The rule `passes` is for commands that no rule denies.
    """
    wrong = {}
    for rule, commands in table.items():
        for case, command in commands.items():
            denial = check(command, *allow, sandboxed=sandboxed)
            if (denial.rule if denial else "passes") != rule:
                wrong[f"{rule}: {case}"] = f"{command!r}: {denial}"
    return wrong


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that does not lie among temporary files, where removing is allowed."""
    monkeypatch.setattr("agent.safety.commands.paths._TEMPORARY", ())
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/nowhere")
    project = tmp_path / "project"
    for name, text in SCRIPTS.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    (project / ".agent").mkdir()
    for name, target in LINKS.items():
        (project / name).symlink_to(target)
    return project


@pytest.fixture
def check(project: Path) -> Check:
    """Let the guard decide on a Bash command, with additional allowed commands. It runs without the sandbox, unless
    `sandboxed`."""

    def check(command: str, *allow: str, sandboxed: bool = False) -> Denial | None:
        guard = Guard(Allowlist.load(project, allow), project, sandboxed=sandboxed)
        return guard(ToolCall("Bash", {"command": command}, project))

    return check
