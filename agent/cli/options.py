"""Options that several commands share: single ones, and groups of options that belong together."""

import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from msgspec import Struct

MAX_SECONDS = 86_400
MAX_HOURS = 8_760
_MAX_USD = 1_000_000


def bounded(low: float, high: float = float("inf")) -> Callable[[float | None], float | None]:
    """Return a callback that accepts numbers from `low` to `high`; it also rejects NaN.

    typer's own `min` and `max` would add a range such as `[1<=x<=86400.0]` to the help text.
    """

    def check(value: float | None) -> float | None:
        if value is not None and not low <= value <= high:
            limits = f"{low:g} or more" if high == float("inf") else f"from {low:g} to {high:.10g}"
            raise typer.BadParameter(f"{value} is out of range; use {limits}")
        return value

    return check


RunsOption = Annotated[
    Path, typer.Option("--runs", metavar="DIR", help="Directory for the run files; created if missing.")
]
BudgetOption = Annotated[
    float | None,
    typer.Option(callback=bounded(0, _MAX_USD), metavar="X", help="Stop when the run has cost X US dollars."),
]
ViewOption = Annotated[bool, typer.Option("--view/--no-view", help="Show the run in this terminal while it happens.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors.")]


class OutputMode(Enum):
    """The output of a command about its run."""

    VIEW = "the live view"
    PATH = "the path of the run file, and the outcome"
    LINES = "every line of the run file, and nothing else"
    NOTHING = "nothing"

    @classmethod
    def from_flags(cls, *, view: bool, quiet: bool, stdout: bool = False) -> "OutputMode":
        """Return the mode that a combination of options stands for."""
        if stdout:
            return cls.LINES
        if quiet:
            return cls.NOTHING
        return cls.VIEW if view else cls.PATH


class ModelOptions(Struct, frozen=True):
    """The model that answers."""

    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Model to use (default: the SDK's).", show_default=False)
    ] = None
    rehearsal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Use the scripted model in FILE instead of a real one; costs nothing (docs/rehearsal.md).",
        ),
    ] = None


class SafetyOptions(Struct, frozen=True):
    """The options that permit or forbid what the agent does."""

    allow_tools: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Tool that needs no permission; calls of others are blocked. Repeat the option, or separate names "
            "with commas.",
        ),
    ] = None
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Command that Bash may run in addition to the default list, such as vault. Repeat the option, or "
            "separate names with commas.",
        ),
    ] = None
    unsafe: Annotated[bool, typer.Option("--unsafe", help="Let Bash run any command.")] = False
    sandbox: Annotated[
        bool, typer.Option("--sandbox/--no-sandbox", help="Let commands write only in the project directory.")
    ] = True


class DisplayOptions(Struct, frozen=True):
    """The options for the output."""

    view: ViewOption = True
    stdout: Annotated[
        bool, typer.Option("--stdout", help="Print every line of the run file as it is written, and nothing else.")
    ] = False
    quiet: QuietOption = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Log diagnostics (SDK, CLI, sandbox) to standard error.")
    ] = False

    def mode(self) -> OutputMode:
        """Return what the options mean together."""
        return OutputMode.from_flags(view=self.view, quiet=self.quiet, stdout=self.stdout)


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


def split_names(values: list[str] | None) -> tuple[str, ...]:
    """Return the names in the values of an option, each of which may be a list with commas."""
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())
