"""The workflows pin each action by its commit, ask for no more than reading, and run what the other files describe."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PIPELINES = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL)
CI = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))


def test_there_is_a_workflow() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("text", [*(file.read_text("utf-8") for file in WORKFLOWS), *PIPELINES])
def test_every_action_is_pinned_by_its_commit_and_says_which_version_that_is(text: str) -> None:
    for use in re.findall(r"uses: .*", text):
        assert re.fullmatch(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", use)


def test_the_same_action_has_the_same_commit_everywhere() -> None:
    text = "".join([*(file.read_text("utf-8") for file in WORKFLOWS), *PIPELINES])
    pins = set(re.findall(r"uses: (\S+)@(\S+)  # (\S+)", text))
    assert len(pins) == len({action for action, _, _ in pins})


def test_a_kernel_setting_that_does_not_exist_fails_no_pipeline() -> None:
    settings = [line for text in PIPELINES for line in text.splitlines() if "sysctl" in line]
    assert settings
    assert all(" sysctl -e " in line for line in settings)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_may_only_read_and_leaves_no_credentials_behind(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert job["timeout-minutes"] <= 60
        checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
        assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_weekly_run_takes_the_newest_of_everything() -> None:
    triggers: Any = CI[True]  # YAML 1.1 reads the key `on` as a boolean
    assert re.fullmatch(r"\d+ \d+ \* \* \d", triggers["schedule"][0]["cron"])
    assert "github.event_name == 'schedule'" in CI["jobs"]["all"]["env"]["RUNTAIL_NEWEST"]
    assert "RUNTAIL_NEWEST" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_workflow_tries_the_pythons_that_the_project_names_and_those_that_ci_may_not_have() -> None:
    named = set(re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8")))
    others = set(re.findall(r"3\.\d+", re.findall("for version in (.*);", (ROOT / ".ci" / "pythons").read_text())[0]))
    assert set(CI["jobs"]["pythons"]["strategy"]["matrix"]["python"]) == named | others
