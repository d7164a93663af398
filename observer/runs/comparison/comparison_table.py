"""Shows a comparison of two runs as sections of rows, each with a cell for each run. Pure.

The page and the terminal draw it and know no words of their own. Text of the runs in it is not sanitized.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, convert, to_builtins

from observer.format.glyphs import UNICODE
from observer.format.units import format_cost, format_duration, pluralize
from observer.runs.comparison.compared_fields import ComparedRun, Comparison, PartingFields, PartingStep
from observer.runs.state.tokens import Tokens, describe_parts
from observer.runs.summary.panel import VERDICT_LOOKS, Look, Word
from observer.runs.words.describe_tools import tool_name

MAX_ROWS = 100
"""Rows of a section; what is left out is counted."""
_MAX_ABOUT = 300

Cell = Sequence[Word]
_NOTHING: Cell = [("-", Look.DIM)]
_SAME: Cell = [("the same", Look.DIM)]


class TableRow(Struct, frozen=True):
    """What two runs have under a label; `at` has the byte where its event begins in each, `differs` is what stands out.

    >>> TableRow("cost", ([], [])).differs
    False
    """

    label: str
    cells: tuple[Cell, Cell]
    differs: bool = False
    at: tuple[int | None, int | None] = (None, None)


class TableSection(Struct, frozen=True):
    """A list of rows under a title; `name` is the same for every comparison, `note` says what is left out."""

    name: str
    title: str
    rows: Sequence[TableRow]
    note: str = ""


class ComparisonTable(Struct, frozen=True):
    """Two runs side by side: what each is called, and the sections."""

    names: tuple[str, str]
    sections: Sequence[TableSection]


def compare_rows(comparison: Comparison) -> ComparisonTable:
    """Return the table of a comparison."""
    sections = [
        _outcome(comparison),
        _partings(comparison),
        _features(comparison),
        _tools(comparison),
        _files(comparison),
    ]
    first, second = comparison.runs
    names = (first.run, second.run) if first.run != second.run else (first.file, second.file)
    return ComparisonTable(names, [section for section in sections if section.rows or section.note])


def _outcome(comparison: Comparison) -> TableSection:
    first, second = comparison.runs
    rows = [
        _row("outcome", _status(first), _status(second)),
        _row("why", _words(first.why), _words(second.why)),
        _row("about", _words(_cut(first.about)), _words(_cut(second.about))),
        _row("project", *_projects(first, second)),
        _row("model", _words(first.model), _words(second.model)),
        _row("cost", _cost(first), _cost(second)),
        _row("tokens", _tokens(first), _tokens(second)),
        _row("time", _time(first), _time(second)),
        _row("sessions", _count(first.sessions), _count(second.sessions)),
        _row("subagents", _count(first.subagents), _count(second.subagents)),
        _row("tool calls", *(_calls(run.calls, run.failed, run.blocked) for run in (first, second))),
    ]
    return TableSection("outcome", "What became of them", [row for row in rows if row.cells != (_NOTHING, _NOTHING)])


def _status(run: ComparedRun) -> Cell:
    return [(run.status, VERDICT_LOOKS.get(run.verdict, Look.PLAIN))]


def _projects(first: ComparedRun, second: ComparedRun) -> tuple[Cell, Cell]:
    """Return the names of the projects; their whole paths if the names are the same and the paths are not."""
    paths = first.project_dir or "", second.project_dir or ""
    names = paths[0].rstrip("/").rpartition("/")[2], paths[1].rstrip("/").rpartition("/")[2]
    shown = paths if names[0] == names[1] and paths[0] != paths[1] else names
    return _words(shown[0]), _words(shown[1])


def _tokens(run: ComparedRun) -> Cell:
    if run.tokens is None:
        return []
    known = {key: count for key, count in to_builtins(run.tokens).items() if count is not None}
    return _words(describe_parts(convert(known, Tokens)))


def _cost(run: ComparedRun) -> Cell:
    return _words(format_cost(run.cost_usd, is_minimum=run.cost_is_minimum))


def _time(run: ComparedRun) -> Cell:
    return _words("" if run.elapsed_s is None else format_duration(run.elapsed_s))


def _partings(comparison: Comparison) -> TableSection:
    parting, call = comparison.parting, comparison.call_parting
    rows = []
    if parting is not None:
        rows.append(_parting("first difference", parting))
    if call is not None and (parting is None or call.steps != parting.steps):
        rows.append(_parting("first other call", call))
    return TableSection("parting", "Where they part", rows, " ".join(_parting_notes(comparison)))


def _parting_notes(comparison: Comparison) -> Iterator[str]:
    parting, same = comparison.parting, comparison.same_steps
    if parting is not None:
        where = "" if parting.agent is None else f" of {parting.agent}"
        before = {0: "", 1: ": the one before is the same"}.get(same, f": the {same:,} before are the same")
        yield f"{f'Step {same + 1:,}' if same else 'The first step'}{where} differs{before}."
    elif same:
        yield f"The agents did the same in both runs, in {pluralize(same, 'step')}."
    else:
        yield "The agents did nothing in either run."
    if comparison.same_prompt is not None:
        yield f"The first prompt is {'the same' if comparison.same_prompt else 'not the same'}."
    if comparison.uncompared_agents:
        yield f"{pluralize(comparison.uncompared_agents, 'subagent')} ran at too different times to be compared."


def _parting(label: str, parting: PartingFields) -> TableRow:
    first, second = parting.steps
    at = (None if first is None else first.at), (None if second is None else second.at)
    return TableRow(label, (_step(first), _step(second)), differs=True, at=at)


def _step(step: PartingStep | None) -> Cell:
    if step is None:
        return [("nothing more", Look.DIM)]
    name = "text" if step.tool is None else step.tool
    number = "" if step.seq is None else f"{UNICODE.dot} event {step.seq}"
    words: list[Word] = [(name, Look.STRONG), (step.text, Look.CODE), (number, Look.DIM)]
    return [word for word in words if word[0]]


def _features(comparison: Comparison) -> TableSection:
    first, second = comparison.runs
    counts = [
        _words(f"{run.passing:,} of {run.total:,} pass" if run.total and run.passing is not None else "")
        for run in comparison.runs
    ]
    rows = [
        TableRow(feature.name, (_PASSES[feature.passes[0]], _PASSES[feature.passes[1]]), differs=True)
        for feature in comparison.features
        if feature.passes[0] is not feature.passes[1]
    ]
    same = len(comparison.features) - len(rows)
    note = f"{pluralize(same, 'feature')} {'is' if same == 1 else 'are'} the same in both" if same else ""
    head = [_row("passing", counts[0], counts[1])] if first.total or second.total else []
    return _listed("features", "Features", [*head, *rows], note)


_PASSES: dict[bool | None, Cell] = {
    None: [("not named", Look.DIM)],
    True: [(f"{UNICODE.good} passes", Look.GOOD)],
    False: [(f"{UNICODE.bad} fails", Look.BAD)],
}


def _tools(comparison: Comparison) -> TableSection:
    rows = [
        _row(
            tool_name(tool.name),
            *(_calls(tool.calls[run], tool.failed[run], tool.blocked[run]) for run in (0, 1)),
        )
        for tool in comparison.tools
    ]
    return _listed("tools", "Tools", rows)


def _calls(calls: int, failed: int, blocked: int) -> Cell:
    words: list[Word] = [
        (f"{calls:,}", Look.PLAIN if calls else Look.DIM),
        (f"{UNICODE.dot} {failed:,} failed" if failed else "", Look.BAD),
        (f"{UNICODE.dot} {blocked:,} blocked" if blocked else "", Look.BLOCKED),
    ]
    return [word for word in words if word[0]]


def _files(comparison: Comparison) -> TableSection:
    rows = [
        _row(file.path, _writes(file.writes[0]), _writes(file.writes[1]))
        for file in comparison.files
        if file.writes[0] != file.writes[1]
    ]
    same = len(comparison.files) - len(rows)
    note = f"{pluralize(same, 'file')} {'was' if same == 1 else 'were'} written as often in both" if same else ""
    return _listed("files", "Files written", rows, note)


def _writes(count: int) -> Cell:
    return [("not written", Look.DIM)] if not count else [("once" if count == 1 else f"{count:,} times", Look.PLAIN)]


def _listed(name: str, title: str, rows: Sequence[TableRow], note: str = "") -> TableSection:
    missing = len(rows) - MAX_ROWS
    more = f"and {missing:,} more" if missing > 0 else ""
    return TableSection(name, title, rows[:MAX_ROWS], "; ".join(part for part in (more, note) if part))


def _row(label: str, first: Cell, second: Cell) -> TableRow:
    """Return a row of two cells; the second one of a pair that is equal says only that."""
    differs = list(first) != list(second)
    shown = (first or _NOTHING, second or _NOTHING) if differs or not first else (first, _SAME)
    return TableRow(label, shown, differs)


def _count(count: int) -> Cell:
    return [(f"{count:,}", Look.PLAIN if count else Look.DIM)]


def _words(text: str | None) -> Cell:
    return [(text, Look.PLAIN)] if text else []


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_ABOUT else f"{text[:_MAX_ABOUT]}{UNICODE.ellipsis}"
