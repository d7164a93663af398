"""Names the fields of the output of `observe compare -o json` and their types: the source of its schema. Pure."""

from typing import Annotated

from msgspec import Meta, Struct

from observer.runs.state.tokens import TokenCounts
from observer.runs.state.verdict import Verdict


class ComparedRun(Struct):
    """One of the two runs; unknown is null, times are RFC 3339, durations in seconds."""

    run: Annotated[str, Meta(description="ID of the run")]
    file: Annotated[str, Meta(description="path of its file")]
    verdict: Annotated[Verdict, Meta(description="what the run is doing, or how it ended")]
    status: Annotated[str, Meta(description="the same in words, with its details")]
    why: Annotated[str | None, Meta(description="why it ended so, in words")]
    about: Annotated[str, Meta(description="what the run is about; empty if it does not say")]
    model: Annotated[str | None, Meta(description="the model that it was started with")]
    project_dir: Annotated[str | None, Meta(description="path of the project directory")]
    started: Annotated[str | None, Meta(description="when the run started")]
    elapsed_s: Annotated[float | None, Meta(description="how long it has lasted")]
    cost_usd: Annotated[float | None, Meta(description="what it has cost so far")]
    cost_is_minimum: Annotated[bool, Meta(description="whether it has cost at least that much")]
    tokens: Annotated[TokenCounts | None, Meta(description="tokens used so far")]
    passing: Annotated[int | None, Meta(description="features that pass")]
    total: Annotated[int | None, Meta(description="all features")]
    sessions: Annotated[int, Meta(description="number of sessions")]
    subagents: Annotated[int, Meta(description="number of subagents")]
    calls: Annotated[int, Meta(description="number of tool calls")]
    failed: Annotated[int, Meta(description="calls that failed")]
    blocked: Annotated[int, Meta(description="calls that were blocked")]
    prompt: Annotated[str | None, Meta(description="the first prompt")]
    events: Annotated[int, Meta(description="number of lines with an event")]


class ComparedTool(Struct):
    """A tool that one of the runs has used: the numbers of its calls in each."""

    name: str
    calls: tuple[int, int]
    failed: tuple[int, int]
    blocked: tuple[int, int]


class ComparedFeature(Struct):
    """A feature that one of the files names, and whether it passes in each run; null if that file does not name it."""

    name: str
    passes: tuple[bool | None, bool | None]


class ComparedFile(Struct):
    """A file that one of the runs has written, relative to its project, and how often each has."""

    path: str
    writes: tuple[int, int]


class PartingStep(Struct):
    """What one run does where they part; `at` is the byte where its first event begins, `text` what it says there."""

    kind: Annotated[str, Meta(description="call or text")]
    tool: Annotated[str | None, Meta(description="name of the tool of a call")]
    text: Annotated[str, Meta(description="what it says, from where it differs from the other run")]
    seq: Annotated[int | None, Meta(description="seq of its event, of a text its first one")]
    timestamp: Annotated[str | None, Meta(description="time of that event")]
    parent: Annotated[str | None, Meta(description="the call that spawned the subagent that does it")]
    at: Annotated[int, Meta(description="offset of that event in the file, in bytes")]


class PartingFields(Struct):
    """A point where two runs part. A run that does nothing more there has null in `steps`."""

    same: Annotated[int, Meta(description="what that agent does the same before, in both runs")]
    agent: Annotated[str | None, Meta(description="the subagent in which it is, in words; null for the main agent")]
    steps: tuple[PartingStep | None, PartingStep | None]


class Comparison(Struct):
    """Two runs in `observe compare -o json`. What is a pair has the first run's value first."""

    runs: tuple[ComparedRun, ComparedRun]
    same_prompt: Annotated[bool | None, Meta(description="whether the first prompts are the same; null if unknown")]
    same_steps: Annotated[int, Meta(description="calls and texts that are the same in both, before they part")]
    parting: Annotated[PartingFields | None, Meta(description="the first call or text that differs")]
    call_parting: Annotated[PartingFields | None, Meta(description="the first call that differs, whatever the texts")]
    uncompared_agents: Annotated[int, Meta(description="subagents that ran at too different times to be compared")]
    tools: list[ComparedTool]
    features: list[ComparedFeature]
    files: list[ComparedFile]
