"""`observe tail` as a function: lines from a source into a view, until the run has ended."""

import asyncio
import socket
from contextlib import aclosing

from observer.event import Event, decode, type_of
from observer.framing import Line, Oversize
from observer.render.base import View
from observer.source.base import ANEW, Batch, CaughtUp, Context, Item, Notice, NoticeKind, Rest, Source
from observer.state import TELLING_TYPES, State, Verdict, fold, verdict

CRASHED = "the run crashed: its writer is gone and there is no complete event"


async def tail(source: Source, view: View, *, endless: bool = False) -> Verdict:
    """Show what `source` yields in `view` and return the verdict on the run.

    It ends when the run has ended and everything was shown, or when the source ends. With `endless` a run's end is
    shown, but only the source's end is the end. Raises `UnreadableError` and BrokenPipeError.
    """
    state = State()
    found = Verdict.WORKING
    hostname = socket.gethostname()
    try:
        async with aclosing(source.items()) as items:
            async for item in items:
                _show(item, view)
                state = _learn(state, item)
                if not isinstance(item, CaughtUp):
                    continue
                before, found = found, verdict(state, hostname=hostname, locked=item.locked)
                if found is Verdict.CRASHED and before is not found:
                    _say_crashed(source, view)
                if found is not Verdict.WORKING and not endless:
                    break
    except (asyncio.CancelledError, SystemExit):  # Ctrl-C: the prompt belongs on a line of its own
        view.close()
        raise
    view.close()
    return found


def _show(item: Item, view: View) -> None:
    match item:
        case Batch(lines):
            view.lines(lines)
        case Rest():
            view.rest(item)
        case Notice():
            view.notice(item)
        case CaughtUp():
            view.caught_up()
        case Context():
            pass


def _learn(state: State, item: Item) -> State:
    match item:
        case Batch(lines):
            return _fold_lines(state, lines)
        case Context(before):
            return _fold_lines(state, list(before))
        case Rest(line):
            return _fold_lines(state, [line])
        case Notice(kind) if kind in ANEW:
            return State()
    return state


def _fold_lines(state: State, lines: list[Line | Oversize]) -> State:
    """Fold lines into the state; only those that can change it are decoded whole."""
    for line in lines:
        if isinstance(line, Line):
            kind = type_of(line)
            if kind in TELLING_TYPES or (kind and state.outcome is not None):
                event = decode(line)
                state = fold(state, event) if isinstance(event, Event) else state
    return state


def _say_crashed(source: Source, view: View) -> None:
    if rest := source.rest():
        view.rest(rest)
    view.notice(Notice(NoticeKind.CRASHED, CRASHED))
