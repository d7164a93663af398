"""What the page says of a run in its list, its header and its title: the words are made here, once. Pure."""

from msgspec import Struct

from observer.format.units import format_cost
from observer.runs.listing.listed_run import ListedRun
from observer.runs.listing.run_names import project_name
from observer.runs.state.tokens import describe_total
from observer.runs.state.verdict import Verdict
from observer.runs.summary.panel import VERDICT_LOOKS, Look
from observer.runs.words.describe_status import (
    StatusParts,
    agent_title,
    describe_beginning,
    describe_progress,
    status_parts,
)
from observer.runs.words.words import join_facts
from observer.source.locate import run_id

_SIGNS = {
    Verdict.COMPLETE: "good", Verdict.WAITING_ON_HUMAN: "blocked", Verdict.UNKNOWN: "lost",
    Verdict.FAILED: "bad", Verdict.CRASHED: "bad", Verdict.STALLED: "bad", Verdict.INTERRUPTED: "bad",
    Verdict.ENDED: "bad",
}  # fmt: skip
_TOOL = "tool"
"""The tone of a run that is in a tool."""


class RunWords(Struct, frozen=True):
    """A run in words.

    `tone` is that of its verdict, `sign` what the icon of a tab shows: good, bad, blocked, lost or going. `status` is
    the verdict with its details, whose duration goes on unless the run `is_over`; `listed_status` and `listed_about`
    are for a list, where what an unknown run lacks stands beside what it is about. `asking` says how a call stands
    that waits for a person's answer, None if none does. `share` is that of the features that pass, between 0 and 1.
    """

    tone: str
    sign: str
    is_over: bool
    needs_person: bool
    asking: str | None
    status: StatusParts
    listed_status: StatusParts
    about: str
    listed_about: str
    agent: str
    cost: str
    tokens: str
    progress: str
    passing: str
    share: float
    place: str
    listed_facts: str


def run_words(listed: ListedRun) -> RunWords:
    """Return the words about a run."""
    state, status = listed.state, listed.status
    verdict, name = status.verdict, run_id(listed.path)
    parts = status_parts(status)
    agent = agent_title(state.agent_type, state.iteration) if state.agent_type else ""
    cost, tokens = format_cost(state.cost_usd, is_minimum=state.cost_is_minimum), describe_total(state.tokens)
    beginning, needs_person = describe_beginning(state), verdict is Verdict.WAITING_ON_HUMAN
    progress = describe_progress(state)
    share = state.passing / state.total if progress and state.passing and state.total else 0.0
    return RunWords(
        tone=_TOOL if verdict is Verdict.IN_TOOL else VERDICT_LOOKS.get(verdict, Look.PLAIN),
        sign=_SIGNS.get(verdict, "going"),
        is_over=verdict.final,
        needs_person=needs_person,
        asking=f"? {verdict}" if needs_person and status.tool else None,
        status=parts,
        listed_status=parts if status.missing is None else StatusParts(verdict),
        about=join_facts([state.about, beginning]) or name,
        listed_about=join_facts([state.about, beginning, status.missing or ""]) or name,
        agent=agent,
        cost=cost,
        tokens=tokens,
        progress=progress,
        passing=progress and f"{progress} passing",
        share=min(1.0, max(0.0, share)),
        place=join_facts([project_name(state.project_dir) or "", state.host or ""]),
        listed_facts=join_facts([agent.replace(" Agent", "").removeprefix("Agent"), cost or tokens]),
    )
