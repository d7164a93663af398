"""One run that a viewer follows: its monitor, its filter, the view that shows it, and what is known of its end."""

from observer.format.event import Record
from observer.runs.matcher import EventMatcher
from observer.runs.monitor import RunMonitor
from observer.runs.neighbours import Neighbours
from observer.runs.open_calls import OpenCalls
from observer.runs.trouble import TroubleFinder
from observer.runs.verdict import Verdict
from observer.terminal.view import View


class ViewedRun:
    """One run that is followed: its monitor, its filter, and the view that shows it."""

    def __init__(
        self,
        view: View,
        matcher: EventMatcher,
        monitor: RunMonitor,
        neighbours: Neighbours | None,
        stalls: TroubleFinder | None,
        *,
        shows_stalls: bool,
    ) -> None:
        self.view = view
        self._stalls = stalls
        self.matcher = matcher
        self.neighbours = neighbours
        self.open_calls = OpenCalls()
        self.monitor = monitor
        self.status = monitor.status()
        """The status when everything available had last been read."""
        self.known_from: int | None = None
        """The `seq` of the first event, if it was said that the beginning of the file is gone."""
        self.exhausted = False
        """Whether no later event can match the filter."""
        self.shows_stalls = shows_stalls
        """Whether it is said that the run stalls, once it does."""
        self.begun = False
        """Whether the view knows the first line of the run, by whose time it counts."""

    def mark_stalls(self, records: list[Record]) -> None:
        """Note which of the next records end a stall, if the view shows all of them in words."""
        if self._stalls is not None:
            for record in records:
                if (event := record.event) is not None:
                    record.stalled_s = self._stalls.take(event)[1]

    def observe(self, records: list[Record]) -> None:
        """Take records that precede the first one that may be shown."""
        self.matcher.observe(records)
        if self._stalls is not None:
            for event in (record.event for record in records):
                if event is not None:
                    self._stalls.observe(event)

    @property
    def has_ended(self) -> bool:
        """Whether the run is over and was shown to its end."""
        return self.monitor.caught_up and self.status.verdict.final

    @property
    def is_unknown(self) -> bool:
        """Whether nothing shows that the run is active, and everything there is was shown."""
        return self.monitor.caught_up and self.status.verdict is Verdict.UNKNOWN
