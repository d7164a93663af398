"""Puts everything that a summary knows of a run into one object, the output of `observe show -o json`. Pure."""

from observer.format.event import Event
from observer.format.timestamps import format_timestamp
from observer.runs.detail_types import (
    CallDetails,
    ContextDetails,
    FileDetails,
    FlipDetails,
    ImageDetails,
    ModelDetails,
    PromptDetails,
    RunDetails,
    RunningDetails,
    SessionDetails,
    SubagentDetails,
    TodoDetails,
    ToolDetails,
    TroubleDetails,
)
from observer.runs.state.tokens import Tokens, token_counts
from observer.runs.summary.calls import FailedCall, WrittenFile
from observer.runs.summary.ending import Ending
from observer.runs.summary.summary import Summary


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
        context=_context(summary),
        failing_features=list(ending.failing),
        unnamed_failing_features=ending.unnamed_failing,
        passing_features=summary.features.passing,
        changed_features=_changed_features(summary),
        failed_calls=[_call(call) for call in ending.failed],
        blocked_calls=[_call(call) for call in ending.blocked],
        troubles=_troubles(ending),
        command=_text(start, "command"),
        model=_text(start, "model"),
        project_dir=_text(start, "project_dir"),
        host=_text(start, "host"),
        pid=None if start is None else start.integer("pid"),
        resumed_from=_text(start, "resumed_from"),
        recorded_from=_text(start, "recorded_from"),
        events=summary.events,
        malformed_lines=summary.malformed,
        tokens=token_counts(tokens),
        sessions=_sessions(summary),
        tools=_tools(summary),
        subagents=_subagents(summary),
        models=[ModelDetails(name, one.messages, token_counts(one.tokens)) for name, one in summary.models.items()],
        files=[_file(path, file) for path, file in summary.calls.files.items()],
        prompts=_prompts(summary),
        todo=[TodoDetails(item.text, item.status) for item in summary.state.todo],
    )


def _changed_features(summary: Summary) -> list[FlipDetails]:
    return [
        FlipDetails(flip.name, flip.passes, format_timestamp(flip.at), flip.iteration)
        for flip in summary.features.flips
    ]


def _troubles(ending: Ending) -> list[TroubleDetails]:
    return [
        TroubleDetails(format_timestamp(one.at), one.kind, one.text, one.details or None, one.parent, one.seq)
        for one in ending.troubles
    ]


def _tools(summary: Summary) -> list[ToolDetails]:
    return [
        ToolDetails(name, tool.calls, tool.errors, tool.blocked, tool.duration_s)
        for name, tool in summary.tools.by_name.items()
    ]


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


def _context(summary: Summary) -> ContextDetails | None:
    context = summary.context
    return None if context.read is None else ContextDetails(context.read, context.window, context.model)


def _file(path: str, file: WrittenFile) -> FileDetails:
    counts = file.lines
    return FileDetails(path, file.writes, *((None, None) if counts is None else (counts.added, counts.removed)))


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
            cost_is_minimum=session.cost_is_minimum,
            tokens=token_counts(session.tokens),
        )
        for session in summary.sessions.all
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
            tokens=token_counts(summary.spent.get(agent.call)),
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


def _text(event: Event | None, key: str) -> str | None:
    return (event.text(key) or None) if event is not None else None
