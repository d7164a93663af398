"""Options that select the events of a run: where reading starts and stops, and which events are shown."""

from typing import Annotated

import typer
from msgspec import Struct

from observer.cli.options.completion import complete_agent, complete_statuses, complete_tools, complete_types
from observer.cli.options.shared_options import bounded
from observer.format.zone import UTC, Zone
from observer.runs.filters.filter import Filter
from observer.runs.filters.filter_options import build_filter, start_position
from observer.source.seek import StartPosition
from observer.terminal import signals


class StartOptions(Struct, frozen=True):
    """The options for where reading starts and stops."""

    last: Annotated[
        int | None,
        typer.Option("-n", "--lines", callback=bounded(0), metavar="N", help="Start with the last N events."),
    ] = None
    live: Annotated[bool, typer.Option("--live", help="Start at the end of the file, like -n 0.")] = False
    from_seq: Annotated[
        int | None, typer.Option(callback=bounded(1), metavar="N", help="Start with event number N.")
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Start at TIME: 10m, 08:00, yesterday, 'friday 08:00', 2026-11-23, ..."),
    ] = None
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Stop at the end of TIME.")] = None

    def position(self, event_filter: Filter) -> StartPosition:
        """Return where to start, counting only events that match the filter. Raises UsageError on a conflict."""
        return start_position(last=self.last, live=self.live, event_filter=event_filter)


class FilterOptions(Struct, frozen=True):
    """The options that select events."""

    types: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only events of these types.", autocompletion=complete_types),
    ] = None
    exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="No events of these types.", autocompletion=complete_types),
    ] = None
    tools: Annotated[
        list[str] | None,
        typer.Option(
            "--tool",
            metavar="NAME",
            help="Only calls of these tools and their results.",
            autocompletion=complete_tools,
        ),
    ] = None
    statuses: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="Only events with this status: success, error, blocked, ...",
            autocompletion=complete_statuses,
        ),
    ] = None
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="AGENT",
            help="Only the main agent (main) or a subagent (its type, description or ID).",
            autocompletion=complete_agent,
        ),
    ] = None
    iteration: Annotated[
        list[str] | None, typer.Option(metavar="N", help="Only these iterations, such as 3, 2,5 or 4-7.")
    ] = None
    errors: Annotated[
        bool, typer.Option("--errors", help="Only what went wrong: failures, blocked calls, retries, stalls.")
    ] = False
    grep: Annotated[str | None, typer.Option(metavar="REGEX", help="Only events with a text that matches.")] = None
    ignore_case: Annotated[bool, typer.Option("-i", "--ignore-case", help="With --grep: ignore case.")] = False
    where: Annotated[
        str | None, typer.Option(metavar="JQ", help="Only events for which the jq expression is true.")
    ] = None
    no_thoughts: Annotated[bool, typer.Option("--no-thoughts", help="Hide the text and thinking of the model.")] = False

    def build(self, start: StartOptions, now: float, zone: Zone = UTC) -> Filter:
        """Return the filter; `start` limits it in time, `now` is in seconds since 1970. Raises UsageError."""
        where = None
        if self.where is not None:
            from observer.runs.jq_process import jq_predicate

            where = jq_predicate(self.where, signals.check)
        return build_filter(
            types=self.types, exclude=self.exclude, tools=self.tools, statuses=self.statuses, agent=self.agent,
            iteration=self.iteration, errors=self.errors, grep=self.grep, ignore_case=self.ignore_case,
            where=where, since=start.since, until=start.until, from_seq=start.from_seq,
            thoughts=not self.no_thoughts, now=now, zone=zone,
        )  # fmt: skip


class ContextOptions(Struct, frozen=True):
    """The options that show the events around those that match."""

    before: Annotated[
        int | None,
        typer.Option(
            "-B", "--before-context", callback=bounded(0, 1e5), metavar="N", help="Also N events before each match."
        ),
    ] = None
    after: Annotated[
        int | None,
        typer.Option(
            "-A", "--after-context", callback=bounded(0, 1e5), metavar="N", help="Also N events after each match."
        ),
    ] = None
    around: Annotated[
        int | None,
        typer.Option("-C", "--context", callback=bounded(0, 1e5), metavar="N", help="Also N events around each match."),
    ] = None

    def neighbours(self) -> tuple[int, int]:
        """Return how many events are shown before and after each that matches."""
        both = self.around or 0
        return (both if self.before is None else self.before), (both if self.after is None else self.after)
