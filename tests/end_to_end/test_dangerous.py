"""No dangerous command line deletes or overwrites anything outside the project: the guard or the sandbox stops it."""

import subprocess
from pathlib import Path

import pytest

from agent.safety.commands.denial import ToolCall
from agent.session.sdk_options import Safety, make_guard
from tests.agent.safety.commands.corpus import DANGEROUS_LINES
from tests.end_to_end.conftest import Workplace, finish
from tests.end_to_end.writing import DONE, bash, conversation


def contents(directory: Path) -> dict[str, tuple[int, float, bytes]]:
    """Return the permissions, the time of the last change and the text of each file below `directory`."""
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.lstat().st_mtime,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in directory.rglob("*")
    }


@pytest.mark.needs("git")
@pytest.mark.needs("sandbox")
def test_no_dangerous_command_passes_both_walls(sandboxed_place: Workplace) -> None:
    """The lines that the guard lets through run in the sandbox, each in a subshell of a script, as the CLI refuses some
    of them itself."""
    place = sandboxed_place
    outside = place.root / "outside"
    for name in ("keep.txt", "keep.bin", "keep.db", ".hidden", "sub/deep.txt"):
        (outside / name).parent.mkdir(parents=True, exist_ok=True)
        (outside / name).write_text("precious\n")
    (place.project / "src").mkdir()
    (place.project / "src" / "main.py").write_text("print()\n")
    subprocess.run(["git", "init", "-q", place.project], check=True)
    before = contents(outside)
    guard = make_guard(Safety(), place.project)
    assert guard is not None
    lines = [line.replace("{outside}", str(outside)) for line in DANGEROUS_LINES]
    passing = [line for line in lines if guard(ToolCall("Bash", {"command": line}, place.project)) is None]
    script = "\n".join(f"(\n{line}\n) > /dev/null 2>&1\necho end of {n}" for n, line in enumerate(passing))
    (place.project / "lines.sh").write_text(f"{script}\n")
    finish(place.rehearse(conversation("main", bash("bash lines.sh"), DONE)))
    (result,) = place.of_type("tool_result")
    refused = len(lines) - len(passing)
    print(f"{len(lines)} dangerous lines: the guard refuses {refused}, {len(passing)} run in the sandbox")
    assert result["data"]["output"].split("\n") == [f"end of {n}" for n in range(len(passing))]
    assert contents(outside) == before
    assert (place.project / ".git" / "HEAD").exists()
    assert (place.project / "src" / "main.py").exists()
    assert [path.name for path in place.root.glob(".*")] == [".state"]  # the register's
