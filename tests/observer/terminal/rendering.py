"""Helpers of the tests of views: a sink that records, and a run rendered by the pretty view."""

from rich.color import ColorSystem

from observer.format.event import Record
from observer.format.lines import LineSplitter
from observer.format.zone import UTC, Zone
from observer.terminal.event_times import TimeFormat
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen


class RecordingSink:
    """A sink that keeps everything written to it."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def check(self) -> None:
        pass

    @property
    def text(self) -> str:
        return self.data.decode()


def records(*lines: str) -> list[Record]:
    """Return the lines of a run file as a view receives them."""
    return [Record(line) for line in LineSplitter().feed("".join(line + "\n" for line in lines).encode())]


def render(
    *lines: str,
    width: int | None = None,
    full: bool = False,
    context: tuple[str, ...] = (),
    times: TimeFormat = TimeFormat.NONE,
    zone: Zone = UTC,
    now: float | None = None,
    colors: ColorSystem | None = None,
) -> str:
    """Return what the pretty view prints for the lines of a run that follow those of `context`."""
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: width, colors=colors, zone=zone), full=full, times=times, now=now)
    if context:
        view.add_context(records(*context))
    view.show(records(*lines))
    view.close()
    return out.text
