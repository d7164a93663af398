"""`observe tail` as a function: lines from a source into a view, until the run has ended."""

import socket
from contextlib import aclosing

from observer.event import Event, decode, type_of
from observer.framing import Line, Oversize
from observer.render.base import Closing, View
from observer.source.base import Batch, CaughtUp, Notice, Rest, Source
from observer.state import TELLING_TYPES, State, Verdict, fold, verdict


async def tail(source: Source, view: View, *, endless: bool = False) -> Verdict:
    """Show what `source` yields in `view` and return the verdict on the run.

    It ends when the run has ended and everything was shown, or when the source ends. With `endless` a run's end is
    shown, but only the source's end is the end. Raises `UnreadableError` and BrokenPipeError.
    """
    state = State()
    known = False
    found = Verdict.WORKING
    async with aclosing(source.items()) as items:
        async for item in items:
            match item:
                case Batch(lines):
                    state = _fold_lines(state, lines)
                    view.lines(lines)
                case Rest(line):
                    state = _fold_lines(state, [line])
                    view.rest(item)
                case Notice():
                    view.notice(item)
                case CaughtUp(locked):
                    if not known and (first := await source.first_line()):
                        known = True
                        state = _with_start(state, first)
                    view.caught_up()
                    found = verdict(state, hostname=socket.gethostname(), locked=locked)
                    if found is not Verdict.WORKING and not endless:
                        break
        if found is Verdict.CRASHED and (rest := source.rest()):
            view.rest(rest)
    view.close(_closing(found))
    return found


def _fold_lines(state: State, lines: list[Line | Oversize]) -> State:
    """Fold lines into the state; only those that can change it are decoded whole."""
    for line in lines:
        if isinstance(line, Line):
            kind = type_of(line)
            if kind in TELLING_TYPES or (kind and state.outcome is not None):
                event = decode(line)
                state = fold(state, event) if isinstance(event, Event) else state
    return state


def _with_start(state: State, first: Line) -> State:
    """Learn who writes the file from its first line, when reading began further on."""
    event = decode(first)
    if state.host is not None or not isinstance(event, Event) or event.type != "run_start":
        return state
    return State(run=event.run, host=fold(State(), event).host, outcome=state.outcome)


def _closing(found: Verdict) -> Closing:
    if found is Verdict.CRASHED:
        return Closing.CRASHED
    return Closing.ENDED if found is Verdict.WORKING else Closing.COMPLETE
