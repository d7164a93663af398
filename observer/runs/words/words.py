"""The parts of a description in words, and how they become one line. Pure."""

from msgspec import Struct

from observer.format.event import Event
from observer.format.glyphs import UNICODE, Glyphs
from observer.format.units import format_cost, format_duration, pluralize


class Words(Struct, frozen=True, gc=False):
    """An event in words.

    `title` says what happened, in words of our own; `text` is quoted from the run itself; `facts` are figures
    and names, each a few characters; `details` are lines that only a long description shows.
    """

    title: str = ""
    text: str = ""
    facts: tuple[str, ...] = ()
    details: tuple[str, ...] = ()

    def line(self, glyphs: Glyphs = UNICODE) -> str:
        """Return the event on one line: the title, the first line of the text, and the facts.

        >>> Words("retry 1/10 in 0.6s", "529 overloaded").line()
        'retry 1/10 in 0.6s: 529 overloaded'
        """
        head = ": ".join(part for part in (self.title, self.text.strip().partition("\n")[0]) if part)
        return join_facts((head, *self.facts), glyphs)


def join_facts(facts: tuple[str, ...] | list[str], glyphs: Glyphs = UNICODE) -> str:
    """Return the facts that are not empty on one line, separated by dots."""
    return f" {glyphs.dot} ".join([fact for fact in facts if fact])


def present(*facts: str) -> tuple[str, ...]:
    """Return the facts that are not empty."""
    return tuple([fact for fact in facts if fact])


def amount_of(event: Event, key: str, noun: str) -> str:
    """Return a number that an event states, with its noun; empty if it does not."""
    count = event.number(key)
    return "" if count is None else pluralize(round(count), noun)


def duration_of(event: Event) -> str:
    """Return the duration of the call, session or run that an event ends; empty if the event states none."""
    duration_ms = event.number("duration_ms")
    return "" if duration_ms is None else format_duration(duration_ms / 1000)


def cost_of(event: Event) -> str:
    """Return the cost that an event states; empty if it does not."""
    return format_cost(event.number("cost_usd"), is_minimum=event.flag("cost_is_minimum"))
