"""A project adds to what is redacted, and exempts from it; a broken file is one clear sentence."""

import re
from pathlib import Path

import pytest

from agent import RunLog, RunLogUnusable
from agent.events import Info, ToolUse
from agent.runlog.redaction.redact import Redactor
from agent.runlog.redaction.redact_settings import RedactSettings, read_redact_settings
from tests.agent.runlog.writing import quiet_log

TOKEN = "ghp_" + "Ab1c" * 9


def settings_file(project: Path, text: str) -> Path:
    directory = project / ".agent"
    directory.mkdir(exist_ok=True)
    path = directory / "redact.toml"
    path.write_text(text)
    return path


def redactor(project: Path, text: str) -> Redactor:
    settings_file(project, text)
    return Redactor({"BUILD_TOKEN": "not-so-secret"}, read_redact_settings(project))


def test_without_a_file_nothing_is_added(tmp_path: Path) -> None:
    for project in (tmp_path, tmp_path / "missing"):
        assert read_redact_settings(project) == RedactSettings()


@pytest.mark.parametrize(
    ("settings", "text", "redacted"),
    [
        ('[add]\nnames = ["acme_pin"]', "acme_pin=four five", "acme_pin=[redacted:secret_value] five"),
        ('[add]\nnames = ["acme_pin"]', '{"acme_pin": "open"}', '{"acme_pin": "[redacted:secret_value]"}'),
        ('[add]\nvalues = ["winter-in-oslo"]', "it is winter-in-oslo.", "it is [redacted:value]."),
        ("[add]\npatterns = { acme = 'acme_[a-z]{5}' }", "\u00fc acme_abcde", "\u00fc [redacted:acme]"),
        ('[exempt]\nkinds = ["github_token"]', TOKEN, TOKEN),
        ('[exempt]\nkinds = ["BUILD_TOKEN"]', "not-so-secret", "not-so-secret"),
        (f'[exempt]\nvalues = ["{TOKEN}"]', f"{TOKEN} {TOKEN}x", f"{TOKEN} [redacted:github_token]"),
        ("[exempt]\npatterns = ['ghp_Ab1c.*']", TOKEN, TOKEN),
    ],
)
def test_it_adds_and_exempts(settings: str, text: str, redacted: str, tmp_path: Path) -> None:
    assert redactor(tmp_path, settings).redact(text) == redacted


async def test_a_run_uses_the_file_of_its_project(tmp_path: Path) -> None:
    settings_file(tmp_path, '[add]\nnames = ["acme_pin"]\npatterns = { acme = "x{5}y" }\n[exempt]\nkinds = ["jwt"]')
    async with quiet_log(tmp_path / "runs", project_dir=tmp_path) as log:
        await log.emit(Info(message='xxxxxy and {"acme_pin": "open"}'))
        await log.emit(ToolUse(id="t", name="X", input={"acme_pin": "open"}))
        async with log.stream() as text:
            await text.write("it is xx")
            await text.write("xxxy, really")
    content = log.path.read_text()
    assert "xxxxxy" not in content
    assert '"open' not in content
    assert content.count("[redacted:acme]") == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("names = [", "is not valid TOML: .*; fix or delete it$"),
        ("[more]", 'unknown key "more"; expected the tables \\[add\\] and \\[exempt\\]$'),
        ("add = 1", 'unknown key "add"; expected the tables'),
        ("[add]\nkinds = []", 'unknown key "kinds" in \\[add\\]; expected names, values, patterns$'),
        ("[add]\nnames = 1", '"names" must be a list of strings$'),
        ('[add]\nvalues = ["a"]', '"a" in "values" is too short; give at least 4 characters$'),
        ("[add]\npatterns = ['a']", '"patterns" in \\[add\\] must be a table'),
        ("[add]\npatterns = { a = '(' }", 'invalid pattern "\\(": missing \\): \\($'),
        ('[add]\npatterns = { "a\\u001b[2J" = "xy" }', "invalid kind 'a.x1b.*' in .add.; use only letters, digits"),
        ("[exempt]\npatterns = ['x*']", 'the pattern "x\\*" matches the empty text; make it longer$'),
    ],
)
def test_a_broken_file_is_one_sentence_that_names_it(text: str, sentence: str, tmp_path: Path) -> None:
    path = settings_file(tmp_path, text)
    with pytest.raises(RunLogUnusable, match=f"^{re.escape(str(path))}[ :]*.*{sentence}") as raised:
        RunLog.open(tmp_path / "runs", project_dir=tmp_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "runs").exists()
