"""Says how many records a dialect does not know: a format that changes becomes visible instead of silent. Pure."""

from collections import Counter
from collections.abc import Mapping

from observer.dialects import event_data
from observer.dialects.dialect import ForeignEvent
from observer.format.units import pluralize

UNKNOWN_RECORDS = "unknown_records"
"""The kind of the `info` event that says it."""
_MAX_TYPES = 10


class Drift:
    """The records of unknown types of one session, as far as they have been reported."""

    def __init__(self) -> None:
        self._reported: Counter[str] = Counter()

    def report(self, unknown: Counter[str], end: list[ForeignEvent]) -> list[ForeignEvent]:
        """Return the last events, `end`, with a report before `complete` if there is something new to report.

        While a session may go on, that is a new type; at its end any further record.
        """
        is_over = bool(end) and end[-1].type == "complete"
        if unknown == self._reported or (unknown.keys() == self._reported.keys() and not is_over):
            return end
        self._reported = unknown.copy()
        report = ForeignEvent("info", event_data.info(describe(unknown), UNKNOWN_RECORDS))
        return [*end[:-1], report, end[-1]] if is_over else [*end, report]


def describe(unknown: Mapping[str, int]) -> str:
    """Return in words how many records of which types there are, the most frequent first.

    >>> describe({"atis": 1, "fork": 12})
    '13 records of types that are not known: fork (12), atis (1)'
    """
    types = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    named = [f"{kind} ({count})" for kind, count in types[:_MAX_TYPES]]
    more = [f"{len(types) - _MAX_TYPES} more"] if len(types) > _MAX_TYPES else []
    total = pluralize(sum(unknown.values()), "record")
    return f"{total} of types that are not known: {', '.join([*named, *more])}"
