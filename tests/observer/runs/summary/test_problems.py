"""All that went wrong in a run, in the order of the file, and the steps from one to the next."""

import pytest

from observer.format.event import decode
from observer.format.line import Line
from observer.runs.summary.problems import list_problems, step
from tests.helpers import event_at
from tests.observer.report.runs import RUN, tool
from tests.observer.runs.summary.test_panel import known, progress


def test_calls_errors_features_and_the_end_are_in_the_order_of_the_file_with_their_events() -> None:
    passes, fails = progress(17.2, 3, "It stays", passes=True), progress(17.5, 2, "It stays", passes=False)
    lines = [*RUN[:17], passes, fails, *RUN[17:]]
    summary, ending, data = known(*lines)

    found = list_problems(summary, ending)
    assert [(one.tone, one.name, one.subject) for one in found] == [
        ("bad", "Bash", "pytest -q"),
        ("blocked", "Bash", "curl example.com"),
        ("bad", "feature", "It stays"),
        ("bad", "silence", "the model is gone"),
        ("bad", "run", "failed"),
    ]
    kinds = []
    for one in found:
        event = decode(Line(data[one.offset : data.index(b"\n", one.offset)], one.offset))
        kinds.append(getattr(event, "type", None))
    assert kinds == ["tool_result", "tool_result", "progress", "error", "complete"]
    assert [one.reason for one in found][:2] == ["1 failed, 33 passed", "allowlist · curl is not on the list"]


def test_what_went_wrong_is_quoted_without_the_codes_of_colours() -> None:
    red = "\x1b[1;31m{}\x1b[0m"
    failed = tool(2, "t1", "Bash", "error", red.format("2 failed") + "\x1b[K", command="pytest")
    lines = (failed, event_at(5, "error", message=red.format("gone"), kind="api"))
    end = event_at(6, "complete", outcome="failed", message=red.format("it failed") + "\n" + red.format("twice"))
    summary, ending, _ = known(RUN[0], *lines, end)
    assert [(one.subject, one.reason) for one in list_problems(summary, ending)] == [
        ("pytest", "2 failed"),
        ("gone", ""),
        ("failed", "it failed"),
    ]
    assert ending.details == ("twice",)


def test_a_run_that_succeeded_has_none() -> None:
    summary, ending, _ = known(RUN[0], RUN[1])
    assert list_problems(summary, ending) == []


@pytest.mark.parametrize(
    ("position", "forwards", "at", "words"),
    [
        (0, True, 10, "error 1 of 3"),
        (10, True, 10, "error 1 of 3"),
        (11, True, 20, "error 2 of 3"),
        (31, True, 10, "error 1 of 3, again from the start"),
        (31, False, 30, "error 3 of 3"),
        (30, False, 20, "error 2 of 3"),
        (10, False, 30, "error 3 of 3, again from the end"),
    ],
)
def test_a_step_leads_to_the_next_one_and_from_the_last_to_the_first(
    position: int, at: int, words: str, *, forwards: bool
) -> None:
    found = step([10, 20, 30], position, forwards=forwards)
    assert (found.at, found.words) == (at, words)


def test_there_is_no_step_without_a_problem() -> None:
    assert step([], 5, forwards=True).at is None
