"""Profiles: which commands are on in the sandbox, which a project switches on, and how a denial names them."""

from pathlib import Path

import pytest

from agent.safety.commands.profiles import EVERYDAY, PROFILES
from tests.agent.safety.commands.conftest import Check

PAGE = Path(__file__).parents[4] / "docs" / "profiles.md"
OFF = {"cloud", "containers"}


def allow(project: Path, *profiles: str) -> None:
    (project / ".agent" / "allow.toml").write_text(f"profiles = {list(profiles)}\n")


def test_in_the_sandbox_all_profiles_but_two_are_on(check: Check) -> None:
    assert {name for name, profile in PROFILES.items() if not profile.default} == OFF
    for name, profile in PROFILES.items():
        for command in profile.names:
            denial = check(f"{command} --version", sandboxed=True)
            assert (denial is not None) == (name in OFF), command


def test_without_the_sandbox_a_profile_is_on_where_the_project_says_so(check: Check, project: Path) -> None:
    assert check("psql -l") is not None
    allow(project, "web", "data")
    assert check("psql -l; redis-cli ping; chromium --headless x") is None
    assert check("gh pr list") is not None


def test_containers_run_only_where_the_project_says_so(check: Check, project: Path) -> None:
    denial = check("docker compose up -d", sandboxed=True)
    assert denial is not None
    assert 'ask for profiles = ["containers"] in .agent/allow.toml' in denial.reason
    allow(project, "containers")
    assert check("docker compose up -d; podman ps; psql -l", sandboxed=True) is None
    assert check("sudo docker ps", sandboxed=True) is not None


def test_a_command_is_in_one_profile_alone_and_none_makes_an_agent_root() -> None:
    names = [name for profile in PROFILES.values() for name in profile.names]
    assert len(names) == len({*names})
    assert not EVERYDAY & {*names}
    assert not {"sudo", "su", "doas", "pkexec", "apt", "apt-get", "crontab", "systemctl", "mount"} & {*names, *EVERYDAY}


@pytest.mark.parametrize("name", PROFILES)
def test_the_page_lists_the_commands_of_each_profile(name: str) -> None:
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| `{name}` |"))
    _, _, state, about, names, _ = row.split("|")
    assert state.strip() == ("on" if PROFILES[name].default else "**off**")
    assert about.strip().startswith(PROFILES[name].about)
    assert {*names.replace("`", "").split()} == PROFILES[name].names
