"""Options of `agent`: their bounds, and groups that a command receives as one value each."""

import inspect
from typing import Annotated

import pytest
import typer
from msgspec import Struct
from typer.testing import CliRunner

from agent.cli.options import OutputMode, bounded, expand_groups, split_names


class SizeOptions(Struct, frozen=True):
    width: Annotated[int, typer.Option("--width", "-w")] = 3
    tall: bool = False


def test_a_group_becomes_one_value() -> None:
    received: list[object] = []

    @expand_groups
    def draw(*, name: str = "x", size: SizeOptions = SizeOptions()) -> None:  # noqa: B008 - frozen
        received.append((name, size))

    app = typer.Typer()
    app.command()(draw)
    result = CliRunner().invoke(app, ["--name", "y", "-w", "5", "--tall"])

    assert (result.exit_code, received) == (0, [("y", SizeOptions(5, tall=True))])
    assert list(inspect.signature(draw).parameters) == ["name", "width", "tall"]


@pytest.mark.parametrize("value", [0.5, 11, float("nan"), float("inf")])
def test_a_number_outside_its_bounds_is_refused(value: float) -> None:
    with pytest.raises(typer.BadParameter, match="use from 1 to 10"):
        bounded(1, 10)(value)


@pytest.mark.parametrize("value", [1, 10, None])
def test_a_number_within_its_bounds_is_returned(value: float | None) -> None:
    assert bounded(1, 10)(value) == value


def test_without_an_upper_bound_the_message_names_only_the_lower_one() -> None:
    with pytest.raises(typer.BadParameter, match="use 1 or more"):
        bounded(1)(0)


@pytest.mark.parametrize(
    ("flags", "mode"),
    [
        ({"view": True, "quiet": False}, OutputMode.VIEW),
        ({"view": False, "quiet": False}, OutputMode.PATH),
        ({"view": True, "quiet": True}, OutputMode.NOTHING),
        ({"view": True, "quiet": True, "stdout": True}, OutputMode.LINES),
    ],
)
def test_stdout_outweighs_quiet_and_quiet_outweighs_the_view(flags: dict[str, bool], mode: OutputMode) -> None:
    assert OutputMode.from_flags(**flags) is mode


def test_names_may_be_repeated_or_separated_with_commas() -> None:
    assert split_names(["docker, psql", "", "make"]) == ("docker", "psql", "make")
    assert split_names(None) == ()
