"""The sessions of a run and their subagents as a tree beside the log."""

import asyncio
from collections.abc import Sequence
from typing import Any

from textual.message import Message
from textual.strip import Strip

from observer.errors import UnreadableError
from observer.format.units import format_cost, format_duration
from observer.terminal.row import Row
from observer.terminal.status_line import Piece
from observer.terminal.theme import OUTCOME_ROLES, Role, RowStyle
from observer.terminal.ui.agent_tree import Agent, AgentTree
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.log_items import LogLook
from observer.terminal.ui.run_file import RunFile

_GOOD = frozenset({"success", "completed"})
_INDENT = 2
_MAX_SHARE = 3
"""The indentation takes at most one in so many cells."""


class AgentItem:
    """A session or a subagent as an item of a view; after the end of a run none is at work."""

    def __init__(self, agent: Agent, look: LogLook, *, is_over: bool, cost_cells: int) -> None:
        """Show an agent; `cost_cells` is the width of the column of costs."""
        self.agent, self._look, self._is_over, self._cost_cells = agent, look, is_over, cost_cells

    @property
    def key(self) -> object:
        """The place of its start."""
        return self.agent.offset

    @property
    def place(self) -> int:
        """The offset of its start."""
        return self.agent.offset

    @property
    def took(self) -> str:
        """How long it took; empty as long as it is at work."""
        began, ended = self.agent.began, self.agent.ended
        return "" if ended is None or began is None else format_duration(ended - began)

    @property
    def cost(self) -> str:
        """What it cost; empty if that is not known."""
        return format_cost(self.agent.cost_usd)

    def strips(self, width: int) -> Sequence[Strip]:
        """Return its line."""
        agent, style = self.agent, self._look.screen.glyphs
        sign, role = _sign(agent, style, is_over=self._is_over)
        indent = " " * min(_INDENT * agent.depth, width // _MAX_SHARE)
        row = Row(((Role.PLAIN, indent), (role, f"{sign} "), (Role.PLAIN, agent.name)), truncate=True)
        cost = f" {self.cost:>{self._cost_cells}}" if self._cost_cells else ""
        return self._look.painter.strips([row], width, time=f"{self.took}{cost}" if self.took or self.cost else "")


class TreeView(ItemView):
    """Shows the agents of a run as far as they have been read."""

    class Named(Message):
        """The names of subagents are known, by what their events are selected by."""

        def __init__(self, names: dict[str, str]) -> None:
            super().__init__()
            self.names = names

    def __init__(self, look: LogLook, *, content: bool, **settings: Any) -> None:
        super().__init__(look.screen, has_bar=False, **settings)
        self._look, self._content = look, content
        self._tree: AgentTree | None = None
        self._is_reading = False
        self._is_over = False

    @property
    def agent(self) -> AgentItem | None:
        """The selected agent."""
        item = self.selected_item
        return item if isinstance(item, AgentItem) else None

    def open(self, file: RunFile) -> None:
        """Show the agents of a run."""
        self._tree = AgentTree(file, content=self._content)
        self.read_on()

    def read_on(self) -> None:
        """Read what was appended to the run."""
        if not self._is_reading and self._tree is not None:
            self._is_reading = True
            self.run_worker(self._read(), exit_on_error=True)

    def set_over(self, *, is_over: bool) -> None:
        """Take note whether the run is over."""
        if is_over != self._is_over:
            self._is_over = is_over
            if not self._is_reading:  # which shows it, too
                self._show()

    async def _read(self) -> None:
        try:
            while (tree := self._tree) is not None:
                has_more = await asyncio.to_thread(tree.read_on)
                if tree is not self._tree:
                    continue
                self._show()
                if not has_more:
                    return
        except UnreadableError:  # the file is gone: a notice says so
            return
        finally:
            self._is_reading = False

    def _show(self) -> None:
        agents = self._tree.agents() if self._tree is not None else []
        cells = max([len(format_cost(agent.cost_usd)) for agent in agents], default=0)
        items = [AgentItem(agent, self._look, is_over=self._is_over, cost_cells=cells) for agent in agents]
        self.set_items(items)
        self.post_message(self.Named({agent.selector: agent.name for agent in agents if agent.depth}))


def _sign(agent: Agent, style: RowStyle, *, is_over: bool) -> tuple[str, Role]:
    if not agent.is_over and not is_over:
        return style.tool, Role.TOOL
    if agent.status in _GOOD:
        return style.good, Role.GOOD
    return style.bad, Role.WARNING if agent.status is None else OUTCOME_ROLES.get(agent.status, Role.BAD)


def agent_pieces(item: AgentItem | None) -> list[Piece]:
    """Return the selected agent in a line of its own: the tree may have no room for its name."""
    if item is None:
        return [(Role.DIM, "no sessions yet")]
    return [(Role.STRONG, item.agent.name), *((Role.DIM, fact) for fact in (item.took, item.cost) if fact)]
