"""The objects that `observe list`, `wait` and `check` print as JSON: names, types and meanings of their fields. Pure.

`observe schema OUTPUT` prints a JSON Schema that is generated from them; docs/json.md describes them in words. The
object of `observe show` has the fields of `ListedFields` and those of `observer.runs.detail_types.RunDetails`.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from observer.runs.state.tokens import TokenCounts
from observer.runs.state.verdict import Verdict


class ListedFields(Struct):
    """A run in `observe list -o json` and `/api/runs`; unknown is null, times are RFC 3339, durations in seconds."""

    run: Annotated[str, Meta(description="ID of the run")]
    name: Annotated[str, Meta(description="name of its file without the suffix")]
    file: Annotated[str, Meta(description="path of its file; in /api/runs only the name")]
    verdict: Annotated[Verdict, Meta(description="what the run is doing, or how it ended")]
    tool: Annotated[str | None, Meta(description="the tool that is running, or that waits for an answer")]
    seconds: Annotated[float | None, Meta(description="how long that has lasted; for stalled and unknown, the silence")]
    until: Annotated[str | None, Meta(description="when a rate limit or a pause ends")]
    missing: Annotated[str | None, Meta(description="what an unknown run lacks, in words")]
    waiting_for: Annotated[str | None, Meta(description="what a person is asked for, if the run says it in words")]
    live: Annotated[bool | None, Meta(description="whether the run goes on; null if unknown")]
    agent_type: Annotated[str | None, Meta(description="INITIALIZER, CODING, VERIFYING or SINGLE")]
    iteration: Annotated[int | None, Meta(description="number of the current session of a build")]
    passing: Annotated[int | None, Meta(description="features that pass")]
    total: Annotated[int | None, Meta(description="all features")]
    started: Annotated[str | None, Meta(description="when the run started")]
    elapsed_s: Annotated[float | None, Meta(description="how long it has lasted")]
    cost_usd: Annotated[float | None, Meta(description="what it has cost so far")]
    cost_is_minimum: Annotated[bool, Meta(description="whether it has cost at least that much")]
    tokens: Annotated[TokenCounts | None, Meta(description="tokens used so far")]
    last_event: Annotated[str | None, Meta(description="time of the last event")]
    silent_s: Annotated[float | None, Meta(description="how long ago something arrived last")]
    about: Annotated[str, Meta(description="what the run is about; empty if it does not say")]
    bytes: Annotated[int, Meta(description="size of its file")]
    known_from: Annotated[int | None, Meta(description="first seq of a file whose beginning is gone")]
    project: Annotated[str | None, Meta(description="name of the project directory")]
    project_dir: Annotated[str | None, Meta(description="path of the project directory, as the run file has it")]
    host: Annotated[str | None, Meta(description="machine of the writer")]


class WaitEnd(StrEnum):
    """What ended the waiting: a condition, the run (over, crashed or stalled), the end of its input, the timeout."""

    CONDITION = "condition"
    RUN = "run"
    INPUT = "input"
    TIMEOUT = "timeout"


class WaitOutcome(Struct):
    """What `observe wait -o json` prints when it ends."""

    met: Annotated[bool, Meta(description="whether a condition was met")]
    condition: Annotated[str | None, Meta(description="the one that was met, as for --until; null if none was")]
    conditions: Annotated[list[str], Meta(description="all that were waited for")]
    ended_by: Annotated[WaitEnd, Meta(description="what ended the waiting")]
    exit_code: Annotated[int, Meta(description="exit code of the command")]
    message: Annotated[str, Meta(description="what happened, in words; the line printed without -o json")]
    event: Annotated[str | None, Meta(description="type of the event that met the condition")]
    seq: Annotated[int | None, Meta(description="seq of that event")]
    waited_s: Annotated[float, Meta(description="how long the command waited")]
    at: Annotated[str, Meta(description="when it ended")]
    run: Annotated[str | None, Meta(description="ID of the run")]
    file: Annotated[str, Meta(description="the file that was waited for")]
    verdict: Annotated[Verdict, Meta(description="what the run was doing then, or how it ended")]
    tool: Annotated[str | None, Meta(description="the tool that was running, or that waited for an answer")]
    seconds: Annotated[float | None, Meta(description="how long that had lasted; for stalled and unknown, the silence")]
    missing: Annotated[str | None, Meta(description="what an unknown run lacked, in words")]
    passing: Annotated[int | None, Meta(description="features that passed")]
    total: Annotated[int | None, Meta(description="all features")]
    started: Annotated[str | None, Meta(description="when the run started")]
    elapsed_s: Annotated[float | None, Meta(description="how long it had lasted")]
    cost_usd: Annotated[float | None, Meta(description="what it had cost")]
    cost_is_minimum: Annotated[bool, Meta(description="whether it had cost at least that much")]
    tokens: Annotated[TokenCounts | None, Meta(description="tokens used")]
    last_event: Annotated[str | None, Meta(description="time of the last event")]


class FindingFields(Struct):
    """A finding of `observe check -o json`."""

    file: Annotated[str, Meta(description="path of the run file")]
    line: Annotated[int | None, Meta(description="number of the line, from 1, unless it is on none")]
    rule: Annotated[str, Meta(description="name of the rule that it violates")]
    message: Annotated[str, Meta(description="what is wrong, in words")]
