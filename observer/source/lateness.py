"""Decides whether a viewer waits for change events or looks on a timer, by how late its looks come. Pure.

The kernel tells every viewer of a write within the write itself, and wakes it. Where there are more of them than the
processors can serve at once, they come late, and so does the writer. A viewer cannot know how many others there are,
and need not: whatever makes it late, it had better look less often.
"""

from msgspec import Struct

LATE_S = 0.0003
"""Seconds by which a look comes late only where others wait for the processor too: alone, nine of ten take 0.06 ms."""
LATE_LOOKS = 5
"""After this many late looks in a row a viewer does not wait for change events for a while."""
ON_TIME_LOOKS = 8
"""After this many looks on the timer in a row that came on time, a viewer waits for change events again."""
TRUSTED_LOOKS = 100
"""After this many looks in a row that came on time after change events, earlier ones that came late are forgotten."""
MIN_PAUSE_S = 0.125
"""Seconds between looks on the timer, the first time."""
MAX_PAUSE_S = 1.0
"""Seconds between looks on the timer, at most; they double until then with each late look, and each time anew."""


class Lateness(Struct, frozen=True):
    """What a viewer knows of its own looks: how many in a row came on time or late, and what it does about it."""

    waits_for_events: bool = True
    pause_s: float = 0.0
    """Seconds between looks on the timer, or between the last ones."""
    is_late: bool = False
    in_a_row: int = 0

    def after(self, late_s: float) -> "Lateness":
        """Return what is known after the next look, for which the viewer was `late_s` seconds late.

        >>> lateness = Lateness()
        >>> for _ in range(LATE_LOOKS):
        ...     lateness = lateness.after(0.01)
        >>> lateness.waits_for_events, lateness.pause_s
        (False, 0.125)
        """
        is_late = late_s > LATE_S
        in_a_row = self.in_a_row + 1 if is_late == self.is_late else 1
        if is_late and (in_a_row >= LATE_LOOKS or not self.waits_for_events):
            pause_s = min(MAX_PAUSE_S, max(MIN_PAUSE_S, 2 * self.pause_s))
            return Lateness(waits_for_events=False, pause_s=pause_s, is_late=True)
        if not is_late and not self.waits_for_events and in_a_row >= ON_TIME_LOOKS:
            return Lateness(pause_s=self.pause_s)
        forgets = not is_late and self.waits_for_events and in_a_row >= TRUSTED_LOOKS
        return Lateness(self.waits_for_events, 0.0 if forgets else self.pause_s, is_late, in_a_row)
