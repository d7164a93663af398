"""Blocks of tool calls and their results: as text for a plain screen, as rows for any other."""

from collections.abc import Callable, Sequence

from observer.format.event import Event
from observer.terminal.row import Row
from observer.terminal.screen import Screen
from observer.terminal.speakers import Call
from observer.terminal.theme import RowStyle
from observer.terminal.tool_text import call_text, result_text

Block = Sequence[Row | str]


class ToolBlocks:
    """Draws calls and results for a screen; one whose match for `search` would be left out is shown in full."""

    def __init__(self, screen: Screen, style: RowStyle, search: Callable[[str], bool] | None) -> None:
        self._style, self._search = style, search
        self._is_plain = screen.is_plain and search is None
        self._colored = screen.draws_markdown

    def call(self, event: Event, main: str, remark: str) -> Block:
        """Return the block of a `tool_use` whose input reads as `main`, with a remark on it."""
        if self._is_plain:
            return call_text(event, main, remark, self._style).lines(self._style)
        from observer.terminal import tool_rows  # noqa: PLC0415 - not needed for a pipe

        return tool_rows.with_match(
            lambda style: tool_rows.tool_use(event, main, remark, style), event, self._style, self._search
        )

    def result(self, event: Event, call: Call | None) -> Block:
        """Return the block of a `tool_result`, which names the call unless that is None."""
        if self._is_plain:
            return result_text(event, call, self._style).lines(self._style)
        from observer.terminal import tool_rows  # noqa: PLC0415 - not needed for a pipe

        return tool_rows.with_match(
            lambda style: tool_rows.tool_result(event, call, style, colored=self._colored),
            event,
            self._style,
            self._search,
        )
