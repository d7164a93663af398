"""Any view, given no text of the run: see `observer.format.strip_content`."""

from observer.format.event import Record
from observer.format.strip_content import without_content
from observer.source.items import Notice, PartialLine
from observer.terminal.view import View


class BareView:
    """Shows in `view` what is left of the events when their texts are taken out."""

    def __init__(self, view: View) -> None:
        self._view = view

    def show(self, records: list[Record]) -> None:
        """Show complete lines."""
        self._view.show([without_content(record) for record in records])

    def context(self, records: list[Record]) -> None:
        """Take note of lines from before those that are shown."""
        self._view.context([without_content(record) for record in records])

    def rest(self, rest: PartialLine) -> None:
        """Show bytes that will never get their newline."""
        self.show([Record(rest.line)])

    def notice(self, notice: Notice) -> None:
        """Show something about the source."""
        self._view.notice(notice)

    def caught_up(self) -> None:
        """Nothing more is there just now."""
        self._view.caught_up()

    def close(self) -> None:
        """End what is still open."""
        self._view.close()
