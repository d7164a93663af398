"""Says on one panel what a reader wants to know of a run first, as sections of rows of words. Pure.

The page and the HTML report draw it and know no words of their own. Text of the run in it is not sanitized.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from msgspec import Struct

from observer.format.glyphs import UNICODE
from observer.format.units import format_cost, format_duration, pluralize
from observer.runs.state.state import RunState
from observer.runs.state.tokens import describe_parts, describe_spent, describe_total, larger
from observer.runs.state.verdict import Verdict
from observer.runs.summary.calls import RunningCall
from observer.runs.summary.ending import Ending, RunningAgent, describe_running
from observer.runs.summary.features import Flip
from observer.runs.summary.problems import Problem, list_problems
from observer.runs.summary.sessions import Session
from observer.runs.summary.summary import Summary
from observer.runs.words.line_diff import describe_counts

MAX_ROWS = 200
"""Rows of a section; what is left out is counted."""
_MAX_RUNNING = 10
_MAX_TEXT = 300
"""Characters of a text that is quoted from the run."""


class Look(StrEnum):
    """How some words are meant: a page decides how that looks. `CODE` is text of the run."""

    PLAIN = "plain"
    DIM = "dim"
    STRONG = "strong"
    CODE = "code"
    GOOD = "good"
    BAD = "bad"
    WARNING = "warning"
    BLOCKED = "blocked"


VERDICT_LOOKS = {
    Verdict.WORKING: Look.GOOD, Verdict.RETRYING: Look.WARNING, Verdict.RATE_LIMITED: Look.WARNING,
    Verdict.WAITING_ON_HUMAN: Look.BLOCKED, Verdict.IDLE: Look.DIM, Verdict.STALLED: Look.BAD,
    Verdict.UNKNOWN: Look.DIM, Verdict.COMPLETE: Look.GOOD, Verdict.FAILED: Look.BAD, Verdict.INTERRUPTED: Look.WARNING,
    Verdict.ENDED: Look.WARNING, Verdict.CRASHED: Look.BAD,
}  # fmt: skip
_OUTCOME_LOOKS = {"success": Look.GOOD, "completed": Look.GOOD, "interrupted": Look.WARNING}
_NO_OUTCOMES = frozenset({"active", "did not end", "unknown"})

Word = tuple[str, Look]


class PanelRow(Struct, frozen=True):
    """Words that follow each other, then a time in seconds since 1970; `at` is the byte where their event begins."""

    words: Sequence[Word]
    time: float | None = None
    at: int | None = None


class Section(Struct, frozen=True):
    """A list of rows under a title; `name` is the same for every run, `note` says what is left out."""

    name: str
    title: str
    rows: Sequence[PanelRow]
    note: str = ""


class Panel(Struct, frozen=True):
    """The sections of a run, the row that closes a run that is over, and the numbers of its problems and of its events.

    `began` is when the run began, in seconds since 1970.
    """

    began: float | None
    sections: Sequence[Section]
    closing: PanelRow | None
    problems: int
    events: int


def make_panel(summary: Summary, state: RunState, ending: Ending) -> Panel:
    """Return the panel of a run; `state` includes its last heartbeats."""
    problems = list_problems(summary, ending)
    sections = [
        _verdict(summary, ending),
        _features(summary, state, ending),
        _problems(problems),
        _spending(summary, state),
        _sessions(summary, ending),
        _subagents(summary, ending),
        _models(summary),
        _files(summary),
    ]
    return Panel(
        summary.state.started,
        [section for section in sections if section.rows or section.note],
        _closing(ending),
        len(problems),
        summary.events,
    )


def flip_words(flip: Flip) -> str:
    """Return since when a feature passes or fails, if that changed in this run, such as `since iteration 3`."""
    return "since a change in this run" if flip.iteration is None else f"since iteration {flip.iteration}"


def session_name(session: Session) -> str:
    """Return the kind of a session and its number, such as `coding 3`."""
    return f"{session.agent_type.lower() or 'session'} {session.iteration or ''}".rstrip()


def _verdict(summary: Summary, ending: Ending) -> Section:
    over, look, end = ending.verdict.final, VERDICT_LOOKS.get(ending.verdict, Look.PLAIN), summary.end
    why = "" if ending.why in ending.status else ending.why  # of an unknown run the status says it already
    at = end.line.offset if over and end is not None and ending.verdict is not Verdict.CRASHED else None
    rows = [
        _row((ending.status, look), (why, Look.PLAIN), at=at),
        *(_row((line, Look.DIM)) for line in ending.details[:_MAX_RUNNING]),
        *_running(ending),
        _row((ending.beginning, Look.WARNING)),
        *(_malformed(summary) if summary.malformed else ()),
    ]
    title = "How it ended" if over else "When it was last seen" if ending.is_past else "What it is doing"
    return Section("verdict", title, [row for row in rows if row.words])


def _running(ending: Ending) -> Iterator[PanelRow]:
    title = ending.running_title
    if ending.waiting:
        yield _row((title, Look.DIM), (ending.waiting, Look.PLAIN))
    items: list[RunningCall | RunningAgent] = [*ending.running, *ending.agents]
    for item in items[-_MAX_RUNNING:]:
        name, subject, duration = describe_running(ending, item)
        words = (title, Look.DIM), (name, Look.STRONG), (subject, Look.CODE)
        if ending.is_past:
            yield _row(*words, (duration, Look.PLAIN), at=item.offset)
        else:  # a duration would have to be counted on
            yield _row(*words, ("since" if item.since is not None else "", Look.DIM), time=item.since, at=item.offset)
    if len(items) > _MAX_RUNNING:
        yield _row((f"and {len(items) - _MAX_RUNNING:,} more", Look.DIM))


def _malformed(summary: Summary) -> Iterator[PanelRow]:
    lines = pluralize(summary.malformed, "malformed line")
    yield _row((lines, Look.WARNING), (summary.first_malformed, Look.DIM), at=summary.first_malformed_offset)


def _features(summary: Summary, state: RunState, ending: Ending) -> Section:
    features, flips = summary.features, summary.features.last_flips
    rows = [
        *(_feature(name, flips.get(name), passes=False) for name in features.failing),
        *(_feature(name, flips.get(name), passes=True) for name in features.passing),
    ]
    missing = len(rows) - MAX_ROWS
    is_named = bool(rows) or ending.unnamed_failing > 0
    notes = [
        f"{ending.unnamed_failing:,} that fail are not listed: {ending.unnamed}" if ending.unnamed_failing else "",
        f"and {missing:,} more" if missing > 0 else "",
        "the file does not name them" if state.total and not is_named else "",
    ]
    count = f": {state.passing:,} of {state.total:,} pass" if state.total and state.passing is not None else ""
    return Section("features", f"Features{count}", rows[:MAX_ROWS], "; ".join(note for note in notes if note))


def _feature(name: str, flip: Flip | None, *, passes: bool) -> PanelRow:
    look, sign = (Look.GOOD, UNICODE.good) if passes else (Look.BAD, UNICODE.bad)
    words = (f"{sign} {'passes' if passes else 'fails'}", look), (name, Look.PLAIN)
    if flip is None:
        return _row(*words)
    return _row(*words, (flip_words(flip), Look.DIM), time=flip.at, at=flip.offset)


def _problems(problems: Sequence[Problem]) -> Section:
    count = len(problems)
    first = max(0, count - MAX_ROWS)
    rows = [
        _row(
            (f"{number:,} of {count:,}", Look.DIM), (problem.name, Look(problem.tone)), (problem.subject, Look.CODE),
            (problem.reason, Look.PLAIN), (f"in {problem.agent}" if problem.agent else "", Look.DIM),
            time=problem.at, at=problem.offset,
        )
        for number, problem in enumerate(problems[first:], first + 1)
    ]  # fmt: skip
    return Section(
        "problems", f"What went wrong: {count:,}", rows, f"the first {first:,} are left out" if first else ""
    )


def _spending(summary: Summary, state: RunState) -> Section:
    spent = state if state.cost_usd is not None else summary.state
    cost = format_cost(spent.cost_usd, is_minimum=spent.cost_is_minimum)
    context = summary.context
    rows = [
        _row((cost, Look.STRONG), (describe_total(larger(state.tokens, summary.tokens)), Look.STRONG)),
        *([] if context.read is None else [_row(
            ("context of the last message", Look.DIM), (context.words(), Look.PLAIN), at=context.offset,
        )]),
    ]  # fmt: skip
    return Section("spending", "Cost and tokens", [row for row in rows if row.words])


def _sessions(summary: Summary, ending: Ending) -> Section:
    rows = [
        _row(
            (session_name(session), Look.STRONG), _outcome(session.outcome or ending.unended),
            (format_cost(session.cost_usd, is_minimum=session.cost_is_minimum), Look.PLAIN),
            (describe_parts(session.tokens), Look.PLAIN),
            ("" if session.turns is None else pluralize(session.turns, "turn"), Look.DIM),
            ("" if session.duration_s is None else format_duration(session.duration_s), Look.DIM),
            at=session.offset,
        )
        for session in summary.sessions.all[-MAX_ROWS:]
    ]  # fmt: skip
    return _listed("sessions", "Sessions", rows, len(summary.sessions.all), "earlier")


def _subagents(summary: Summary, ending: Ending) -> Section:
    agents = summary.subagents.all
    rows = [
        _row(
            (agent.agent_type or "subagent", Look.STRONG), (agent.description, Look.CODE),
            _outcome(ending.agent_status(agent)),
            (describe_spent(summary.spent.get(agent.call), agent.tokens), Look.PLAIN),
            ("" if agent.tool_uses is None else pluralize(agent.tool_uses, "tool"), Look.DIM),
            ("" if agent.duration_s is None else format_duration(agent.duration_s), Look.DIM),
            at=agent.offset,
        )
        for agent in agents[:MAX_ROWS]
    ]  # fmt: skip
    main = summary.spent.get(None)
    if rows and main is not None:
        rows.insert(0, _row(("main agent", Look.STRONG), (describe_parts(main), Look.PLAIN)))
    return _listed("subagents", "Subagents", rows, len(agents), "later")


def _models(summary: Summary) -> Section:
    models = sorted(summary.models.items(), key=lambda item: -(item[1].tokens.total if item[1].tokens else 0))
    rows = [
        _row(
            (name, Look.CODE), (describe_parts(model.tokens), Look.PLAIN),
            (pluralize(model.messages, "message"), Look.DIM),
        )
        for name, model in models[:MAX_ROWS]
    ]  # fmt: skip
    return _listed("models", "Models", rows, len(models), "others")


def _files(summary: Summary) -> Section:
    files = summary.written
    rows = [
        _row(
            (path, Look.CODE),
            (describe_counts(file.lines), Look.PLAIN),
            (f"{UNICODE.times}{file.writes:,}" if file.writes > 1 else "", Look.DIM),
            at=file.offset,
        )
        for path, file in files[:MAX_ROWS]
    ]  # fmt: skip
    return _listed("files", "Files written", rows, len(files), "others")


def _closing(ending: Ending) -> PanelRow | None:
    if not ending.verdict.final:
        return None
    look = VERDICT_LOOKS.get(ending.verdict, Look.PLAIN)
    return _row(("End of the run", Look.DIM), (ending.status, look), (ending.why, Look.PLAIN))


def _listed(name: str, title: str, rows: Sequence[PanelRow], count: int, others: str) -> Section:
    missing = count - MAX_ROWS
    return Section(name, f"{title}: {count:,}", rows, f"and {missing:,} {others}" if missing > 0 else "")


def _outcome(outcome: str) -> Word:
    return outcome, Look.DIM if outcome in _NO_OUTCOMES else _OUTCOME_LOOKS.get(outcome, Look.BAD)


def _row(*words: Word, time: float | None = None, at: int | None = None) -> PanelRow:
    """Return a row of the words that are not empty, each on one line and not too long."""
    short = [(_one_line(text), look) for text, look in words if text]
    return PanelRow([(text, look) for text, look in short if text], time, at)


def _one_line(text: str) -> str:
    line = " ".join(text[: 2 * _MAX_TEXT].split())
    return line if len(line) <= _MAX_TEXT else f"{line[:_MAX_TEXT]}{UNICODE.ellipsis}"
