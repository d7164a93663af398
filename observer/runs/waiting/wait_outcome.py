"""What `observe wait -o json` prints: how waiting ended, and the state of the run then. Pure."""

from collections.abc import Sequence

from observer.format.event import Event
from observer.format.timestamps import format_timestamp
from observer.runs.outputs import WaitEnd, WaitOutcome
from observer.runs.state.state import RunState
from observer.runs.state.tokens import token_counts
from observer.runs.state.verdict import Status
from observer.runs.waiting.conditions import parse_conditions


def wait_outcome(
    end: WaitEnd, message: str, exit_code: int, conditions: Sequence[str], state: RunState, status: Status, *,
    event: Event | None, file: str, silent_s: float, waited_s: float, now: float,
) -> WaitOutcome:  # fmt: skip
    """Return the outcome of waiting for one of `conditions`, which `event` has met, or else `status` may have.

    `now` is in seconds since 1970, `silent_s` the time since the last event arrived.
    """
    elapsed_s = state.elapsed(state.now_after(silent_s), status)
    met = end is WaitEnd.CONDITION
    return WaitOutcome(
        met=met,
        condition=_condition_met(conditions, state, status, event) if met else None,
        conditions=list(conditions),
        ended_by=end,
        exit_code=exit_code,
        message=message,
        event=event.type if event else None,
        seq=event.seq if event else None,
        waited_s=round(waited_s, 3),
        at=format_timestamp(now) or "",
        run=state.run,
        file=file,
        verdict=status.verdict,
        tool=status.tool,
        seconds=None if status.seconds is None else round(status.seconds, 3),
        missing=status.missing,
        passing=state.passing,
        total=state.total,
        started=format_timestamp(state.started),
        elapsed_s=None if elapsed_s is None else round(elapsed_s, 3),
        cost_usd=state.cost_usd,
        cost_is_minimum=state.cost_is_minimum,
        tokens=token_counts(state.tokens),
        last_event=state.stamp,
    )


def _condition_met(conditions: Sequence[str], state: RunState, status: Status, event: Event | None) -> str | None:
    """Return the first condition that is met by an event, or by the status if there is none."""
    for condition in conditions:
        parsed = parse_conditions([condition])
        if parsed.match_event(event, state) if event else parsed.match_status(status):
            return condition
    return None
