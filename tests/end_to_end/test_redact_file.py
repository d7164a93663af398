"""A broken `.agent/redact.toml` ends each command with one sentence before anything runs.

Tests agent.runlog.redaction.redact_settings.
"""

from pathlib import Path

import pytest

from tests import warm
from tests.helpers import LIMIT_S


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "hello", "--project", ".", "--rehearsal", "script.toml"],
        ["build", "SPEC.md", "--project", ".", "--rehearsal", "script.toml"],
        ["record", "--", "touch", "started"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_broken_file_is_one_sentence_and_exit_code_2(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / ".agent").mkdir()
    (tmp_path / ".agent" / "redact.toml").write_text("names = [")
    block = '[[conversation.turn.block]]\ntype = "text"\ntext = "Done."\n'
    (tmp_path / "script.toml").write_text(f'[[conversation]]\nname = "main"\n[[conversation.turn]]\n{block}')
    (tmp_path / "SPEC.md").write_text("Build nothing.\n")
    ended = warm.run("agent", *arguments, cwd=tmp_path, timeout=LIMIT_S, text=True)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert f"{tmp_path}/.agent/redact.toml is not valid TOML" in ended.stderr
    assert not (tmp_path / "started").exists()
    assert not (tmp_path / "runs").exists()
