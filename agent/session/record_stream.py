"""Records what another program prints: the messages of a CLI that somebody started, or the lines of a run file."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from claude_agent_sdk import (
    ClaudeAgentOptions,
    ClaudeSDKClient,
    Message,
    ResultMessage,
    SystemMessage,
)
from msgspec import Struct

from agent.errors import RunLogUnusable
from agent.events import AgentType, Error, Info, Outcome
from agent.recorder.cli_stream import MALFORMED, StreamClock, StreamTransport, decode_object, describe_line
from agent.recorder.sdk.readable_messages import readable_messages
from agent.recorder.session_recorder import SessionRecorder
from agent.recorder.turns import TurnResult
from agent.runlog.appender import Warn, warn_on_stderr
from agent.runlog.runlog import RunLog
from agent.session.copy_run import SourceClock, copy_run, decode_run_line, start_of
from agent.shield import run_to_completion

_NO_RESULT = TurnResult(Outcome.FAILED, "the input ended without a result: the agent was cut off")
_STOPPED = TurnResult(Outcome.INTERRUPTED, "stopped before the input ended")
_MAX_LEADING_LINES = 100
"""Lines before the first message that are kept: warnings of the programs around the CLI, for example."""


class NothingToRecord(RunLogUnusable):
    """The input ended without any event, so there is no run."""


class Source(Struct, frozen=True, kw_only=True):
    """What is recorded: the `command` that prints it, its one line `about`, and the directory that it works in. What a
    run file itself says of the first counts more, and less of the other two."""

    command: str | None = None
    about: str | None = None
    project: Path | None = None


async def record_stream(
    lines: AsyncIterator[bytes],
    source: Source = Source(),  # noqa: B008 - frozen
    *,
    runs_dir: Path = Path("runs"),
    started: Callable[[RunLog], Awaitable[None]] | None = None,
    stopped: Callable[[], bool] = lambda: False,
    warn: Warn = warn_on_stderr,
) -> TurnResult:
    """Record `lines` until their end: what the CLI prints for `--output-format stream-json`, or lines of a run file.

    The run begins with the first of them. `started` is awaited once the run file exists; `stopped` tells whether the
    user has asked for the end, so that lines without a result were interrupted; `warn` shows one sentence to the user.
    A line that cannot be used becomes an `error` event of the kind `malformed_line`.

    Returns how the run ended. Raises NothingToRecord when no line is an event, RunLogError when the run cannot be
    recorded.
    """
    lines = aiter(lines)
    leading, first = await _first_event(lines)
    copied = decode_run_line(first)
    clock = SourceClock(copied.copied.time_ns if copied else time.time_ns())
    fields = {"command": source.command} | (start_of(copied) if copied else {})
    options = {"about": source.about, "project_dir": source.project}
    fields |= {name: value for name, value in options.items() if value is not None}
    name = (copied.run or "a run file") if copied else "stream-json"
    async with RunLog.open(
        runs_dir, recorded_from=name, clock=clock if copied else time.time_ns, warn=warn, **fields
    ) as log:
        if started:
            await started(log)
        for line in leading:
            await log.emit(Info(message=line.decode(errors="replace").rstrip(), kind="output"))
        if copied:
            return await copy_run(_chain(first, lines), copied.run, log, clock)
        turn = await record_messages(_chain(first, lines), log, stopped)
        await log.complete(turn.outcome, "done" if turn.outcome is Outcome.SUCCESS else turn.message)
        return turn


async def record_messages(
    lines: AsyncIterator[bytes], log: RunLog, stopped: Callable[[], bool] = lambda: False
) -> TurnResult:
    """Write the session in lines of stream-json to `log`. Returns how it ended."""
    clock = StreamClock()
    transport = StreamTransport(lines)
    recorder = SessionRecorder(log, agent_type=AgentType.SINGLE, iteration=1, clock=clock.now)
    client = ClaudeSDKClient(ClaudeAgentOptions(), transport)
    end = _STOPPED
    await client.connect()
    try:
        async for message in _messages(client, log):
            if (seconds := transport.time_of(message)) is not None:
                clock.set(seconds)
            if isinstance(message, ResultMessage) and (before := transport.take_cost_before()):
                recorder.resumed(before)
            await run_to_completion(recorder.record(message), log.writer.hurry)
        end = _STOPPED if stopped() else _NO_RESULT
    finally:
        await client.disconnect()
        end = recorder.turn or end
        await recorder.close(end)
    return end


async def _messages(client: ClaudeSDKClient, log: RunLog) -> AsyncIterator[Message]:
    """Yield the messages of a client. What is not a message, or cannot be read as one, is an error."""

    async def report(error: Exception) -> None:
        await log.emit(Error(message=f"the SDK cannot read a message of the input: {error}", kind=MALFORMED))

    async for message in readable_messages(client, report):
        if isinstance(message, SystemMessage) and message.subtype == MALFORMED:
            await log.emit(Error(message=message.data["description"], kind=MALFORMED))
        else:
            yield message


async def _first_event(lines: AsyncIterator[bytes]) -> tuple[list[bytes], bytes]:
    """Return the first line that is an event, and the lines before it."""
    leading: list[bytes] = []
    async for line in lines:
        event = decode_object(line)
        if event is not None and isinstance(event.get("type"), str):
            return leading, line
        if line.strip():
            leading.append(line)
        if len(leading) > _MAX_LEADING_LINES:
            break
    if leading:
        raise NothingToRecord(
            f"{describe_line(leading[0])}; let `claude -p` print --output-format stream-json --verbose"
        )
    raise NothingToRecord("the input is empty; pipe `claude -p --output-format stream-json --verbose ...` into this")


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for line in rest:
        yield line
