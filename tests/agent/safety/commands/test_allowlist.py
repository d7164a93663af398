"""The names of the commands that may run, by default and as the user added them."""

import json
import re
from pathlib import Path

import pytest

from agent.safety.commands.allowlist import Allowlist, AllowlistError


def test_the_allow_file_and_the_option_add_to_the_default_list(project: Path) -> None:
    (project / ".agent" / "allow.toml").write_text(f"allow = {json.dumps(['docker', 'psql'])}\n")
    allowlist = Allowlist.load(project, ["terraform", "kubectl"])
    assert all(name in allowlist for name in ("docker", "psql", "terraform", "kubectl", "ls"))
    assert not any(name in allowlist for name in ("curl", "sudo", "apt-get"))


def test_the_allow_file_switches_profiles_on(project: Path) -> None:
    (project / ".agent" / "allow.toml").write_text("profiles = ['web', 'data']\nallow = ['terraform']\n")
    allowlist = Allowlist.load(project)
    assert all(name in allowlist for name in ("psql", "redis-cli", "chromium", "terraform", "ls"))
    assert not any(name in allowlist for name in ("docker", "ffmpeg", "ssh"))


def test_a_versioned_name_counts_as_the_plain_one(project: Path) -> None:
    allowlist = Allowlist.load(project)
    assert all(name in allowlist for name in ("python3.12", "pip3.11", "node20"))
    assert not any(name in allowlist for name in ("ls2", "python3x", "curl7"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("allow = [", "is not valid TOML"),
        ("deny = ['ls']", 'unknown key "deny"'),
        ("allow = 'docker'", "must be a list of names"),
        ("allow = [1]", "must be a list of names"),
        ("allow = ['docker run']", '"docker run" is not a command name'),
        ("allow = ['/bin/x']", '"/bin/x" is not a command name'),
        ("allow = ['']", '"" is not a command name'),
        ("profiles = 'web'", '"profiles" must be a list of names, such as profiles = ["web", "data"]'),
        ("profiles = ['wbe']", 'unknown profile "wbe"; the profiles are cloud, containers, data, '),
        ("profiles = ['']", 'unknown profile ""'),
    ],
)
def test_an_invalid_allow_file_is_reported_with_its_path(project: Path, text: str, message: str) -> None:
    (project / ".agent" / "allow.toml").write_text(text)
    with pytest.raises(AllowlistError, match=re.escape(message)) as caught:
        Allowlist.load(project)
    assert "allow.toml" in str(caught.value)


def test_an_invalid_name_on_the_command_line_is_reported_with_its_option(project: Path) -> None:
    with pytest.raises(AllowlistError, match="--allow"):
        Allowlist.load(project, ["docker run"])
