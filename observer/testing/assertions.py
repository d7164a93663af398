"""Provides assertions on a run. A failure quotes the relevant lines of the file."""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from observer.format.event import Event
from observer.format.sanitize import clean_line
from observer.format.units import format_cost, format_duration, format_money, pluralize
from observer.runs.one_run.run import Run, load_run
from observer.runs.one_run.tool_call import ToolCall
from observer.runs.words.describe_status import describe_status

_MAX_LINES = 5
"""The number of lines that are quoted."""
_MAX_CHARS = 240
"""Characters of a quoted line."""


def assert_run(run: str | Path | Run) -> "RunAssertion":
    """Return assertions on a run, which is a file or the result of `load_run`. They can be chained.

    Raises `UnreadableError` when the file cannot be read.

    >>> _ = assert_run("docs/example.ndjson").completed().used("Write", "Bash").never_blocked().within(minutes=5)
    """
    return RunAssertion(run if isinstance(run, Run) else load_run(run))


class RunAssertion:
    """The assertions on `run`. Every method returns the object itself or raises AssertionError."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def ended(self, outcome: str) -> Self:
        """Assert that the run ended with this outcome: `success`, `failed`, `interrupted` or `budget`."""
        __tracebackhide__ = True
        if self.run.outcome != outcome:
            status = describe_status(self.run.status())
            unfinished = f"it has not ended ({clean_line(status)})"
            actual = f"the outcome is {self.run.outcome}" if self.run.outcome else unfinished
            ending = self.run.of_type("complete") or self.run.events[-1:]
            self._fail(f"expected outcome {outcome}, but {actual}", [*self.run.of_type("error")[-2:], *ending])
        return self

    def completed(self) -> Self:
        """Assert that the run ended with the outcome `success`."""
        __tracebackhide__ = True
        return self.ended("success")

    def failed(self) -> Self:
        """Assert that the run ended with the outcome `failed`."""
        __tracebackhide__ = True
        return self.ended("failed")

    def used(self, tool: str, *more: str, times: int | None = None) -> Self:
        """Assert that each of these tools ran: at least once, or exactly `times` times. A blocked call did not run."""
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
        """Assert that none of these tools was called, not even by a call that was blocked."""
        __tracebackhide__ = True
        if calls := self.run.tools(tool, *more):
            names = " or ".join((tool, *more))
            self._fail(f"expected no call of {names}, but there {_are(len(calls))}", _events(calls))
        return self

    def never_blocked(self) -> Self:
        """Assert that no tool call was blocked."""
        __tracebackhide__ = True
        if calls := self.run.blocked:
            self._fail(f"expected no blocked call, but there {_are(len(calls))}", _events(calls))
        return self

    def blocked(self, tool: str | None = None, *, rule: str | None = None) -> Self:
        """Assert that a call was blocked: of this tool or any, by this rule or any."""
        __tracebackhide__ = True
        calls = self.run.blocked
        matching = [call for call in calls if tool in {None, call.name}]
        if rule is not None:
            matching = [call for call in matching if call.result and call.result.text("rule") == rule]
        if not matching:
            wanted = f"a blocked call{f' of {tool}' if tool else ''}{f' by rule {rule}' if rule else ''}"
            self._fail(f"expected {wanted}, but there {_are(len(calls))} blocked", _events(calls))
        return self

    def said(self, text: str) -> Self:
        """Assert that the text of the main agent contains `text`."""
        __tracebackhide__ = True
        if text not in self.run.text():
            self._fail(
                f"expected the agent to write {text!r}, but it did not",
                (self.run.of_type("message") or self.run.of_type("thought"))[-_MAX_LINES:],
            )
        return self

    def without_errors(self) -> Self:
        """Assert that there is no `error` event."""
        __tracebackhide__ = True
        if errors := self.run.of_type("error"):
            self._fail(f"expected no error event, but there {_are(len(errors))}", errors)
        return self

    def passing(self, count: int | None = None) -> Self:
        """Assert that exactly `count` features pass; by default all."""
        __tracebackhide__ = True
        passing, total = self.run.state.passing, self.run.state.total
        if not total or passing != (total if count is None else count):
            wanted = "all features" if count is None else pluralize(count, "feature")
            actual = f"{passing} of {total} do" if total else "the run has no count of features"
            self._fail(f"expected {wanted} to pass, but {actual}", self.run.of_type("progress")[-2:])
        return self

    def within(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> Self:
        """Assert that the run took at most this long; units add up. Raises TypeError without a limit."""
        __tracebackhide__ = True
        if not (seconds or minutes or hours):
            raise TypeError("within() requires a limit in seconds, minutes or hours")
        limit, duration = seconds + 60 * minutes + 3600 * hours, self.run.duration
        if duration is None or duration > limit:
            actual = "its duration is unknown" if duration is None else f"it took {format_duration(duration)}"
            self._fail(
                f"expected at most {format_duration(limit)}, but {actual}",
                [*self.run.events[:1], *self.run.events[-1:]],
            )
        return self

    def cost_at_most(self, dollars: float) -> Self:
        """Assert that the run cost at most this much, in US dollars."""
        __tracebackhide__ = True
        cost = self.run.cost_usd
        is_minimum = self.run.state.cost_is_minimum
        if cost is None or cost > dollars or is_minimum:
            spent = format_cost(cost, is_minimum=is_minimum)
            actual = f"it cost {spent}" if spent else "its cost is unknown"
            self._fail(f"expected at most {format_money(dollars)}, but {actual}", self.run.of_type("session_end")[-2:])
        return self

    def _fail(self, message: str, shown: Iterable[Event]) -> None:
        __tracebackhide__ = True
        events = list(shown)
        quoted = [self._quoted(event) for event in events[:_MAX_LINES]]
        more = [f"  and {pluralize(len(events) - _MAX_LINES, 'line')} more"] if len(events) > _MAX_LINES else []
        raise AssertionError("\n".join([f"{message} (run {self.run.id})", *quoted, *more]))

    def _quoted(self, event: Event) -> str:
        text = clean_line(event.line.data.decode("utf-8", "replace"))
        cut = f"{text[:_MAX_CHARS]} ... ({len(event.line.data):,} bytes)" if len(text) > _MAX_CHARS else text
        return f"  {self.run.path}:{self.run.line_number(event)}: {cut}"


def _events(calls: Iterable[ToolCall]) -> list[Event]:
    return [event for call in calls for event in call.events]


def _are(count: int) -> str:
    return "is none" if count == 0 else "is 1" if count == 1 else f"are {count}"
