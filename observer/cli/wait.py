"""`observe wait`: follow a run and exit as soon as a condition is met."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
from msgspec import Struct

from observer.cli.addresses.mirrors import MIRRORS
from observer.cli.addresses.missing_runs import expected_run
from observer.cli.options.completion import complete_conditions, complete_run
from observer.cli.options.shared_options import (
    RUNS,
    STALL_DEFAULT,
    DirectoryOption,
    PriceOptions,
    ServerOptions,
    StallOption,
    ZoneOptions,
    command_app,
    expand_groups,
)
from observer.errors import UnreadableError
from observer.format.event import Event
from observer.format.json import encode
from observer.format.sanitize import clean_json, clean_line
from observer.format.units import format_cost, format_duration
from observer.format.zone import UTC, Zone
from observer.runs.filters.filter_options import parse_duration_option, parse_names
from observer.runs.listing.run_names import run_title
from observer.runs.live.monitor import RunMonitor
from observer.runs.outputs import WaitEnd
from observer.runs.state.state import STALL_AFTER_S
from observer.runs.state.tokens import describe_total
from observer.runs.state.verdict import Status, Verdict
from observer.runs.waiting.conditions import WaitCondition, parse_conditions
from observer.runs.waiting.wait_outcome import wait_outcome
from observer.runs.words.describe_status import describe_beginning, describe_progress, describe_status
from observer.source.items import Follow, Idle, Item, Notice, NoticeKind, Source, Tagged
from observer.source.locate import STDIN
from observer.source.mirror import CopyRequest, LocalRun, RunCount, local_run
from observer.source.open_source import open_source
from observer.source.watcher import become_viewer
from observer.terminal import signals
from observer.terminal.output import OutputStream

_INITIAL_READ_S = 60.0
"""Reading what the file already holds may take this long on top of any timeout."""
_EPILOG = """\b
Exit codes:
  0    a condition was met
  1    the run (or the input) ended without meeting a condition
  2    usage error, or a run that cannot be read
  3    the timeout expired
  4    the run crashed or stalled
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def wait_command(
    *,
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]", help="Run to wait for; its file need not exist yet.", autocompletion=complete_run
        ),
    ] = "latest",
    directory: DirectoryOption = RUNS,
    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="complete, failed, interrupted, crashed, ended, idle, stalled, unknown, waiting-on-human, blocked, "
            "progress=all, progress=N or type=TYPE; of several, the first to be met. [default: complete]",
            show_default=False,
            autocompletion=complete_conditions,
        ),
    ] = None,
    output: Annotated[
        Literal["text", "json"],
        typer.Option("-o", "--output", metavar="FORMAT", help="text (one line) or json (one object)."),
    ] = "text",
    timeout: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Wait at most this long, e.g. 90s, 30m, 2h (default: forever)."),
    ] = None,
    stall_after: StallOption = STALL_DEFAULT,
    times: ZoneOptions,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Wait until a run meets a condition.

    Prints one line that says what happened; the exit code says it too. Events
    that the file already holds count.

    \b
    Examples:
      observe wait --timeout 30m                       until it has succeeded
      observe wait --until ended runs/mine.ndjson      until it is over
      observe wait --until progress=all,blocked
      observe wait --until type=rate_limit && notify-send "rate limited"
      observe wait --until waiting-on-human,ended      until it needs a person
      observe wait --until ended -o json | jq .cost_usd
      observe wait nats://hub:4222/20261123T0112       on another machine
    """
    conditions = sorted(parse_names(until)) or ["complete"]
    parse_conditions(conditions)
    timeout_s = parse_duration_option("--timeout", timeout)
    zone = times.zone()
    request = CopyRequest(
        runs=RunCount.ONE, follow=Follow.FILE, patient=True, keys=server.credentials(), prices=prices.build()
    )
    with local_run(run, request, MIRRORS) as local:
        code = wait(
            local, directory, conditions, timeout_s=timeout_s, stall_after_s=stall_after, zone=zone,
            as_json=output == "json",
        )  # fmt: skip
    raise typer.Exit(code)


class WaitExit(IntEnum):
    """The exit code for each way in which waiting ends."""

    MET = 0
    NOT_MET = 1
    TIMED_OUT = 3
    CRASHED_OR_STALLED = 4


class WaitResult(Struct, frozen=True):
    """Result: an exit code, a line that explains it, what ended it, and the event that met a condition."""

    exit: WaitExit
    message: str
    end: WaitEnd = WaitEnd.CONDITION
    event: Event | None = None


class Waiter:
    """Follows one run until a condition is met, or can no longer be met."""

    def __init__(
        self, source: Source, condition: WaitCondition, *, stall_after_s: float = STALL_AFTER_S,
        clock: Callable[[], float] = time.time, zone: Zone = UTC, file: Path = STDIN,
    ) -> None:  # fmt: skip
        self._source = source
        self._condition = condition
        self._clock = clock
        self._zone = zone
        self._file = file
        self.monitor = RunMonitor(stall_after_s=stall_after_s, clock=clock)
        self._notice = ""

    async def run(self, timeout_s: float | None = None) -> WaitResult:
        """Wait, at most `timeout_s` seconds; 0 checks once. Raises UnreadableError when the source cannot be read."""
        try:
            async with asyncio.timeout(None if timeout_s is None else timeout_s + _INITIAL_READ_S) as deadline:
                return await self._follow(deadline)
        except TimeoutError:
            reason = self._notice or self._describe()
            message = f"timed out after {format_duration(timeout_s or 0)}: {reason}"
            return WaitResult(WaitExit.TIMED_OUT, message, WaitEnd.TIMEOUT)

    async def _follow(self, deadline: asyncio.Timeout) -> WaitResult:
        latest = deadline.when()
        async with aclosing(self._source.items()) as items:
            async for item in items:
                if isinstance(item, Tagged):
                    raise TypeError("a Waiter follows one run only")
                if (result := self._take(item)) is not None:
                    return result
                if latest is not None and isinstance(item, Idle):
                    deadline.reschedule(latest - _INITIAL_READ_S)
        return WaitResult(WaitExit.NOT_MET, f"the input ended: {self._describe()}", WaitEnd.INPUT)

    def _take(self, item: Item) -> WaitResult | None:
        if isinstance(item, Notice):
            if item.kind is NoticeKind.UNREADABLE and not self.monitor.caught_up:
                raise UnreadableError(item.message.removesuffix("; waiting"))
            self._notice = item.message
        elif not isinstance(item, Idle):
            self._notice = ""
        for event in self.monitor.events(item):
            if message := self._condition.match_event(event, self.monitor.state):
                return WaitResult(WaitExit.MET, message, event=event)
        return self._judge(self.monitor.status()) if isinstance(item, Idle) else None

    def _judge(self, status: Status) -> WaitResult | None:
        if self._condition.match_status(status):
            return WaitResult(WaitExit.MET, self._describe())
        if status.verdict in {Verdict.CRASHED, Verdict.STALLED}:
            return WaitResult(WaitExit.CRASHED_OR_STALLED, self._describe(), WaitEnd.RUN)
        if status.verdict.final:
            return WaitResult(WaitExit.NOT_MET, f"condition not met: {self._describe()}", WaitEnd.RUN)
        return None

    def _describe(self) -> str:
        """Say what the run is doing, or how it ended."""
        state, status = self.monitor.state, self.monitor.status()
        features, duration = describe_progress(state), state.elapsed(state.now_after(self.monitor.silent_s), status)
        parts = [
            describe_status(status, self._zone, self._clock()),
            f"{features} passing" if features else "",
            "" if duration is None else format_duration(duration),
            format_cost(state.cost_usd, is_minimum=state.cost_is_minimum),
            describe_total(state.tokens),
            f"run {run_title(state.run, self._file)}" if state.run else "",
            describe_beginning(state),
        ]
        return ", ".join(part for part in parts if part)


def wait(
    run: LocalRun,
    directory: Path,
    conditions: Sequence[str],
    *,
    timeout_s: float | None,
    stall_after_s: float,
    zone: Zone = UTC,
    as_json: bool = False,
) -> int:
    """Wait until a run, which is looked up in `directory`, meets a condition; print the result. Return the exit code.

    The file need not exist yet. Raises UnreadableError, and UsageError for an unknown condition.
    """
    path, started = expected_run(run.name, directory, run.display_names), time.monotonic()
    source = open_source(path, names=run.display_names, prices=run.prices)
    become_viewer()
    waiter = Waiter(source, parse_conditions(conditions), stall_after_s=stall_after_s, zone=zone, file=path)
    result = signals.run(lambda: waiter.run(timeout_s))
    line = clean_line(result.message).encode("utf-8", "backslashreplace")
    if as_json:
        run_then = waiter.monitor.observed()
        outcome = wait_outcome(
            result.end, result.message, result.exit, conditions, run_then.state, run_then.status,
            event=result.event, file=run.display_names(path), silent_s=run_then.silent_s,
            waited_s=time.monotonic() - started, now=time.time(),
        )  # fmt: skip
        line = clean_json(encode(msgspec.to_builtins(outcome)))
    with suppress(BrokenPipeError):  # the reader of the output is gone: the exit code says it, too
        OutputStream(sys.stdout.fileno()).write(line + b"\n")
    return result.exit
