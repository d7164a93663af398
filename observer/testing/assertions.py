"""Assertions on a run in a test, one line each: what fails says so with the lines of the file that show it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from observer.format.event import Event
from observer.format.sanitize import clean_line
from observer.format.units import format_duration, format_money, pluralize
from observer.runs.run import Run, ToolCall, load_run

_QUOTED = 5
"""So many lines are quoted, the first ones."""
_LONGEST = 240
"""Characters of a quoted line."""


def assert_run(run: str | Path | Run) -> "RunAssertion":
    """Return assertions on a run: a file, or what `load_run` gave. They chain, each returning them all again.

    Raises `UnreadableError` when there is no such file.

    >>> _ = assert_run("docs/example.ndjson").completed().used("Write", "Bash").never_blocked().within(minutes=5)
    """
    return RunAssertion(run if isinstance(run, Run) else load_run(run))


class RunAssertion:
    """What can be asserted of `run`. Every method raises AssertionError, or returns the object itself."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def ended(self, outcome: str) -> Self:
        """The run has ended, with this outcome: `success`, `failed`, `interrupted` or `budget`."""
        __tracebackhide__ = True
        if self.run.outcome != outcome:
            is_ = f"the outcome is {self.run.outcome}" if self.run.outcome else f"it has not ended ({self.run.verdict})"
            ending = self.run.of_type("complete") or self.run.events[-1:]
            self._fail(f"expected outcome {outcome}, but {is_}", [*self.run.of_type("error")[-2:], *ending])
        return self

    def completed(self) -> Self:
        """The run has ended with success."""
        __tracebackhide__ = True
        return self.ended("success")

    def failed(self) -> Self:
        """The run has ended, without success and by itself."""
        __tracebackhide__ = True
        return self.ended("failed")

    def used(self, tool: str, *more: str, times: int | None = None) -> Self:
        """Each of these tools was called and ran: at least once, or so many times. A blocked call never ran."""
        __tracebackhide__ = True
        for name in (tool, *more):
            calls = self.run.tools(name)
            ran = [call for call in calls if call.status != "blocked"]
            if not ran if times is None else len(ran) != times:
                wanted = "at least one call" if times is None else pluralize(times, "call")
                refused = f", and {pluralize(len(calls) - len(ran), 'blocked call')}" if len(calls) > len(ran) else ""
                others = ", ".join(sorted({call.name for call in self.run.tools()})) or "none"
                self._fail(
                    f"expected {wanted} of {name}, but there {_are(len(ran))}{refused}; tools used: {others}",
                    _events(calls),
                )
        return self

    def never_used(self, tool: str, *more: str) -> Self:
        """None of these tools was called, not even in vain."""
        __tracebackhide__ = True
        if calls := self.run.tools(tool, *more):
            names = " or ".join((tool, *more))
            self._fail(f"expected no call of {names}, but there {_are(len(calls))}", _events(calls))
        return self

    def never_blocked(self) -> Self:
        """No tool call was refused."""
        __tracebackhide__ = True
        if calls := self.run.blocked:
            self._fail(f"expected no blocked call, but there {_are(len(calls))}", _events(calls))
        return self

    def blocked(self, tool: str | None = None, *, rule: str | None = None) -> Self:
        """A call was refused: of this tool, by this rule, if they are given."""
        __tracebackhide__ = True
        found = self.run.blocked
        wanted = [call for call in found if tool in {None, call.name}]
        if rule is not None:
            wanted = [call for call in wanted if call.result and call.result.text("rule") == rule]
        if not wanted:
            what = f"a blocked call{f' of {tool}' if tool else ''}{f' by rule {rule}' if rule else ''}"
            self._fail(f"expected {what}, but there {_are(len(found))} blocked", _events(found))
        return self

    def said(self, text: str) -> Self:
        """The main agent's text holds this."""
        __tracebackhide__ = True
        if text not in self.run.text():
            self._fail(f"expected the agent to say {text!r}, but it did not", self.run.of_type("thought")[-_QUOTED:])
        return self

    def without_errors(self) -> Self:
        """No `error` event was written."""
        __tracebackhide__ = True
        if found := self.run.of_type("error"):
            self._fail(f"expected no error event, but there {_are(len(found))}", found)
        return self

    def passing(self, count: int | None = None) -> Self:
        """So many features pass; all of them without a number."""
        __tracebackhide__ = True
        passing, total = self.run.state.passing, self.run.state.total
        if not total or passing != (total if count is None else count):
            wanted = "all features" if count is None else pluralize(count, "feature")
            is_ = f"{passing} of {total} do" if total else "nobody counted"
            self._fail(f"expected {wanted} to pass, but {is_}", self.run.of_type("progress")[-2:])
        return self

    def within(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> Self:
        """The run took no longer than this, or has not so far. Raises TypeError without a limit."""
        __tracebackhide__ = True
        if not (seconds or minutes or hours):
            raise TypeError("within() takes how long the run may have taken, in seconds, minutes or hours")
        most, took = seconds + 60 * minutes + 3600 * hours, self.run.duration
        if took is None or took > most:
            is_ = "nobody knows how long it took" if took is None else f"it took {format_duration(took)}"
            self._fail(
                f"expected at most {format_duration(most)}, but {is_}", [*self.run.events[:1], *self.run.events[-1:]]
            )
        return self

    def cost_at_most(self, dollars: float) -> Self:
        """The run cost no more than this, in US dollars."""
        __tracebackhide__ = True
        cost = self.run.cost_usd
        if cost is None or cost > dollars:
            is_ = "nobody knows what it cost" if cost is None else f"it cost {format_money(cost)}"
            self._fail(f"expected at most {format_money(dollars)}, but {is_}", self.run.of_type("session_end")[-2:])
        return self

    def _fail(self, sentence: str, shown: Iterable[Event]) -> None:
        __tracebackhide__ = True
        events = list(shown)
        quoted = [self._quoted(event) for event in events[:_QUOTED]]
        more = [f"  and {pluralize(len(events) - _QUOTED, 'line')} more"] if len(events) > _QUOTED else []
        raise AssertionError("\n".join([f"{sentence} (run {self.run.id})", *quoted, *more]))

    def _quoted(self, event: Event) -> str:
        text = clean_line(event.line.data.decode("utf-8", "replace"))
        cut = f"{text[:_LONGEST]} ... ({len(event.line.data):,} bytes)" if len(text) > _LONGEST else text
        return f"  {self.run.path}:{self.run.line_number(event)}: {cut}"


def _events(calls: Iterable[ToolCall]) -> list[Event]:
    return [event for call in calls for event in call.events]


def _are(count: int) -> str:
    return "is none" if count == 0 else "is 1" if count == 1 else f"are {count}"
