"""Defaults and theme: from the file, from variables, and what is said of a wrong one."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from observer.cli.options.settings import Option, Settings, config_file, load_settings
from observer.errors import UsageError
from tests.observer.cli.conftest import Finished
from tests.observer.observing import Observe
from tests.observer.written import small

Start = Callable[..., Observe]
Run = Callable[..., Finished]
OPTIONS = {
    "tail": {
        "runs": Option("directory"), "no-thoughts": Option("no_thoughts"), "type": Option("types", multiple=True),
        "tz": Option("tz"), "utc": Option("utc"),
    },
    "list": {"runs": Option("directory")},
}  # fmt: skip


def load(environment: dict[str, str], command: str = "tail") -> Settings:
    return load_settings(environment, command, OPTIONS, OPTIONS.__getitem__)


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    def write(text: str) -> dict[str, str]:
        environment = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
        path = config_file(environment)
        assert path is not None
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return environment

    return write


def test_the_file_is_in_the_home_directory_or_in_xdg_config_home() -> None:
    assert config_file({"HOME": "/home/me"}) == Path("/home/me/.config/runtail/config.toml")
    assert config_file({"HOME": "/home/me", "XDG_CONFIG_HOME": "/etc/xdg"}) == Path("/etc/xdg/runtail/config.toml")


def test_without_a_file_nothing_is_set_and_no_options_are_looked_up(tmp_path: Path) -> None:
    def options_of(command: str) -> dict[str, Option]:
        raise AssertionError(f"the options of {command} were loaded")

    assert load_settings({"HOME": str(tmp_path)}, "tail", OPTIONS, options_of) == Settings({}, "default")


def test_a_setting_applies_to_all_commands_that_have_it_and_a_table_to_one(
    config: Callable[[str], dict[str, str]],
) -> None:
    environment = config('runs = "all"\n[tail]\nno_thoughts = true\ntype = "error"\n')

    assert load(environment).defaults == {"directory": "all", "no_thoughts": "true", "types": ["error"]}
    assert load(environment, "list").defaults == {"directory": "all"}


def test_a_setting_of_another_command_is_checked_but_not_applied(config: Callable[[str], dict[str, str]]) -> None:
    assert load(config("no_thoughts = true\n[tail]\nno_thoughts = false\n"), "list").defaults == {}
    with pytest.raises(UsageError, match="observe tail has no option 'colour'"):
        load(config('[tail]\ncolour = "red"\n'), "list")


def test_a_time_zone_replaces_a_utc_that_counts_less(config: Callable[[str], dict[str, str]]) -> None:
    everywhere = config("utc = true\n")

    assert load(everywhere).defaults == {"utc": "true"}
    assert load({**everywhere, "RUNTAIL_TZ": "Europe/Berlin"}).defaults == {"tz": "Europe/Berlin"}
    assert load(config('utc = true\n[tail]\ntz = "local"\n')).defaults == {"tz": "local"}
    assert load({**config('tz = "local"\n'), "RUNTAIL_UTC": "1"}).defaults == {"tz": "local", "utc": "1"}


def test_any_value_that_can_be_written_as_an_option_is_accepted(config: Callable[[str], dict[str, str]]) -> None:
    settings = load(config("[tail]\nruns = 5\ntype = [2026-11-23, 08:00:00, 1.5]\n"))

    assert settings.defaults == {"directory": "5", "types": ["2026-11-23", "08:00:00", "1.5"]}


def test_a_variable_takes_precedence_over_the_file(config: Callable[[str], dict[str, str]]) -> None:
    environment = {
        **config('theme = "light"\nruns = "file"\n'),
        "RUNTAIL_RUNS": "variable",
        "RUNTAIL_THEME": "colorblind",
    }

    assert load(environment, "list") == Settings(
        {"directory": "variable"}, "colorblind", origins={"directory": "RUNTAIL_RUNS"}
    )


def test_a_table_takes_precedence_over_a_general_setting_wherever_it_stands(
    config: Callable[[str], dict[str, str]],
) -> None:
    assert load(config('runs = "all"\n[tail]\nruns = "mine"\n')).defaults == {"directory": "mine"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runs = ", "is not valid TOML"),
        ('colour = "red"', "no command has an option 'colour'"),
        ("[tail]\nfull-gap = true", "observe tail has no option 'full-gap'; its options are no-thoughts, runs, type"),
        ("theme = 7", "theme must be the name of a theme"),
        ("runs = [1]", r"invalid value for runs: \[1\]; use a string, a number, true or false"),
        ("[tail]\ntype = [{a = 1}]", r"invalid value for type: \[\{'a': 1\}\]; use strings and numbers"),
    ],
)
def test_an_invalid_setting_is_reported_with_its_file(
    config: Callable[[str], dict[str, str]], text: str, message: str
) -> None:
    environment = config(text)

    with pytest.raises(UsageError, match=message) as raised:
        load(environment)
    assert str(config_file(environment)) in str(raised.value)


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "."}, {"XDG_CONFIG_HOME": "config"}])
def test_without_a_home_directory_there_are_no_settings(environment: dict[str, str]) -> None:
    assert config_file(environment) is None
    assert load(environment) == Settings()


def test_a_relative_directory_of_settings_is_ignored() -> None:
    assert config_file({"HOME": "/home/me", "XDG_CONFIG_HOME": "etc"}) == Path("/home/me/.config/runtail/config.toml")


@pytest.mark.parametrize(
    ("state", "reason"),
    [("a directory", "not a regular file"), ("a FIFO", "not a regular file"), ("a loop", "symbolic links"),
     ("Latin-1", "not UTF-8"), ("a long path", "too long")],
)  # fmt: skip
def test_settings_that_cannot_be_read_are_left_out_with_a_warning(tmp_path: Path, state: str, reason: str) -> None:
    home = tmp_path / ("x" * 300 if state == "a long path" else "config")
    environment = {"XDG_CONFIG_HOME": str(home), "RUNTAIL_RUNS": "mine"}
    path = home / "runtail" / "config.toml"
    if state != "a long path":
        path.parent.mkdir(parents=True)
    match state:
        case "a directory":
            path.mkdir()
        case "a FIFO":
            os.mkfifo(path)
        case "a loop":
            path.symlink_to(path)
        case "Latin-1":
            path.write_bytes('theme = "größe"'.encode("latin-1"))
    settings = load(environment)
    assert settings.defaults == {"directory": "mine"}
    assert str(path) in settings.warning
    assert reason in settings.warning


@pytest.mark.skipif(sys.platform != "linux", reason="file systems elsewhere accept only names in UTF-8")
def test_a_home_directory_whose_name_is_not_utf8_is_used(tmp_path: Path) -> None:
    home = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    (home / ".config" / "runtail").mkdir(parents=True)
    (home / ".config" / "runtail" / "config.toml").write_text('runs = "mine"')
    assert load({"HOME": str(home)}).defaults == {"directory": "mine"}


@pytest.mark.parametrize("forbidden", [".config", ".config/runtail", ".config/runtail/config.toml"])
def test_a_home_directory_of_someone_else_does_not_keep_a_command_from_running(
    tmp_path: Path, modes_count: None, forbidden: str
) -> None:
    path = tmp_path / ".config" / "runtail" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text('runs = "mine"')
    (tmp_path / forbidden).chmod(0)
    settings = load({"HOME": str(tmp_path)})
    (tmp_path / forbidden).chmod(0o700)
    assert "Permission denied" in settings.warning
    assert settings.defaults == {}


def test_a_command_prints_the_warning_and_goes_on(observe: Start, tmp_path: Path) -> None:
    (tmp_path / "config" / "runtail" / "config.toml").mkdir(parents=True)
    run = small().to(tmp_path / "runs" / "a.ndjson")
    command = observe("show", run, env={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    assert command.ends() == 0
    assert command.err.startswith("observe: cannot read the settings in ")


def test_options_take_precedence_over_variables_and_variables_over_the_file(
    observe: Start, tmp_path: Path, config: Callable[[str], dict[str, str]]
) -> None:
    small().to(tmp_path / "mine" / "a.ndjson")
    environment = config('runs = "mine"\n[tail]\noutput = "text"\ntype = ["tool_use"]\n')
    text, json = (
        observe("tail", "a", cwd=tmp_path, env=environment),
        observe("tail", "a", cwd=tmp_path, env={**environment, "RUNTAIL_OUTPUT": "text"} | {"RUNTAIL_TYPE": "info"}),
    )
    option = observe("tail", "a", "-o", "json", "--type", "complete", cwd=tmp_path, env=environment)
    listed = observe("list", cwd=tmp_path, env=environment)

    assert (text.ends(), json.ends(), option.ends(), listed.ends()) == (0, 0, 0, 0)
    assert [line.split()[2] for line in text.out.splitlines()] == [b"tool_use", b"tool_use"]
    assert json.out == b""
    assert option.out == small().lines[-1] + b"\n"
    assert [line.split()[0] for line in listed.out.splitlines()] == [b"RUN", b"a"]


def test_the_pager_is_a_command_or_an_option(config: Callable[[str], dict[str, str]]) -> None:
    assert load(config('pager = "most -w"')).pager == "most -w"
    assert load(config('pager = "most"') | {"RUNTAIL_PAGER": ""}).pager == ""
    environment = config("pager = false")
    options = {"tail": {"pager": Option("pager")}}
    settings = load_settings(environment, "tail", options, options.__getitem__)
    assert (settings.pager, settings.defaults) == (None, {"pager": "false"})


def test_the_theme_is_applied(observe: Start, tmp_path: Path) -> None:
    path = small().to(tmp_path / "a.ndjson")
    colours = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    dark, light, wrong = (
        observe("show", path, env={**colours, "RUNTAIL_THEME": name}) for name in ("default", "light", "none")
    )

    assert (dark.ends(), light.ends(), wrong.ends()) == (0, 0, 2)
    assert dark.out != light.out
    assert "unknown theme 'none'" in wrong.err


def test_the_shell_completes_commands_options_and_runs(observe: Start, tmp_path: Path) -> None:
    small().to(tmp_path / "runs" / "20261123T011230Z-7f3a9c.ndjson")

    def completed(words: str, at: int) -> bytes:
        asked = {"_OBSERVE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        one = observe(cwd=tmp_path, env=asked)
        one.ends()
        return one.out

    assert completed("observe ta", 1).split() == [b"tail"]
    assert completed("observe tail --from", 2).split() == [b"--from-seq"]
    assert completed("observe show 2026", 2).split() == [b"20261123T011230Z-7f3a9c"]


def test_help_does_not_depend_on_the_settings(
    config: Callable[[str], dict[str, str]], run_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", config("x = = 1")["XDG_CONFIG_HOME"])
    for command in (["--help"], ["--version"], ["help"], ["help", "tail"], ["tail", "--help"], ["list", "-h"]):
        assert run_command(*command).code == 0, command
    assert run_command("list").code == 2


@pytest.mark.parametrize(("option", "value"), [("tz", "Mars"), ("stall-after", "soon"), ("output", "bogus")])
def test_a_wrong_value_is_said_to_be_of_the_settings(
    config: Callable[[str], dict[str, str]], run_command: Run, monkeypatch: pytest.MonkeyPatch, option: str, value: str
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", config(f'{option} = "{value}"')["XDG_CONFIG_HOME"])
    wrong = run_command("list")
    assert (wrong.code, "runtail/config.toml)" in wrong.err) == (2, True)
    monkeypatch.setenv(f"RUNTAIL_{option.upper().replace('-', '_')}", value)
    assert f"(set in RUNTAIL_{option.upper().replace('-', '_')})" in run_command("list").err
    assert "set in" not in run_command("list", f"--{option}", value).err
