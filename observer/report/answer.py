"""Collects what every report states first: how the run ended, what it was doing then, and of which run this is said."""

from collections.abc import Iterator

from msgspec import Struct

from observer import __version__
from observer.format.event import Event
from observer.format.units import format_duration, pluralize
from observer.format.zone import UTC, Zone
from observer.report.last_events import last_events
from observer.runs.one_run.run import Run
from observer.runs.state.verdict import Verdict
from observer.runs.summary.calls import FailedCall, RunningCall
from observer.runs.summary.ending import Ending, RunningAgent, describe_ending, describe_running
from observer.runs.summary.summary import Summary
from observer.runs.summary.trouble_list import Trouble
from observer.runs.words.describe import describe_writer
from observer.runs.words.describe_status import describe_beginning
from observer.runs.words.describe_tools import tool_name
from observer.source.locate import STDIN


class Answer(Struct, frozen=True):
    """The answer to "how did it end?": `ending`, and what limits what is known.

    `identity` names the run, its project, machine, writer and file, each by a word; what is not known is left out.
    `caveats` are sentences, and `last_events` lines, with text of the run that is not sanitized. Times are in `zone`.
    """

    zone: Zone
    ending: Ending
    identity: dict[str, str]
    caveats: tuple[str, ...]
    last_events: tuple[str, ...]

    @property
    def status(self) -> str:
        """The verdict and its details, without why."""
        return self.ending.verdict if self.ending.verdict is Verdict.UNKNOWN else self.ending.status

    @property
    def headline(self) -> str:
        """The status and why, as one sentence."""
        return f"{self.status}: {self.ending.why}" if self.ending.why else self.status


def answer(run: Run, summary: Summary, now: float, zone: Zone = UTC) -> Answer:
    """Return the answer for a run; `now` is in seconds since 1970."""
    ending = describe_ending(summary, run.state, run.status(), run.silent_s, now, zone)
    quoted = () if ending.verdict is Verdict.COMPLETE else tuple(last_events(run, zone))
    return Answer(zone, ending, _identity(run, summary, zone), tuple(_caveats(run)), quoted)


def describe_duration(run: Run) -> str:
    """Return how long a run lasted, or has lasted so far; the least that is known if its beginning is gone."""
    if run.duration is None:
        return ""
    return f"{'' if run.duration_is_whole else 'at least '}{format_duration(run.duration)}"


def describe_counted(run: Run) -> str:
    """Return from where on things were counted, if the beginning of the file is gone."""
    return "" if run.state.known_from is None else f"counted from event {run.state.known_from:,} on"


def running_lines(ending: Ending) -> list[str]:
    """Return a line for each call and subagent that is or was running, such as `Bash: make test, for 12s`."""
    items: list[RunningCall | RunningAgent] = [*ending.running, *ending.agents]
    lines = []
    for item in items:
        name, subject, duration = describe_running(ending, item)
        lines.append(", ".join(part for part in (f"{name}: {subject}" if subject else name, duration) if part))
    return lines or ([ending.waiting] if ending.waiting else [])


def call_line(call: FailedCall, answered: Answer) -> str:
    """Return a failed or blocked call on one line, such as `2026-11-28 13:20:19 UTC Bash: make test - exit code 2`."""
    reason = call.reason or call.error.partition("\n")[0]
    why = f"{call.rule}: {reason}" if call.rule and reason else call.rule or reason
    name = tool_name(call.name)
    what = " - ".join(part for part in (f"{name}: {call.subject}" if call.subject else name, why) if part)
    return f"{answered.zone.date_time(call.at)} {what}{_agent(call, answered)}".lstrip()


def trouble_line(trouble: Trouble, answered: Answer) -> str:
    """Return what else went wrong on one line, with its time."""
    time, agent = answered.zone.date_time(trouble.at), _agent(trouble, answered)
    return f"{time} {trouble.kind}: {trouble.text}{agent}".lstrip()


def _agent(item: FailedCall | Trouble, answered: Answer) -> str:
    agent = answered.ending.agent_of(item)
    return f" ({agent})" if agent else ""


def _identity(run: Run, summary: Summary, zone: Zone) -> dict[str, str]:
    start, end = summary.start, summary.end
    project = next((text for event in (start, end) if event is not None and (text := event.text("project_dir"))), "")
    facts = {
        "run": run.id,
        "started": zone.date_time(run.state.started),
        "project": project,
        "host": start.text("host") if start is not None else "",
        "writer": _writer(start) if start is not None else "",
        "file": "standard input" if run.path == STDIN else run.display_name,
        "report": f"runtail {__version__}",
    }
    return {name: value for name, value in facts.items() if value}


def _writer(start: Event) -> str:
    version = start.text("version")
    return ", ".join(fact for fact in (describe_writer(start), f"version {version}" if version else "") if fact)


def _caveats(run: Run) -> Iterator[str]:
    if beginning := describe_beginning(run.state):
        yield f"{beginning}, so that the totals are partial"
    if run.malformed:
        first = run.malformed[0][0]
        yield f"{pluralize(len(run.malformed), 'malformed line')} in the run file, the first is line {first:,}"
