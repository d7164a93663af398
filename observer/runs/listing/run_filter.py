"""Selects runs of a directory: by verdict, project, time and what they are about. Pure."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import PurePath

from msgspec import Struct

from observer.errors import UsageError
from observer.format.units import pluralize
from observer.runs.filters.pattern import Pattern
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_names import project_name
from observer.runs.listing.urgency import count_verdicts
from observer.runs.state.verdict import Verdict
from observer.runs.words.describe_status import describe_beginning

ENDED = "ended"
"""Stands for all final verdicts, as for `observe wait`."""
_MAX_SIMILAR = 3


class RunFilter(Struct, frozen=True):
    """Runs with one of the verdicts, in one of the projects, with an event since a time, about something.

    `projects` are names of project directories or the ends of their paths, `since` is in seconds since 1970; `text`
    occurs in what a run is about, its name, project or host, whatever the case. An empty condition matches every run.
    """

    verdicts: frozenset[Verdict] = frozenset()
    projects: frozenset[str] = frozenset()
    since: float | None = None
    about: Pattern | None = None
    text: str = ""

    @property
    def matches_all(self) -> bool:
        """Whether every run passes."""
        return self == RunFilter()

    def select(self, runs: Iterable[ListedRun], now: float) -> list[ListedRun]:
        """Return the runs that meet all conditions at `now`, in their order."""
        conditions = [holds for _, holds in self._conditions(now)]
        return [run for run in runs if all(holds(run) for holds in conditions)]

    def explain(self, runs: Sequence[ListedRun], now: float) -> str:
        """Return why none of the runs matches: which option excludes all, and what there is instead."""
        conditions = self._conditions(now)
        excluding = [option for option, holds in conditions if not any(map(holds, runs))]
        options = excluding or [option for option, _ in conditions]
        hints = [hint for option in excluding if (hint := self._hint(option, runs))]
        return "; ".join([f"none of {pluralize(len(runs), 'run')} matches {' and '.join(options)}", *hints])

    def _conditions(self, now: float) -> list[tuple[str, Callable[[ListedRun], bool]]]:
        """Return the options that were given, each with its condition."""
        verdicts, projects, since, about = self.verdicts, self.projects, self.since, self.about
        conditions: list[tuple[str, Callable[[ListedRun], bool]]] = []
        if verdicts:
            conditions.append(("--verdict", lambda run: run.status.verdict in verdicts))
        if projects:
            conditions.append(("--project", lambda run: any(_is_in(run.state.project_dir, one) for one in projects)))
        if since is not None:
            conditions.append(("--since", lambda run: now - run.silent_s(now) >= since))
        if about is not None:
            conditions.append(("--grep", lambda run: about.search(run.state.about or describe_beginning(run.state))))
        if self.text:
            text = self.text.lower()
            conditions.append(("text", lambda run: any(text in words.lower() for words in _names(run))))
        return conditions

    def _hint(self, option: str, runs: Sequence[ListedRun]) -> str:
        if option == "--verdict":
            return f"there are {count_verdicts(runs)}" if runs else ""
        if option != "--project":
            return ""
        known = sorted({name for run in runs if (name := project_name(run.state.project_dir))})
        near = [match for one in sorted(self.projects) for match in get_close_matches(PurePath(one).name, known)]
        return f"similar: {', '.join(near[:_MAX_SIMILAR])}" if near else ""


def parse_verdicts(names: Iterable[str]) -> frozenset[Verdict]:
    """Return verdicts by name, with hyphens or spaces; `ended` stands for all final ones. Raises UsageError.

    >>> sorted(parse_verdicts(["in-tool", "crashed"]))
    [<Verdict.CRASHED: 'crashed'>, <Verdict.IN_TOOL: 'in tool'>]
    """
    known = verdicts_by_name()
    chosen: frozenset[Verdict] = frozenset()
    for name in names:
        verdicts = known.get(hyphenated(name.lower()))
        if verdicts is None:
            near = get_close_matches(hyphenated(name.lower()), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            raise UsageError(f'invalid value for --verdict: unknown verdict "{name}"; {hint}')
        chosen |= verdicts
    return chosen


def verdicts_by_name() -> dict[str, frozenset[Verdict]]:
    """Return what `--verdict` takes, and the verdicts for which it stands."""
    return {
        **{hyphenated(verdict): frozenset({verdict}) for verdict in Verdict},
        ENDED: frozenset(verdict for verdict in Verdict if verdict.final),
    }


def hyphenated(verdict: str) -> str:
    """Return the name of a verdict as an option takes it."""
    return verdict.replace(" ", "-")


def _names(run: ListedRun) -> tuple[str, ...]:
    """Return the texts by which a person knows a run."""
    state = run.state
    return run.title, state.about or describe_beginning(state), project_name(state.project_dir) or "", state.host or ""


def _is_in(project_dir: str | None, path: str) -> bool:
    """Return whether `path` is the path of a project directory, or the end of it."""
    parts, end = PurePath(project_dir or "").parts, PurePath(path).parts
    return bool(end) and parts[-len(end) :] == end
