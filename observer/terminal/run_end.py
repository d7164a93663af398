"""The end of a run, so that its success is said once: not by its session, a rule, its message and its totals. Pure."""

from observer.format.event import Event
from observer.format.units import pluralize
from observer.runs.state.tokens import describe_total, tokens_of
from observer.runs.words.words import cost_of, duration_of, join_facts, present
from observer.terminal import event_rows
from observer.terminal.row import Row, make_row, shorten
from observer.terminal.theme import Role, RowStyle

_AT_END = frozenset({"complete", "heartbeat", "message"})
"""Events between the end of the only session and that of its run."""
SAYS_NOTHING = frozenset({"", "done", "success", "complete"})
"""Messages of runs that succeeded, of whose outcome they say no more."""


class RunEnd:
    """Counts the turns of sessions, and keeps the end of one that is all of its run until the run itself ends."""

    def __init__(self) -> None:
        self._is_single = False
        self._turns: int | None = None
        self.kept: Event | None = None
        """The end of a session that is kept."""

    def begin_session(self, event: Event) -> None:
        """Note whether a session is all of its run."""
        self._is_single = event.text("agent_type") == "SINGLE"

    def end_session(self, event: Event) -> bool:
        """Count the turns of a session that ends. Return whether its end is kept, for the run succeeds with it."""
        if (turns := event.count("turns")) is not None:
            self._turns = turns + (self._turns or 0)
        is_single = self._is_single or event.phase == "single"  # of a view that begins later, only the phase tells
        is_kept = is_single and event.text("outcome") == "success" and not event.items("errors")
        self.kept = event if is_kept else None
        return is_kept

    def take_before(self, event_type: str | None) -> Event | None:
        """Return the end that was kept, if an event of this type does not belong to the end of the run; once."""
        if event_type in _AT_END:
            return None
        event, self.kept = self.kept, None
        return event

    def rows(self, event: Event, project: str, style: RowStyle) -> list[Row]:
        """Return the line that says that a run succeeded, with its totals, and the calls that were blocked.

        Its message is left out if it says no more than that, and its directory if it is that of the `project`.
        """
        self.kept = None
        message, directory = event.words("message").strip(), event.text("project_dir")
        facts = present(
            duration_of(event),
            cost_of(event),
            "" if self._turns is None else pluralize(self._turns, "turn"),
            describe_total(tokens_of(event)),
            "" if directory == project else directory,
        )
        said = "" if message in SAYS_NOTHING else f"  {shorten(message, style)}"
        first, *others = said.split("\n")
        totals = join_facts(facts, style)
        head = make_row(
            (Role.GOOD, f"{style.good} complete"), (Role.PLAIN, first), (Role.DIM, f"  {totals}" if totals else "")
        )
        return [head, *(make_row((Role.PLAIN, f"  {line}")) for line in others), *event_rows.blocked(event, style)]
