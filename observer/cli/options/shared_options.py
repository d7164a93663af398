"""Options that several commands share: single ones, and groups of options that belong together."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer
from msgspec import Struct

from observer.cli.options.completion import complete_run
from observer.cli.options.screen_options import ColorOption, PagerOption
from observer.cli.options.zones import choose_zone
from observer.errors import UsageError
from observer.format.zone import Zone
from observer.runs.state.state import STALL_AFTER_S
from observer.source.items import Follow
from observer.source.mirror import Credentials

if TYPE_CHECKING:
    from observer.dialects.prices import Prices

RUNS = Path("runs")
"""The default of `--runs`."""

command_app = partial(typer.Typer, add_completion=False, rich_markup_mode=None)
"""Create the Typer app of one command; `observer.cli.app` loads it when the command is used."""


def bounded(low: float, high: float = float("inf")) -> Callable[[float | None], float | None]:
    """Return a callback that accepts numbers from `low` to `high`; it also rejects NaN.

    typer's own `min` and `max` would add a range such as `[1<=x<=1000000000.0]` to the help text.
    """

    def check(value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            limits = f"{low:g} or more" if high == float("inf") else f"from {low:g} to {high:.10g}"
            raise typer.BadParameter(f"{value} is out of range; use {limits}")
        return value

    return check


DirectoryOption = Annotated[
    Path,
    typer.Option("--runs", metavar="DIR", readable=False, help="Directory in which run IDs and `latest` are resolved."),
]
"""Not checked by typer: a command that does not look into the directory must not depend on it."""
DirectoriesArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[DIR]...",
        help="Directories of run files, claude:, codex: or nats://HOST; overrides --runs.",
        show_default=False,
    ),
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="[RUN]", help="Run file, run ID, or unique prefix of a run ID.", autocompletion=complete_run
    ),
]
NoContentOption = Annotated[
    bool,
    typer.Option("--no-content", help="Hide all text of the run; show only names, sizes, times and outcomes."),
]
StallOption = Annotated[
    float,
    typer.Option(
        callback=bounded(1, 1e9), metavar="S", help="Report a run as stalled after S seconds without progress."
    ),
]
STALL_DEFAULT = int(STALL_AFTER_S)
"""A whole number, so that the help text says 600 and not 600.0."""


class ServerOptions(Struct, frozen=True):
    """The options for authenticating to the NATS servers of a remote run."""

    creds: Annotated[Path | None, typer.Option(metavar="FILE", help="NATS credentials file.", show_default=False)] = (
        None
    )
    nkey: Annotated[Path | None, typer.Option(metavar="FILE", help="NATS NKey seed file.", show_default=False)] = None
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CA certificate file (PEM) for tls:// servers.", show_default=False),
    ] = None

    def credentials(self) -> Credentials:
        """Return the files to authenticate with."""
        return Credentials(self.creds, self.nkey, self.ca)


class PriceOptions(Struct, frozen=True):
    """The option for the prices of tokens, where the file of a session states no cost."""

    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Prices of tokens (TOML) where a session states no cost.", show_default=False
        ),
    ] = None

    def build(self) -> "Prices | None":
        """Return the prices, None for those of the package. Raises UsageError if the file is not one of prices."""
        if self.prices is None:
            return None
        from observer.source.price_files import read_prices

        return read_prices(self.prices.expanduser())


def _prefer_tz(context: typer.Context, name: str | None) -> str | None:
    """Let a `--tz` that was typed win over a `utc` of the settings. Raises BadParameter for an unknown one of those."""
    source = context.get_parameter_source("tz")
    if source is not None and source.name == "COMMANDLINE" and context.default_map:
        context.default_map.pop("utc", None)
    if source is not None and source.name == "DEFAULT_MAP" and not context.resilient_parsing:
        try:
            choose_zone(name)
        except UsageError as error:
            raise typer.BadParameter(str(error)) from None
    return name


class ZoneOptions(Struct, frozen=True):
    """The options for the zone in which times are shown and read."""

    tz: Annotated[
        str | None,
        typer.Option(
            "--tz",
            callback=_prefer_tz,
            metavar="ZONE",
            help="Time zone of all times, such as Europe/Berlin. [default: the local zone]",
            show_default=False,
        ),
    ] = None
    utc: Annotated[bool, typer.Option("--utc", help="The same as --tz UTC.")] = False

    def zone(self) -> Zone:
        """Return the zone. Raises UsageError for an unknown one."""
        return choose_zone("UTC" if self.utc else self.tz)


def _follow_after_all(context: typer.Context, requested: bool) -> bool:
    """Let a `-f` or `-F` that was typed win over a `no-follow` of the settings."""
    if requested and context.default_map:
        context.default_map.pop("no_follow", None)
    return requested


class FollowOptions(Struct, frozen=True):
    """The options for following and replaying."""

    follow: Annotated[
        bool,
        typer.Option("-f", "--follow", callback=_follow_after_all, help="Follow the run until it ends (the default)."),
    ] = False
    follow_name: Annotated[
        bool,
        typer.Option(
            "-F",
            callback=_follow_after_all,
            help="Keep following after a run ends, and switch to the next run when `latest` moves (like `tail -F`).",
        ),
    ] = False
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Print the existing events and exit.")] = False
    speed: Annotated[
        float | None,
        typer.Option(
            callback=bounded(0.001, 1e6), metavar="N", help="Replay with the original timing, N times faster."
        ),
    ] = None
    full_gaps: Annotated[
        bool, typer.Option("--full-gaps", help="With --speed: do not shorten pauses longer than 5 s.")
    ] = False

    def mode(self) -> Follow:
        """Return how long to follow. Raises UsageError if options cannot be combined."""
        if self.no_follow and (self.follow or self.follow_name):
            raise UsageError(f"{'-F' if self.follow_name else '-f'} and --no-follow cannot be combined")
        if self.full_gaps and self.speed is None:
            raise UsageError("--full-gaps requires --speed")
        return Follow.NAME if self.follow_name else Follow.NOT if self.no_follow else Follow.FILE


class DisplayOptions(Struct, frozen=True):
    """The options for how events are displayed."""

    no_content: NoContentOption = False
    output: Annotated[
        Literal["pretty", "text", "json"],
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT",
            help="pretty; text: one line per event; or json: the lines of the file, unchanged.",
        ),
    ] = "pretty"
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Print the lines of another program's session as they are, not as a run file's."),
    ] = False
    full: Annotated[bool, typer.Option("--full", help="Do not truncate anything.")] = False
    time: Annotated[
        Literal["clock", "relative", "none"],
        typer.Option(
            metavar="FORMAT", help="Time of each event: clock; relative: since the start of the run; or none."
        ),
    ] = "clock"
    stall_after: StallOption = STALL_DEFAULT
    status_line: Annotated[
        bool,
        typer.Option("--status-line/--no-status-line", help="Show a status line at the bottom of the terminal."),
    ] = True
    color: ColorOption = "auto"
    pager: PagerOption = None


def expand_groups(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options: each parameter of a Struct type stands for one option per field.

    The returned function has a flat signature, as typer needs it, and builds the groups from what typer passes.
    """
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, type[Struct]] = {
        name: hint for name, hint in hints.items() if isinstance(hint, type) and issubclass(hint, Struct)
    }
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name in groups:
            parameters += _options_of(groups[parameter.name])
        else:
            keyword = inspect.Parameter.KEYWORD_ONLY
            parameters.append(parameter.replace(kind=keyword, annotation=hints[parameter.name]))

    def command(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field: values.pop(field) for field in group.__struct_fields__})
        function(**values)

    command.__name__, command.__doc__, command.__module__ = function.__name__, function.__doc__, function.__module__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect.signature returns it
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _options_of(group: type[Struct]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for name, default in zip(group.__struct_fields__, group.__struct_defaults__, strict=True):
        yield inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
