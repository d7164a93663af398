"""How full the context of the main agent's model is, as far as the events tell. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.units import format_count
from observer.runs.state.tokens import context_windows, tokens_of


class ContextFill(Struct):
    """What the model read for the main agent's last message, in tokens, and where that message is in the file.

    `read` is None before the first message that states it, `windows` how many tokens each model can read.

    >>> fill = ContextFill(143_000, "claude-x", windows={"claude-x": 200_000})
    >>> fill.words(), fill.brief(), ContextFill(143_000).brief()
    ('143.0k tokens, 72% of 200.0k', '72%', '143.0k')
    """

    read: int | None = None
    model: str = ""
    offset: int = 0
    windows: dict[str, int] = {}

    def message(self, event: Event) -> None:
        """Take a complete message."""
        if event.parent is None and (tokens := tokens_of(event)) is not None:
            self.read, self.model, self.offset = tokens.read, event.text("model"), event.line.offset

    def end_session(self, event: Event) -> None:
        """Take the end of a session, which may state how much its models can read."""
        if windows := context_windows(event):
            self.windows = self.windows | windows

    @property
    def window(self) -> int | None:
        """How many tokens the model can read; None if the file does not tell."""
        return self.windows.get(self.model)

    def words(self, unit: str = " tokens") -> str:
        """Return how full the context is, such as `143.0k tokens, 72% of 200.0k`; empty if it is not known."""
        if self.read is None:
            return ""
        read = format_count(self.read) + unit
        return read if self.window is None else f"{read}, {self.read / self.window:.0%} of {format_count(self.window)}"

    def brief(self) -> str:
        """Return the share of the context that is full, or the tokens in it if its size is not known."""
        if self.read is None or self.window is None:
            return self.words("")
        return f"{self.read / self.window:.0%}"
