"""A session becomes a run file that tells the same, and says of its process what is known.

Tests `observer.source.sessions.process` and `observer.source.sessions.run_copy` too.
"""

import json
import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from observer.dialects.dialect import ForeignEvent
from observer.dialects.recognize import recognize
from observer.format.event import Record
from observer.format.line import Line
from observer.runs.listing.listing import list_run
from observer.runs.state.verdict import Verdict
from observer.runs.trouble import TroubleFinder
from observer.source.lock import is_locked
from observer.source.price_files import default_prices
from observer.source.sessions.process import BUSY, NOT_KNOWN, Heartbeats, Process
from observer.source.sessions.run_copy import RunCopy
from observer.source.sessions.session_copier import SessionCopier
from observer.source.sessions.session_files import ENDS, SessionFiles
from observer.source.snapshot import Snapshot
from tests.helpers import append
from tests.observer.source.sessions.claude_files import SESSION, WHOLE, call, prompt, result, text

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp()
UNENDED = prompt(1) + call(2, "t1")


class Copied:
    """A session of which only `process` and its file change, and its copy."""

    def __init__(self, directory: Path, *, ends: bool = False, is_repeatable: bool = False) -> None:
        self.ends, self.is_repeatable = ends, is_repeatable
        self.session, self.copy = directory / "s.jsonl", directory / "copy.ndjson"
        self.process = NOT_KNOWN
        self.copier: SessionCopier | None = None

    def update(self, data: bytes = b"", process: Process | None = None) -> "Copied":
        append(self.session, data)
        self.process = process or self.process
        if self.copier is None:
            dialect = recognize(self.session.read_bytes())
            assert dialect is not None
            self.copier = SessionCopier(
                SessionFiles(self.session, excerpt=ENDS if self.ends else None),
                dialect,
                RunCopy(self.copy),
                SESSION,
                lambda _: self.process,
                default_prices(),
                is_repeatable=self.is_repeatable,
            )
        self.copier.update()
        return self

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.copy.read_bytes().splitlines()]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    @property
    def verdict(self) -> Verdict:
        return list_run(Snapshot(self.copy)).status.verdict


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[Copied]:
    made = Copied(tmp_path)
    yield made
    if made.copier is not None:
        made.copier.close()


def test_a_session_whose_turn_has_ended_is_complete_as_far_as_its_file_tells(copied: Copied) -> None:
    copied.update(WHOLE)
    events = copied.events()
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["data"]["recorded_from"] == str(copied.session)
    assert {event["run"] for event in events} == {SESSION}
    assert (copied.verdict, copied.types()[-1]) == (Verdict.COMPLETE, "complete")
    assert stat.S_IMODE(copied.copy.stat().st_mode) == 0o600
    assert copied.copy.stat().st_mtime == copied.session.stat().st_mtime


def test_a_process_that_has_only_begun_gets_no_heartbeat_before_its_first_event(copied: Copied) -> None:
    queued = {"type": "queue-operation", "operation": "enqueue", "sessionId": SESSION, "content": "Count the lines."}
    copied.update(json.dumps(queued).encode() + b"\n", Process(alive=True))
    assert copied.events() == []
    copied.update(UNENDED)
    assert copied.types().count("run_start") == 1
    assert copied.events()[0]["data"]["about"] == "Count the lines."
    assert copied.update(process=Process(alive=False)).verdict is Verdict.CRASHED


def test_a_session_in_the_middle_of_a_turn_is_unknown_without_a_process(
    copied: Copied,
) -> None:
    assert copied.update(UNENDED).verdict is Verdict.UNKNOWN
    assert copied.update(result(3, "t1", "7") + text(4, "Seven.")).verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("state", "verdict"),
    [("", Verdict.IN_TOOL), ("waiting_on_human", Verdict.WAITING_ON_HUMAN)],
)
def test_a_living_process_is_what_it_says_it_is(copied: Copied, state: str, verdict: Verdict) -> None:
    assert copied.update(UNENDED, Process(alive=True, state=state)).verdict is verdict


def test_a_process_that_lives_after_its_turn_is_idle_and_after_its_end_the_run_is_complete(copied: Copied) -> None:
    copied.update(WHOLE, Process(alive=True, state="waiting_for_prompt"))
    with copied.copy.open("rb") as file:
        assert is_locked(file.fileno())
    assert copied.verdict is Verdict.IDLE
    assert copied.update(process=Process(alive=False)).verdict is Verdict.COMPLETE
    with copied.copy.open("rb") as file:
        assert not is_locked(file.fileno())


def test_a_process_that_dies_in_the_middle_of_a_turn_has_crashed(copied: Copied) -> None:
    copied.update(UNENDED, Process(alive=True))
    assert copied.update(process=Process(alive=False)).verdict is Verdict.CRASHED


@pytest.mark.parametrize("before", [WHOLE, UNENDED])
def test_the_death_of_a_process_that_resumed_a_session_of_an_unknown_one_is_a_crash(
    copied: Copied, before: bytes
) -> None:
    copied.update(before)
    copied.update(prompt(10, "And the words?") + call(11, "t2"), Process(alive=True))
    assert copied.verdict is Verdict.IN_TOOL
    assert copied.types().count("run_start") == 1
    assert copied.update(process=Process(alive=False)).verdict is Verdict.CRASHED


def test_a_session_that_goes_on_after_its_end_is_at_work_again(copied: Copied) -> None:
    copied.update(WHOLE)
    copied.update(prompt(10, "And the words?"), Process(alive=True, since=time.time()))
    assert copied.verdict is Verdict.WAITING_ON_MODEL
    resumed = copied.types().index("complete") + 1
    assert copied.events()[resumed]["data"]["kind"] == "resumed"
    assert copied.update(text(11, "Nine."), Process(alive=False)).verdict is Verdict.COMPLETE


def test_the_last_message_of_a_killed_process_counts(copied: Copied) -> None:
    copied.update(UNENDED, Process(alive=True))
    assert "message" not in copied.types()
    copied.update(process=Process(alive=False))
    copied.update(process=Process(alive=False))
    assert [event["data"]["tokens"]["output"] for event in copied.events() if event["type"] == "message"] == [2]
    assert copied.verdict is Verdict.CRASHED


def test_a_line_that_a_killed_process_tore_is_reported_once_it_is_known_to_be_torn(copied: Copied) -> None:
    copied.update(UNENDED + result(3, "t1", "7")[:40])
    assert "error" not in copied.types()
    copied.update(process=Process(alive=True))
    assert "error" not in copied.types()
    copied.update(process=Process(alive=False))
    copied.update(process=Process(alive=False))
    assert copied.types()[-3:] == ["error", "message", "info"]
    assert copied.events()[-1]["data"]["kind"] == "unknown_records"
    assert copied.types().count("error") == 1


def test_a_session_that_was_replaced_is_copied_again(copied: Copied) -> None:
    copied.update(WHOLE)
    copied.session.write_bytes(prompt(1, "Another."))
    copied.update()
    assert [event["data"]["text"] for event in copied.events() if event["type"] == "prompt"] == ["Another."]
    assert copied.events()[0]["seq"] == 1


def test_heartbeats_come_every_five_seconds_and_when_the_state_changes() -> None:
    now = [100.0]
    beats = Heartbeats(lambda: now[0])
    busy, asking = Process(alive=True), Process(alive=True, state="waiting_on_human", waiting_for="permission prompt")
    assert beats.due(NOT_KNOWN) == beats.due(Process(alive=False)) == []
    assert [event.data["state"] for event in beats.due(busy)] == ["waiting_on_model"]
    now[0] += 4.9
    assert beats.due(busy) == []
    (beat,) = beats.due(asking)
    assert (beat.data["state"], beat.data["waiting_for"]) == ("waiting_on_human", "permission prompt")
    now[0] += 5.0
    (beat,) = beats.due(asking)
    assert (beat.data["elapsed_s"], beat.data["idle_s"]) == (0.0, 9.9)


def test_heartbeats_count_from_the_times_of_the_session_and_not_from_when_it_was_opened() -> None:
    beats = Heartbeats(lambda: NOON + 30)
    beats.take(
        [
            ForeignEvent("prompt", {}, "2026-11-29T12:00:01Z"),
            ForeignEvent("tool_use", {"id": "t1", "name": "Bash"}, "2026-11-29T12:00:09Z"),
        ]
    )
    (beat,) = beats.due(Process(alive=True))
    assert (beat.data["elapsed_s"], beat.data["idle_s"]) == (29.0, 21.0)
    assert beat.data["in_flight"] == [{"id": "t1", "name": "Bash", "elapsed_s": 21.0}]
    (beat,) = beats.due(Process(alive=True, state="waiting_on_human", since=NOON + 12))
    assert (beat.data["state"], beat.data["idle_s"]) == ("waiting_on_human", 18.0)


@pytest.mark.parametrize(
    ("last", "state", "expected"),
    [("turn_end", "", "waiting_for_prompt"), ("turn_end", BUSY, "waiting_on_model"), ("title", "", "waiting_on_model")],
)
def test_a_process_rests_when_its_turn_has_ended_unless_it_says_that_it_works(
    last: str, state: str, expected: str
) -> None:
    beats = Heartbeats()
    beats.take(
        [ForeignEvent("prompt", {}), ForeignEvent("info", {"kind": last}), ForeignEvent("info", {"kind": "title"})]
    )
    assert [beat.data["state"] for beat in beats.due(Process(alive=True, state=state))] == [expected]
    beats.take([ForeignEvent("prompt", {})])
    assert [beat.data["state"] for beat in beats.due(Process(alive=True, state=state, since=1.0))] == [
        "waiting_on_model"
    ]


def test_a_session_that_was_at_work_for_long_when_it_was_opened_was_not_stalled(copied: Copied) -> None:
    copied.update(UNENDED.replace(b"2026-11-29", b"2025-11-29"), Process(alive=True))
    assert copied.types()[-2:] == ["tool_use", "heartbeat"]
    finder = TroubleFinder()
    events = [Record(Line(line, 0)).event for line in copied.copy.read_bytes().splitlines()]
    assert [finder.take(event)[1] for event in events if event] == [None] * len(copied.types())


def test_the_copy_says_what_the_session_costs_at_the_list_price(copied: Copied) -> None:
    copied.update(WHOLE)
    costs = [event["data"].get("total_cost_usd") for event in copied.events() if event["type"] == "message"]
    assert costs == [0.00008, 0.00016]
    assert copied.events()[-1]["data"]["cost_usd"] == 0.00016
    assert "cost_is_minimum" not in copied.events()[-1]["data"]


def test_the_heartbeats_of_a_session_say_what_it_costs(copied: Copied) -> None:
    copied.update(UNENDED + result(3, "t1", "7 a.txt") + text(4, "Now the words.", None), Process(alive=True))
    beats = [event["data"]["cost_usd"] for event in copied.events() if event["type"] == "heartbeat"]
    assert beats == [0.00008]


def test_a_copy_of_the_ends_of_a_session_says_that_it_costs_more(tmp_path: Path) -> None:
    copied = Copied(tmp_path, ends=True)
    middle = b"".join(text(5, "x" * 10_000, uuid=f"m{number}") for number in range(10))
    copied.update(WHOLE + middle + text(6, "Done."))
    assert copied.copier is not None
    copied.copier.close()
    data = copied.events()[-1]["data"]
    assert (data["cost_is_minimum"], data["cost_usd"] > 0) == (True, True)


def test_a_repeatable_copy_is_the_same_whenever_and_in_however_many_steps_it_is_made(tmp_path: Path) -> None:
    alive, dead = Process(alive=True), Process(alive=False)
    for place in ("steps", "once"):
        (tmp_path / place).mkdir()
    steps = Copied(tmp_path / "steps", is_repeatable=True).update(prompt(1), alive).update(call(2, "t1"))
    steps.update(result(3, "t1", "7"), NOT_KNOWN).update(text(4, "It has seven lines."))
    os.utime(steps.session, (NOON, NOON))
    once = Copied(tmp_path / "once", is_repeatable=True).update(steps.session.read_bytes(), dead)
    assert steps.update().types()[-1] == "complete"  # nothing is known of its process, and it has been silent for long
    assert "heartbeat" not in steps.types()
    assert [event for event in steps.events() if event["type"] != "run_start"] == [
        event for event in once.events() if event["type"] != "run_start"
    ]


def test_a_repeatable_copy_does_not_end_between_two_turns(tmp_path: Path) -> None:
    copied = Copied(tmp_path, is_repeatable=True).update(WHOLE).update(prompt(9))
    assert "complete" not in copied.types()
    assert copied.update(process=Process(alive=False)).types()[-1] == "prompt"
