"""Options that commands share, and groups of options as one parameter. Tests observer.cli.options.screen_options
and observer.cli.options.selection_options too.
"""

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, cast

import pytest
import typer
from msgspec import Struct
from typer.testing import CliRunner

from observer.cli.options.selection_options import FilterOptions, StartOptions
from observer.cli.options.shared_options import (
    FollowOptions,
    ServerOptions,
    ZoneOptions,
    bounded,
    command_app,
    complete_run,
    expand_groups,
)
from observer.cli.options.zones import choose_zone
from observer.errors import UsageError
from observer.source.items import Follow
from observer.source.mirror import Credentials


class Size(Struct, frozen=True):
    width: Annotated[int, typer.Option(callback=bounded(1, 100), metavar="N")] = 10
    height: Annotated[int, typer.Option("-y", "--height", metavar="N")] = 20


def run(*arguments: str) -> tuple[int, str]:
    app = command_app()

    @app.command()
    @expand_groups
    def draw(*, name: Annotated[str, typer.Argument()] = "x", size: Size) -> None:
        """Draw a picture."""
        typer.echo(f"{name} {size.width} {size.height}")

    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


def test_a_group_is_built_from_the_options_of_its_fields() -> None:
    assert run() == (0, "x 10 20\n")
    assert run("pic", "--width", "3", "-y", "4") == (0, "pic 3 4\n")


def test_a_command_with_a_group_has_a_flat_signature_in_the_order_of_the_parameters() -> None:
    @expand_groups
    def draw(*, first: int = 1, size: Size, last: int = 2) -> None: ...

    signature = inspect.signature(draw)
    assert [*signature.parameters] == ["first", "width", "height", "last"]
    assert [parameter.default for parameter in signature.parameters.values()] == [1, 10, 20, 2]
    assert draw.__name__ == "draw"


@pytest.mark.parametrize("value", ["0", "101"])
def test_a_number_out_of_range_is_rejected_with_the_range(value: str) -> None:
    code, output = run("--width", value)

    assert code == 2
    assert f"{value} is out of range; use from 1 to 100" in output


def test_nan_is_outside_of_every_range() -> None:
    with pytest.raises(typer.BadParameter, match="0 or more"):
        bounded(0)(float("nan"))
    assert bounded(0)(None) is None
    assert bounded(0)(1e300) == 1e300


def test_options_for_the_start_cannot_be_combined() -> None:
    start = StartOptions(last=3, from_seq=4)

    with pytest.raises(UsageError, match="-n and --from-seq"):
        start.position(FilterOptions().build(start, now=0.0))


def zone_of(*arguments: str, **settings: str) -> str:
    app = command_app()

    @app.command()
    @expand_groups
    def tell(*, times: ZoneOptions) -> None:
        """Tell the zone."""
        typer.echo(times.zone().name)

    result = CliRunner().invoke(app, list(arguments), default_map=settings)
    return result.output.strip() or str(result.exception)


def test_an_option_that_is_typed_chooses_the_zone_before_all_settings() -> None:
    assert zone_of("--utc") == zone_of("--tz", "utc") == zone_of(utc="true") == "UTC"
    assert zone_of("--tz", "Europe/Berlin") == zone_of("--tz", "Europe/Berlin", utc="true") == "Europe/Berlin"
    assert zone_of("--utc", tz="Europe/Berlin") == zone_of(tz="Europe/Berlin", utc="true") == "UTC"
    assert "unknown time zone 'Mars/Base'" in zone_of("--tz", "Mars/Base")


def test_a_time_is_in_the_zone_in_which_times_are_shown() -> None:
    berlin = choose_zone("Europe/Berlin")
    wanted = FilterOptions().build(StartOptions(since="1970-01-02", until="01:30"), 1e5, berlin)
    assert (wanted.since, wanted.until) == (82_800.0, 88_200.999999)


def test_times_limit_the_filter_and_the_start() -> None:
    start = StartOptions(since="1m", until="10s")
    wanted = FilterOptions(types=["a,b"], no_thoughts=True).build(start, now=100.0)

    assert (wanted.types, wanted.since, wanted.until) == (frozenset({"a", "b"}), 40.0, 90.0)
    assert wanted.exclude == {"thought", "thinking", "message"}
    assert start.position(wanted).since == 40.0


@pytest.mark.parametrize(
    ("options", "mode"),
    [
        (FollowOptions(), Follow.FILE),
        (FollowOptions(follow_name=True), Follow.NAME),
        (FollowOptions(no_follow=True), Follow.NOT),
        (FollowOptions(follow=True), Follow.FILE),
        (FollowOptions(follow=True, follow_name=True), Follow.NAME),
    ],
)
def test_how_long_to_follow(options: FollowOptions, mode: Follow) -> None:
    assert options.mode() is mode


@pytest.mark.parametrize(
    "options",
    [
        FollowOptions(follow_name=True, no_follow=True),
        FollowOptions(follow=True, no_follow=True),
        FollowOptions(full_gaps=True),
    ],
)
def test_contradictory_options_for_following_are_rejected(options: FollowOptions) -> None:
    with pytest.raises(UsageError):
        options.mode()


@pytest.mark.parametrize(("option", "mode"), [("-f", Follow.FILE), ("-F", Follow.NAME)])
def test_following_that_was_typed_wins_over_the_settings(option: str, mode: Follow) -> None:
    modes: list[Follow] = []
    app = command_app()

    @app.command()
    @expand_groups
    def follow_command(*, follow: FollowOptions) -> None:
        modes.append(follow.mode())

    settings = {"no_follow": "true"}
    CliRunner().invoke(app, [], default_map=dict(settings))
    CliRunner().invoke(app, [option], default_map=dict(settings))
    assert modes == [Follow.NOT, mode]


def test_the_options_of_a_server_are_its_credentials() -> None:
    options = ServerOptions(Path("c"), Path("n"), Path("ca.pem"))

    assert options.credentials() == Credentials(Path("c"), Path("n"), Path("ca.pem"))


def test_runs_are_completed_from_the_chosen_directory_newest_first(tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        (tmp_path / f"{name}.ndjson").touch()

    def completed(directory: Path, incomplete: str) -> list[str]:
        context: Any = SimpleNamespace(params={"directory": directory})
        return complete_run(cast("typer.Context", context), incomplete)

    assert completed(tmp_path, "") == ["latest", "b1", "a2", "a1"]
    assert completed(tmp_path, "a") == ["a2", "a1"]
    assert completed(tmp_path / "none", "a") == []
