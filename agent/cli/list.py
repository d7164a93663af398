"""`agent list`: the agents that are running on this machine."""

import json
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from agent.cli.exits import epilog, fail, say
from agent.cli.formats import format_since, printable
from agent.safety.register import Register, RegisterUnavailable, RunningAgent

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

EPILOG = epilog(
    "agent list",
    "agent list -o json | jq -r .run_file",
    codes={"0": "the agents were listed, also if there is none", "2": "usage error, or the register cannot be read"},
)
_HEADERS = ("PID", "AGENT", "RUN", "SINCE", "PROJECT")
_GAP = 2
_MIN_PROJECT_WIDTH = 30
"""Cells for a longer path, which continues on the next line, below which a table is hard to read."""
_UNLIMITED = 100_000
"""The width of a pipe: longer than two paths can be."""


def list_command(
    output: Annotated[
        Literal["pretty", "json"],
        typer.Option("-o", "--output", metavar="FORMAT", help="pretty (a table) or json (one line per agent)."),
    ] = "pretty",
) -> None:
    """List your agents that are running on this machine.

    Shows builds and runs that `agent` started, in whatever directory; other programs that write run files are not
    listed.
    """
    try:
        agents = Register.of_user().running()
    except RegisterUnavailable as error:
        fail(str(error))
    now = datetime.now(UTC)
    if output == "json":
        lines = [agent_json(agent, now) for agent in agents]
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lines = table_lines(agents, now.astimezone(), width)
        if not agents:
            print("agent: no agent is running", file=sys.stderr)
    if lines:
        say("\n".join(lines))


def agent_json(agent: RunningAgent, now: datetime) -> str:
    """Return an agent as one line of JSON, in ASCII: paths and names may hold anything."""
    entry, since = agent.entry, _parse_time(agent.entry.since)
    fields = {
        "pid": entry.pid,
        "run": entry.run,
        "kind": entry.kind,
        "project": entry.project,
        "since": entry.since,
        "elapsed_s": None if since is None else max(0, int((now - since).total_seconds())),
        "stopping": agent.stopping,
        "run_file": entry.run_file,
    }
    return json.dumps(fields, separators=(",", ":"))


def table_lines(agents: list[RunningAgent], now: datetime, width: int | None) -> list[str]:
    """Return a table of the agents; on a narrow screen, where it would break runs and times, a few lines for each.

    `now` has the local time zone. What does not fit into `width` continues on the next line: nothing is cut off.
    Without a width (a pipe) each agent is one line.
    """
    if not agents:
        return []
    from rich.cells import cell_len
    from rich.console import Console

    rows = [_cells(agent, now) for agent in agents]
    *fixed, project = [max(map(cell_len, column)) for column in zip(_HEADERS, *rows, strict=True)]
    room = (width or _UNLIMITED) - sum(fixed) - len(fixed) * _GAP
    console = Console(width=width or _UNLIMITED, color_system=None, force_terminal=False)
    with console.capture() as capture:
        is_wide = room >= min(project, _MIN_PROJECT_WIDTH)
        console.print(_table(rows) if is_wide else _blocks(rows, console.width - _GAP))
    return [line.rstrip() for line in capture.get().splitlines()]


def _cells(agent: RunningAgent, now: datetime) -> list[str]:
    entry, since = agent.entry, _parse_time(agent.entry.since)
    kind = f"{entry.kind}, stopping" if agent.stopping else entry.kind
    time = entry.since if since is None else format_since(since.astimezone(now.tzinfo), now)
    return [printable(cell) for cell in (str(entry.pid), kind, entry.run, time, entry.project)]


def _table(rows: list[list[str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    for name in _HEADERS:
        table.add_column(name, overflow="fold", no_wrap=name != "PROJECT")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _blocks(rows: list[list[str]], width: int) -> "Group":
    """Return a few lines for each row; what stands together on one has lines of its own if they have no room."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    lines: list[Text | Padding] = []
    for pid, kind, run, time, project in rows:
        head, *more = _beside(run, kind, width)
        lines.append(Text(head, overflow="fold"))
        texts = (*more, *_beside(f"process {pid}", time, width), project)
        lines += [Padding(Text(text, overflow="fold"), (0, 0, 0, _GAP)) for text in texts]
    return Group(*lines)


def _beside(first: str, second: str, width: int) -> list[str]:
    """Return two texts on one line if that has room for both."""
    from rich.cells import cell_len

    line = f"{first}  {second}"
    return [line] if cell_len(line) <= width else [first, second]


def _parse_time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else None
