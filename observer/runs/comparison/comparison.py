"""Puts what two runs have in common, and what not, into one object, the output of `observe compare -o json`. Pure."""

from collections.abc import Iterable

from msgspec import Struct

from observer.format.timestamps import format_timestamp
from observer.runs.comparison.compared_fields import (
    ComparedFeature,
    ComparedFile,
    ComparedRun,
    ComparedTool,
    Comparison,
    PartingFields,
    PartingStep,
)
from observer.runs.comparison.differences import StepContent, describe_difference
from observer.runs.comparison.parting import Parting
from observer.runs.comparison.steps import normal_text
from observer.runs.state.state import RunState
from observer.runs.state.tokens import larger, token_counts
from observer.runs.summary.ending import Ending
from observer.runs.summary.summary import Summary
from observer.runs.summary.tool_totals import Tool


class SummedRun(Struct, frozen=True):
    """A run with what it came to: its ID, the name of its file, and for how many seconds it has lasted."""

    run: str
    file: str
    summary: Summary
    state: RunState
    ending: Ending
    elapsed_s: float | None

    @property
    def project(self) -> str:
        """The directory of its project, empty if it does not say."""
        return (self.state.project_dir or "").rstrip("/")


class FoundParting(Struct, frozen=True):
    """A point where two runs part, with the content of the step of each; None if there is none."""

    parting: Parting
    contents: tuple[StepContent | None, StepContent | None]


def compare_totals(
    runs: tuple[SummedRun, SummedRun], parting: FoundParting | None, call_parting: FoundParting | None,
    *, same: int, left_out: int, content: bool = True,
) -> Comparison:  # fmt: skip
    """Return the comparison of two runs, whose agents did `same` steps the same, and `left_out` were not compared.

    Without `content` it holds no text of the runs.
    """
    return Comparison(
        runs=(_run(runs[0]), _run(runs[1])),
        same_prompt=_same_prompt(runs) if content else None,
        same_steps=same if parting is None else parting.parting.same,
        parting=_parting(parting, runs, content=content),
        call_parting=_parting(call_parting, runs, content=content),
        uncompared_agents=left_out,
        tools=_tools(runs),
        features=_features(runs),
        files=_files(runs) if content else [],
    )


def _run(run: SummedRun) -> ComparedRun:
    summary, state, start = run.summary, run.state, run.summary.start
    tools = summary.tools.by_name.values()
    spent = state if state.cost_usd is not None else summary.state
    return ComparedRun(
        run=run.run,
        file=run.file,
        verdict=run.ending.verdict,
        status=run.ending.status,
        why=run.ending.why or None,
        about=state.about,
        model=(start.text("model") or None) if start is not None else None,
        project_dir=state.project_dir,
        started=format_timestamp(state.started),
        elapsed_s=None if run.elapsed_s is None else round(run.elapsed_s, 3),
        cost_usd=spent.cost_usd,
        cost_is_minimum=spent.cost_is_minimum,
        tokens=token_counts(larger(state.tokens, summary.tokens)),
        passing=state.passing,
        total=state.total,
        sessions=len(summary.sessions.all),
        subagents=len(summary.subagents.all),
        calls=sum(tool.calls for tool in tools),
        failed=sum(tool.errors for tool in tools),
        blocked=sum(tool.blocked for tool in tools),
        prompt=_first_prompt(run),
        events=summary.events,
    )


def _first_prompt(run: SummedRun) -> str | None:
    return next((item.prompt.text for item in run.summary.prompts if item.parent is None), None)


def _same_prompt(runs: tuple[SummedRun, SummedRun]) -> bool | None:
    first, second = (None if (text := _first_prompt(run)) is None else normal_text(text, run.project) for run in runs)
    return None if first is None or second is None else first == second


def _parting(parting: FoundParting | None, runs: tuple[SummedRun, SummedRun], *, content: bool) -> PartingFields | None:
    if parting is None:
        return None
    projects = runs[0].project, runs[1].project
    words = describe_difference(*parting.contents, projects) if content else ("", "")
    steps = [None if one is None else _step(one, text) for one, text in zip(parting.contents, words, strict=True)]
    first, second = steps
    present = first or second
    agents = runs[0 if first is not None else 1].ending.subagents
    parent = None if present is None else present.parent
    agent = None if parent is None else agents.get(parent, "a subagent") if content else "a subagent"
    return PartingFields(parting.parting.same, agent, (first, second))


def _step(content: StepContent, text: str) -> PartingStep:
    event = content.event
    return PartingStep(
        kind="call" if content.is_call else "text",
        tool=content.name if content.is_call else None,
        text=text,
        seq=event.seq,
        timestamp=event.timestamp,
        parent=event.parent,
        at=event.line.offset,
    )


def _tools(runs: tuple[SummedRun, SummedRun]) -> list[ComparedTool]:
    """Return the tools of both runs, those that were called most first."""
    first, second = runs[0].summary.tools.by_name, runs[1].summary.tools.by_name
    tools = []
    for name in _keys(first, second):
        left, right = first.get(name, Tool()), second.get(name, Tool())
        tools.append(
            ComparedTool(name, (left.calls, right.calls), (left.errors, right.errors), (left.blocked, right.blocked))
        )
    return sorted(tools, key=lambda tool: -max(tool.calls))


def _features(runs: tuple[SummedRun, SummedRun]) -> list[ComparedFeature]:
    first, second = runs[0].summary.features.passes, runs[1].summary.features.passes
    return [ComparedFeature(name, (first.get(name), second.get(name))) for name in _keys(first, second)]


def _files(runs: tuple[SummedRun, SummedRun]) -> list[ComparedFile]:
    first, second = ({path: file.writes for path, file in run.summary.written} for run in runs)
    return [ComparedFile(path, (first.get(path, 0), second.get(path, 0))) for path in _keys(first, second)]


def _keys(first: Iterable[str], second: Iterable[str]) -> list[str]:
    """Return the keys of both, in their order."""
    return list(dict.fromkeys([*first, *second]))
