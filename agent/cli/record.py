"""`agent record`: record an agent that another program runs, from what it prints."""

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.exits import FAILED, RUN_CODES, UNUSABLE, complain, epilog, fail, require_packages
from agent.cli.options import DisplayOptions, OutputMode, RunsOption, expand_groups
from agent.cli.registration import Registration
from agent.events import Outcome

if TYPE_CHECKING:
    from agent.runlog.runlog import RunLog
    from agent.session.record_stream import Source

EPILOG = epilog(
    "claude -p 'Fix it' --output-format stream-json --verbose | agent record",
    "agent record -- claude -p 'Fix it' --output-format stream-json --verbose",
    "observe tail -o json SOURCE | agent record --no-view",
    codes={
        "0": "the outcome is success; of a COMMAND, its own exit code",
        "1": "any other outcome",
        "2": "usage error, or there was nothing to record",
        "5": RUN_CODES["5"],
        "130": "Ctrl-C (SIGINT); 128 and its number for any other signal",
    },
)
_PATIENCE_S = 10.0
"""Seconds that Ctrl-C leaves to the program that prints, which it stops as well, to print its end."""


@expand_groups
def record_command(
    *,
    command: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- COMMAND ...]", help="Program to start (default: read standard input).", show_default=False
        ),
    ] = None,
    runs: RunsOption = Path("runs"),
    about: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The purpose of the run, in one line.", show_default=False)
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Directory that the agent works in (default: this).", show_default=False),
    ] = None,
    display: DisplayOptions = DisplayOptions(),  # noqa: B008 - frozen
) -> None:
    """Record an agent that another program runs.

    Reads what `claude -p --output-format stream-json --verbose` prints, or the lines of a run file. With a COMMAND,
    starts it and exits with its exit code.
    """
    require_packages("agent record")
    if not command and (sys.stdin is None or sys.stdin.isatty()):
        what = "closed" if sys.stdin is None else "a terminal"
        fail(f"standard input is {what}; pipe the output of `claude -p` into `agent record`, or name a COMMAND")
    from agent.cli.execute import command_line, exit_on_error, log_diagnostics
    from agent.runlog.redaction.redact_settings import read_redact_settings
    from agent.session.record_stream import Source

    if display.verbose:
        log_diagnostics()
    source = Source(command=shlex.join(command) if command else command_line(), about=about, project=project)
    with exit_on_error():
        read_redact_settings((project or Path()).absolute())  # later the command runs already
        code = record_with_view(command, source, runs, display.mode())
    raise typer.Exit(code)


def record_with_view(command: list[str] | None, source: "Source", runs: Path, output: OutputMode) -> int:
    """Record `command`, or standard input, until it ends. Returns the exit code: that of `command`, or of the outcome.

    The first Ctrl-C stops the program that prints, and then this one, at the latest after a few seconds.
    Raises StoppedBySignal, NothingToRecord and RunLogError.
    """
    from agent.cli.signals import run_until_stopped

    registration = Registration("record", partial(_warn, output))
    stop = _Stop(registration)
    work = _record(command, source, runs, output, stop, registration)
    return run_until_stopped(work, lambda: None, stop, registration.mark_stopping)


class _Stop:
    """What the first signal does: `process` is passed it, and the work is cancelled if it goes on for too long.

    `signal` is the signal that came, None before.
    """

    def __init__(self, registration: Registration) -> None:
        self._registration = registration
        self.process: asyncio.subprocess.Process | None = None
        self.task: asyncio.Task[object] | None = None
        self.signal: signal.Signals | None = None

    def __call__(self, number: signal.Signals) -> None:
        self.signal = number
        if self.process and self.process.returncode is None and not self._came_from_terminal(number):
            self.process.send_signal(number)
        if self.task:
            patience = _PATIENCE_S if self.process or number is signal.SIGINT else 0
            asyncio.get_running_loop().call_later(patience, self.task.cancel)

    def _came_from_terminal(self, number: signal.Signals) -> bool:
        """Return whether the signal is a Ctrl-C, which the program has got as well; not one of `agent stop`."""
        return number is signal.SIGINT and not self._registration.stopped_by_command and _in_foreground()


async def _record(
    command: list[str] | None, source: "Source", runs: Path, output: OutputMode, stop: _Stop, registration: Registration
) -> int:
    from agent.cli.execute import announce
    from agent.cli.viewer import Viewer
    from agent.session.record_stream import NothingToRecord, record_stream

    stop.task = asyncio.current_task()
    viewer = Viewer(lines=output is OutputMode.LINES)

    async def on_start(log: "RunLog") -> None:
        registration.begin(log.run, log.path, source.project or Path())
        await announce(log.path, output, viewer)

    try:
        async with _lines(command, stop) as lines:
            try:
                turn = await record_stream(
                    lines, source, runs_dir=runs, started=on_start, stopped=lambda: stop.signal is not None,
                    warn=partial(_warn, output),
                )  # fmt: skip
            except NothingToRecord as error:
                complain(str(error))
                return await _exit_code(UNUSABLE, lines, stop)
            return await _exit_code(0 if turn.outcome is Outcome.SUCCESS else FAILED, lines, stop)
    finally:
        registration.end()
        await viewer.finish()


def _warn(output: OutputMode, sentence: str) -> None:
    if output is not OutputMode.NOTHING:
        complain(sentence)


@asynccontextmanager
async def _lines(command: list[str] | None, stop: _Stop) -> AsyncIterator[AsyncIterator[bytes]]:
    from agent.session.line_input import read_lines, split_lines, start_program

    if not command:
        yield read_lines(sys.stdin.fileno())
        return
    async with AsyncExitStack() as stack:
        try:
            process = await stack.enter_async_context(start_program(command))
        except FileNotFoundError:
            fail(f"{command[0]} is not installed or not in PATH")
        except OSError as error:
            fail(f"cannot start {command[0]!r} ({error.strerror}); name a program after --")
        stop.process = process
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        yield split_lines(process.stdout)


async def _exit_code(own: int, lines: AsyncIterator[bytes], stop: _Stop) -> int:
    """Return the exit code of the program, which may print more lines; without a program ours, or that of a signal."""
    if stop.process is None:
        return own if stop.signal is None else 128 + stop.signal
    async for _ in lines:
        pass
    code = await stop.process.wait()
    return (128 - code if code < 0 else code) or (own if own == UNUSABLE else 0)


def _in_foreground() -> bool:
    """Return whether this process belongs to the foreground of a terminal, whose Ctrl-C reaches every process there."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
