"""The pager that a user has chosen."""

import pytest

from observer.terminal.preferences import DEFAULT_PAGER, PagerChoice


@pytest.mark.parametrize(
    ("choice", "environment", "command"),
    [
        (PagerChoice(), {}, DEFAULT_PAGER.split()),
        (PagerChoice(), {"PAGER": "more"}, ["more"]),
        (PagerChoice(setting="most -w"), {"PAGER": "more"}, ["most", "-w"]),
        (PagerChoice(setting="'/a b/less' -R"), {}, ["/a b/less", "-R"]),
        (PagerChoice(setting="it's"), {}, ["it's"]),
        (PagerChoice(wanted=True), {}, DEFAULT_PAGER.split()),
        (PagerChoice(), {"PAGER": ""}, []),
        (PagerChoice(), {"PAGER": "cat"}, []),
        (PagerChoice(setting=""), {"PAGER": "more"}, []),
        (PagerChoice(wanted=False, setting="most"), {"PAGER": "more"}, []),
    ],
)
def test_the_setting_counts_more_than_the_variable(
    choice: PagerChoice, environment: dict[str, str], command: list[str]
) -> None:
    assert choice.command(environment) == command
