"""Holds everything that a summary knows of a run as one object, the output of `observe show -o json`. Pure.

`RunDetails` is the single source of the names and types of its fields, beside those that `observe list` has as well.
"""

import msgspec
from msgspec import Struct

from observer.format.event import Event
from observer.format.timestamps import format_timestamp
from observer.runs.calls import FailedCall
from observer.runs.ending import Ending
from observer.runs.summary import Summary
from observer.runs.tokens import Tokens, token_fields


class TokenCounts(Struct):
    """Numbers of tokens; `output` and `thinking` are null if not known."""

    input: int
    output: int | None
    cache_read: int
    cache_write: int
    thinking: int | None


class RunningDetails(Struct):
    """A call or a `subagent` that is running, or was when the run ended; `seconds` is for how long."""

    kind: str
    id: str
    name: str
    subject: str | None
    since: str | None
    seconds: float | None
    parent: str | None


class CallDetails(Struct):
    """A call that failed or was blocked; `at` is when, `error` the first lines of its output."""

    id: str
    seq: int | None
    tool: str
    subject: str | None
    at: str | None
    parent: str | None
    duration_s: float | None
    error: str | None
    reason: str | None
    rule: str | None


class TroubleDetails(Struct):
    """Something else that went wrong: the kind of an error, a session, an MCP server ..."""

    at: str | None
    kind: str
    text: str
    details: str | None
    parent: str | None
    seq: int | None


class SessionDetails(Struct):
    """A session; what only its end states is null until then."""

    iteration: int | None
    agent_type: str | None
    started: str | None
    ended: str | None
    outcome: str | None
    reason: str | None
    errors: list[str]
    turns: int | None
    duration_s: float | None
    cost_usd: float | None
    tokens: TokenCounts | None


class ToolDetails(Struct):
    """The calls of one tool."""

    name: str
    calls: int
    failed: int
    blocked: int
    duration_s: float | None


class SubagentDetails(Struct):
    """A subagent; `parent` is the call that spawned its parent. `tokens` are those of its messages, `total_tokens` the
    number that its end states."""

    id: str
    call: str
    parent: str | None
    agent_type: str | None
    description: str | None
    status: str | None
    started: str | None
    duration_s: float | None
    tool_uses: int | None
    tokens: TokenCounts | None
    total_tokens: int | None


class ModelDetails(Struct):
    """The use of one model."""

    name: str
    messages: int
    tokens: TokenCounts | None


class FileDetails(Struct):
    """A file that was written, and how often."""

    path: str
    writes: int


class ImageDetails(Struct):
    """An image beside a prompt; `file` is relative to the runs directory, null if it was not kept."""

    media_type: str
    bytes: int
    file: str | None


class PromptDetails(Struct):
    """A prompt: when, by whom, and to which subagent, if it was not for the main agent."""

    at: str | None
    source: str
    text: str
    parent: str | None
    images: list[ImageDetails]


class TodoDetails(Struct):
    """A thing to do, and its state."""

    text: str
    status: str


class RunDetails(Struct):
    """What `observe show -o json` prints beside the fields of `observe list`; unknown is null."""

    why: str | None
    details: list[str]
    outcome: str | None
    message: str | None
    reason: str | None
    running: list[RunningDetails]
    waiting: str | None
    failing_features: list[str]
    unnamed_failing_features: int
    failed_calls: list[CallDetails]
    blocked_calls: list[CallDetails]
    troubles: list[TroubleDetails]
    command: str | None
    model: str | None
    project_dir: str | None
    host: str | None
    pid: int | None
    resumed_from: str | None
    recorded_from: str | None
    events: int
    malformed_lines: int
    tokens: TokenCounts | None
    sessions: list[SessionDetails]
    tools: list[ToolDetails]
    subagents: list[SubagentDetails]
    models: list[ModelDetails]
    files: list[FileDetails]
    prompts: list[PromptDetails]
    todo: list[TodoDetails]


def run_details(summary: Summary, ending: Ending, tokens: Tokens | None) -> RunDetails:
    """Return what is known of a run that used `tokens` in all."""
    start, end = summary.start, summary.end
    return RunDetails(
        why=ending.why or None,
        details=list(ending.details),
        outcome=_text(end, "outcome"),
        message=_text(end, "message"),
        reason=_text(end, "reason"),
        running=_running(ending),
        waiting=ending.waiting or None,
        failing_features=list(ending.failing),
        unnamed_failing_features=ending.unnamed_failing,
        failed_calls=[_call(call) for call in ending.failed],
        blocked_calls=[_call(call) for call in ending.blocked],
        troubles=[
            TroubleDetails(format_timestamp(one.at), one.kind, one.text, one.details or None, one.parent, one.seq)
            for one in ending.troubles
        ],
        command=_text(start, "command"),
        model=_text(start, "model"),
        project_dir=_text(start, "project_dir"),
        host=_text(start, "host"),
        pid=None if start is None else start.integer("pid"),
        resumed_from=_text(start, "resumed_from"),
        recorded_from=_text(start, "recorded_from"),
        events=summary.events,
        malformed_lines=summary.malformed,
        tokens=_tokens(tokens),
        sessions=_sessions(summary),
        tools=[
            ToolDetails(name, tool.calls, tool.errors, tool.blocked, tool.duration_s)
            for name, tool in summary.tools.items()
        ],
        subagents=_subagents(summary),
        models=[ModelDetails(name, model.messages, _tokens(model.tokens)) for name, model in summary.models.items()],
        files=[FileDetails(path, count) for path, count in summary.calls.files.items()],
        prompts=_prompts(summary),
        todo=[TodoDetails(item.text, item.status) for item in summary.state.todo],
    )


def _running(ending: Ending) -> list[RunningDetails]:
    calls = [
        RunningDetails(
            "tool",
            call.id,
            call.name,
            call.subject or None,
            format_timestamp(call.since),
            ending.seconds(call),
            call.parent,
        )
        for call in ending.running
    ]
    agents = [
        RunningDetails(
            "subagent", agent.call, agent.agent_type, agent.description or None, format_timestamp(agent.since),
            ending.seconds(agent), None,
        )
        for agent in ending.agents
    ]  # fmt: skip
    return [*calls, *agents]


def _call(call: FailedCall) -> CallDetails:
    return CallDetails(
        id=call.id,
        seq=call.seq,
        tool=call.name,
        subject=call.subject or None,
        at=format_timestamp(call.at),
        parent=call.parent,
        duration_s=call.duration_s,
        error=call.error or None,
        reason=call.reason or None,
        rule=call.rule,
    )


def _sessions(summary: Summary) -> list[SessionDetails]:
    return [
        SessionDetails(
            iteration=session.iteration,
            agent_type=session.agent_type or None,
            started=format_timestamp(session.began),
            ended=format_timestamp(session.ended),
            outcome=session.outcome,
            reason=session.terminal_reason or None,
            errors=session.errors,
            turns=session.turns,
            duration_s=session.duration_s,
            cost_usd=session.cost_usd,
            tokens=_tokens(session.tokens),
        )
        for session in summary.sessions
    ]


def _subagents(summary: Summary) -> list[SubagentDetails]:
    return [
        SubagentDetails(
            id=agent.id,
            call=agent.call,
            parent=agent.parent,
            agent_type=agent.agent_type or None,
            description=agent.description or None,
            status=agent.status or None,
            started=format_timestamp(agent.began),
            duration_s=agent.duration_s,
            tool_uses=agent.tool_uses,
            tokens=_tokens(summary.spent.get(agent.call)),
            total_tokens=agent.tokens,
        )
        for agent in summary.subagents.all
    ]


def _prompts(summary: Summary) -> list[PromptDetails]:
    return [
        PromptDetails(
            at=format_timestamp(said.at),
            source=said.prompt.source,
            text=said.prompt.text,
            parent=said.parent,
            images=[ImageDetails(image.media_type, image.size, image.file or None) for image in said.prompt.images],
        )
        for said in summary.prompts
    ]


def _tokens(tokens: Tokens | None) -> TokenCounts | None:
    fields = token_fields(tokens)
    return None if fields is None else msgspec.convert(fields, TokenCounts)


def _text(event: Event | None, key: str) -> str | None:
    return (event.text(key) or None) if event is not None else None
