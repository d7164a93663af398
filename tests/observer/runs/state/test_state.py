"""The verdict on a run: what its events say, what is known of its writer, and the time.

Holds observer.runs.state.state, observer.runs.state.verdict, observer.runs.state.in_flight,
observer.runs.state.activity, observer.runs.state.run_totals and observer.runs.state.no_event.
"""

import pytest

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.format.timestamps import parse_timestamp
from observer.runs.state.state import RunState
from observer.runs.state.tokens import Tokens
from observer.runs.state.verdict import Status, Verdict
from observer.runs.state.writer import Writer
from tests.helpers import event_at

T0 = parse_timestamp("2026-11-23T01:12:30Z") or 0.0


START = event_at(0, "run_start", host="here", heartbeat_s=5.0, about="a thing")
WORK = event_at(1, "info", message="m")


def after(*lines: bytes) -> RunState:
    state = RunState()
    for data in lines:
        found = decode(Line(data.rstrip(b"\n"), 0))
        assert isinstance(found, Event)
        state.apply(found)
    return state


def standing(*lines: bytes, now: float = 2.0, writer_alive: bool | None = True) -> Status:
    return after(*lines).status_at(T0 + now, writer_alive=writer_alive)


def use(second: float, id_: str, name: str) -> bytes:
    return event_at(second, "tool_use", id=id_, name=name, input={})


def beat(second: float, state: str, idle_s: float = 0.0, **more: object) -> bytes:
    return event_at(second, "heartbeat", elapsed_s=second, idle_s=idle_s, state=state, **more)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("success", Verdict.COMPLETE),
        ("failed", Verdict.FAILED),
        ("budget", Verdict.FAILED),
        ("interrupted", Verdict.INTERRUPTED),
        ("never heard of", Verdict.FAILED),
    ],
)
def test_complete_gives_the_outcome(outcome: str, expected: Verdict) -> None:
    found = standing(START, WORK, event_at(2, "complete", outcome=outcome), now=9999, writer_alive=False)
    assert found == Status(expected)
    assert found.verdict.final


@pytest.mark.parametrize("data", [b'{"outcome":NaN}', b'{"outcome":5}', b'{"outcome":""}', b"{}", b"null", b"[]"])
def test_a_run_that_does_not_say_how_it_ended_has_not_failed_but_is_over(data: bytes) -> None:
    found = standing(START, b'{"seq":2,"type":"complete","data":' + data + b"}", now=9999)

    assert found == Status(Verdict.ENDED)
    assert found.verdict.final


def test_a_writer_gone_without_complete_has_crashed() -> None:
    assert standing(START, WORK, writer_alive=False).verdict is Verdict.CRASHED


@pytest.mark.parametrize("alive", [True, None])
def test_a_writer_that_lives_or_cannot_be_checked_has_not_crashed(alive: bool | None) -> None:
    assert standing(START, WORK, writer_alive=alive).verdict is Verdict.WORKING


def test_a_state_without_events_is_unknown_whatever_is_known_of_the_writer() -> None:
    for alive in (True, False, None):
        assert RunState().status_at(T0, writer_alive=alive) == Status(Verdict.UNKNOWN, missing="no event yet")
    utf16 = RunState(unread="the file looks like UTF-16").status_at(T0, writer_alive=None)
    assert utf16.missing == "no event: the file looks like UTF-16"
    assert not Verdict.UNKNOWN.final


UNSEEN, UNSEEN_FAR = "no heartbeat and no writer known", "no heartbeat, and its writer on far cannot be seen"


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ([WORK], UNSEEN),
        ([use(1, "a", "Bash")], UNSEEN),
        (
            [event_at(1, "run_start", pid=7, host="far", lock="ofd")],
            UNSEEN_FAR,
        ),
        ([event_at(1, "run_start", host="far", heartbeat_s=0)], UNSEEN_FAR),
        ([b'{"type":"info"}'], UNSEEN),
    ],
)
def test_a_silent_file_without_heartbeats_is_unknown_if_its_writer_cannot_be_seen(
    lines: list[bytes], missing: str
) -> None:
    later = standing(*lines, writer_alive=None, now=99999)
    assert (later.verdict, later.missing) == (Verdict.UNKNOWN, missing)
    assert standing(*lines, writer_alive=True, now=99999).verdict in {Verdict.WORKING, Verdict.IN_TOOL}
    if b"timestamp" in lines[0]:
        assert later.seconds == pytest.approx(99998.0)
        assert standing(*lines, writer_alive=None, now=600).verdict in {Verdict.WORKING, Verdict.IN_TOOL}


def test_an_open_question_explains_the_silence_of_an_unknown_writer_for_a_day_and_a_pause_to_its_end() -> None:
    question = use(1, "q", "AskUserQuestion")
    assert standing(question, writer_alive=None, now=86_400).verdict is Verdict.WAITING_ON_HUMAN
    assert standing(question, writer_alive=None, now=86_402).verdict is Verdict.UNKNOWN
    limited = event_at(1, "rate_limit", status="rejected", resets_at="2026-11-23T05:00:00Z")
    assert standing(limited, writer_alive=None, now=3600).verdict is Verdict.RATE_LIMITED
    assert standing(limited, writer_alive=None, now=5 * 3600).verdict is Verdict.UNKNOWN


def test_the_time_of_an_unknown_run_ends_with_its_last_event() -> None:
    state = after(event_at(0, "run_start"), WORK)
    assert state.elapsed(T0 + 99999) == 99999.0
    assert state.elapsed(T0 + 99999, state.status_at(T0 + 99999, writer_alive=None)) == 1.0


@pytest.mark.parametrize("interval", [0, -5, 1e300, "5", True])
def test_an_interval_of_heartbeats_that_cannot_be_true_is_not_believed(interval: object) -> None:
    lines = [event_at(0, "run_start", heartbeat_s=interval), beat(5, "writing")]
    assert standing(*lines, now=19.9).verdict is Verdict.WORKING
    assert standing(*lines, now=20.1).verdict is Verdict.STALLED


def test_a_resumed_run_works_again() -> None:
    resumed = event_at(2, "info", kind="resumed")
    for sign in (resumed, event_at(2, "session_start")):
        assert not standing(START, event_at(1, "complete", outcome="failed"), sign).verdict.final


def test_a_process_that_resumes_a_run_and_says_so_is_its_writer_from_then_on() -> None:
    start = event_at(0, "run_start", host=None, lock=None, pid=None, recorded_from="s.jsonl")
    assert after(start, event_at(2, "info", kind="resumed")).writer == Writer(is_unseen=True)
    resumed = event_at(2, "info", kind="resumed", host="build-7", lock="ofd")
    assert after(start, resumed).writer == Writer(host="build-7", holds_lock=True)


@pytest.mark.parametrize("late", ["info", "heartbeat", "tool_use", "thought", "session_end", "error"])
def test_a_late_event_after_complete_does_not_make_a_run_active(late: str) -> None:
    state = after(START, event_at(1, "complete", outcome="success", cost_usd=0.5), event_at(2, late, cost_usd=9))

    assert state.status_at(T0 + 9999, writer_alive=False) == Status(Verdict.COMPLETE)
    assert state.cost_usd == 0.5
    assert state.stamp == "2026-11-23T01:12:32.000000Z"


def test_a_new_run_in_the_same_file_resets_the_state() -> None:
    state = after(START, event_at(1, "progress", passing=1, total=2), event_at(2, "complete", outcome="failed"), START)
    assert (state.passing, state.outcome) == (None, None)


def test_a_running_tool_is_named_with_its_seconds() -> None:
    assert standing(START, use(1, "a", "Bash"), now=4) == Status(Verdict.IN_TOOL, "Bash", 3.0)


def test_after_its_tools_the_agent_waits_on_the_model_and_then_works() -> None:
    done = [START, use(1, "a", "Bash"), event_at(2, "tool_result", tool_use_id="a", name="Bash", status="success")]
    assert standing(*done).verdict is Verdict.WAITING_ON_MODEL
    assert standing(*done, event_at(3, "thought", text="Now")).verdict is Verdict.WORKING


def test_a_heartbeat_has_the_running_tools_for_late_viewers() -> None:
    late = beat(60, "in_tool", in_flight=[{"id": "x", "name": "WebFetch", "elapsed_s": 42.0}], passing=2, total=5)
    assert standing(late, now=61) == Status(Verdict.IN_TOOL, "WebFetch", 43.0)
    state = after(late)
    assert (state.passing, state.total, state.elapsed(T0 + 61)) == (2, 5, 61.0)


def test_retries_and_waits_are_distinguished() -> None:
    assert standing(START, event_at(1, "api_retry", attempt=1)).verdict is Verdict.RETRYING
    until = "2026-11-23T02:00:00Z"
    limited = event_at(1, "rate_limit", status="rejected", resets_at=until)
    assert standing(START, limited) == Status(Verdict.RATE_LIMITED, until=until)
    assert standing(START, beat(1, "rate_limited", until=until)) == Status(Verdict.RATE_LIMITED, until=until)
    assert standing(START, event_at(1, "rate_limit", status="allowed", resets_at=until)).verdict is Verdict.WORKING


def test_a_rate_limit_ends_at_its_reset() -> None:
    limited = event_at(1, "rate_limit", status="rejected", resets_at="2026-11-23T01:12:35Z")
    assert standing(START, limited, now=6).verdict is Verdict.WORKING


def test_a_rate_limit_can_end_early() -> None:
    limited = event_at(1, "rate_limit", status="rejected", limit="five_hour", resets_at="2026-11-23T02:00:00Z")
    assert (
        standing(START, limited, event_at(2, "rate_limit", status="allowed", limit="five_hour")).verdict
        is Verdict.WORKING
    )
    other = event_at(2, "rate_limit", status="allowed", limit="seven_day")
    assert standing(START, limited, other).verdict is Verdict.RATE_LIMITED


@pytest.mark.parametrize("tool", ["AskUserQuestion", "ExitPlanMode"])
def test_a_question_waits_on_a_person(tool: str) -> None:
    assert standing(START, use(1, "q", tool)).verdict is Verdict.WAITING_ON_HUMAN


def in_flight(*calls: tuple[str, str, float]) -> list[dict[str, object]]:
    return [{"id": id_, "name": name, "elapsed_s": elapsed} for id_, name, elapsed in calls]


def test_a_run_that_waits_for_a_person_does_so_for_hours_and_is_never_in_a_tool_or_stalled() -> None:
    bash = in_flight(("b", "Bash", 4.0))
    asked = beat(5, "waiting_on_human", idle_s=4, in_flight=bash)
    assert standing(START, use(1, "b", "Bash"), asked, now=6) == Status(Verdict.WAITING_ON_HUMAN, "Bash", 5.0)
    for_what = beat(5, "waiting_on_human", waiting_for="input needed")
    assert standing(START, for_what, now=6).waiting_for == "input needed"
    assert standing(START, for_what, beat(6, "waiting_on_human"), now=7).waiting_for is None
    later = beat(9000, "waiting_on_human", idle_s=8999, in_flight=in_flight(("b", "Bash", 8999.0)))
    assert standing(START, use(1, "b", "Bash"), asked, later, now=9001).verdict is Verdict.WAITING_ON_HUMAN
    idle = [beat(at, "waiting_on_human") for at in (5, 10, 15)]
    assert standing(START, *idle, now=16) == Status(Verdict.WAITING_ON_HUMAN, None, 11.0)
    assert standing(START, asked, now=21).verdict is Verdict.STALLED, "its writer is silent, and may hang"


def test_what_goes_on_beside_an_open_question_does_not_answer_it() -> None:
    asked = beat(5, "waiting_on_human", in_flight=in_flight(("a", "Read", 1.0), ("b", "Bash", 1.0)))
    beside = event_at(6, "tool_result", tool_use_id="a", name="Read", status="success")
    thought = event_at(6, "thought", "sub", text="x", message="m", block=0)
    assert standing(START, asked, now=7) == Status(Verdict.WAITING_ON_HUMAN, None, 2.0), "it may be about either call"
    assert standing(START, asked, beside, thought, now=7) == Status(Verdict.WAITING_ON_HUMAN, "Bash", 3.0)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (beat(8, "in_tool", in_flight=in_flight(("b", "Bash", 3.0))), Verdict.IN_TOOL),
        (event_at(8, "session_end", outcome="interrupted"), Verdict.WORKING),
        (event_at(8, "session_start", agent_type="SINGLE"), Verdict.WAITING_ON_MODEL),
        (event_at(8, "complete", outcome="interrupted"), Verdict.INTERRUPTED),
    ],
)
def test_a_wait_for_a_person_ends_with_the_next_heartbeat_or_with_its_session(answer: bytes, verdict: Verdict) -> None:
    asked = beat(5, "waiting_on_human", in_flight=in_flight(("b", "Bash", 1.0)))
    assert standing(START, asked, answer, now=9).verdict is verdict


def test_after_a_prompt_the_model_is_waited_for_unless_it_was_queued() -> None:
    thought = event_at(1, "thought", text="x", message="m", block=0)
    prompts = {source: event_at(2, "prompt", text="go on", source=source) for source in ("user", "queued")}
    assert standing(START, thought, prompts["user"]).verdict is Verdict.WAITING_ON_MODEL
    assert standing(START, thought, prompts["queued"]).verdict is Verdict.WORKING


def of(session: int, data: bytes) -> bytes:
    """Return an event of another session than the third."""
    return data.replace(b'"iteration":3', b'"iteration":%d' % session)


def test_a_session_that_begins_or_ends_leaves_the_calls_of_those_beside_it_running() -> None:
    one, two = of(1, use(1, "a", "Bash")), of(2, use(2, "b", "Read"))
    begins, ends = event_at(3, "session_start", agent_type="CODING"), event_at(4, "session_end", outcome="success")
    both = [START, of(1, event_at(0, "session_start")), of(2, event_at(0, "session_start")), one, two]
    assert list(after(*both, of(3, begins)).running) == ["a", "b"]
    assert list(after(*both, of(1, ends)).running) == ["b"]
    assert standing(*both, of(2, ends), now=5) == Status(Verdict.IN_TOOL, "Bash", 4.0)
    assert list(after(*both, of(2, begins)).running) == ["a"], "the session began again"
    assert not after(*both, of(1, ends), of(2, ends)).running


def test_a_heartbeat_does_not_forget_whose_calls_are_running() -> None:
    lines = [START, of(1, use(1, "a", "Bash")), of(2, use(2, "b", "Read"))]
    lines.append(beat(5, "in_tool", in_flight=in_flight(("a", "Bash", 4.0), ("b", "Read", 3.0), ("c", "Grep", 1.0))))
    assert list(after(*lines, of(1, event_at(6, "session_end"))).running) == ["b", "c"]
    assert not after(*lines, of(1, event_at(6, "session_end")), of(2, event_at(6, "session_end"))).running


def test_an_open_question_ends_with_the_last_session() -> None:
    lines = [START, of(1, use(1, "a", "Bash")), of(2, use(1, "b", "Read"))]
    lines.append(beat(5, "waiting_on_human", in_flight=in_flight(("a", "Bash", 4.0), ("b", "Read", 4.0))))
    ended = [*lines, of(2, event_at(6, "session_end"))]
    assert standing(*ended, now=7).verdict is Verdict.WAITING_ON_HUMAN
    assert standing(*ended, of(1, event_at(6, "session_end")), now=7).verdict is Verdict.WORKING


def test_a_call_without_a_time_has_no_duration() -> None:
    untimed = b'{"type":"tool_use","data":{"id":"a","name":"Bash"}}'
    assert after(untimed).status_at(3.0, writer_alive=None) == Status(Verdict.IN_TOOL, "Bash")
    assert after(untimed).status_at(601.0, writer_alive=None).verdict is Verdict.UNKNOWN


def test_cost_and_tokens_of_a_session_that_a_heartbeat_has_counted_are_not_added_again() -> None:
    tokens = {"input": 10, "output": 5}
    running = beat(5, "writing", cost_usd=0.3, tokens=tokens)
    state = after(START, running)
    assert (state.cost_usd, state.tokens) == (0.3, Tokens(input=10, output=5))
    first = event_at(6, "session_end", outcome="success", cost_usd=0.4, tokens={"input": 12, "output": 6})
    second = event_at(7, "session_end", outcome="success", cost_usd=0.2, tokens={"input": 1, "output": 1})
    state = after(START, running, first)
    assert (state.cost_usd, state.tokens) == (0.4, Tokens(input=12, output=6))
    state = after(START, running, first, second)
    assert (state.cost_usd, state.tokens) == (pytest.approx(0.6), Tokens(input=13, output=7))
    state = after(START, first, event_at(8, "complete", outcome="success", cost_usd=0.7, tokens={"input": 99}))
    assert (state.cost_usd, state.tokens) == (0.7, Tokens(input=99))


def test_the_list_of_things_to_do_is_the_last_one_of_the_main_agent() -> None:
    items = [{"text": "a", "status": "completed"}, {"text": "b", "status": "in_progress"}]
    inner = event_at(3, "todo", "sub", items=[{"text": "x", "status": "pending"}])
    state = after(START, event_at(1, "todo", items=[]), event_at(2, "todo", items=items), inner)
    assert [(item.text, item.status) for item in state.todo] == [("a", "completed"), ("b", "in_progress")]


def test_three_missed_heartbeats_are_a_stall() -> None:
    assert standing(START, beat(5, "writing"), now=19.9).verdict is Verdict.WORKING
    found = standing(START, beat(5, "writing"), now=20.1)
    assert found.verdict is Verdict.STALLED
    assert found.seconds == pytest.approx(15.1)


def test_heartbeats_without_progress_are_a_stall_after_ten_minutes() -> None:
    assert standing(START, beat(599, "waiting_on_model", idle_s=598), now=600).verdict is Verdict.WAITING_ON_MODEL
    assert standing(START, beat(605, "waiting_on_model", idle_s=604), now=606).verdict is Verdict.STALLED


@pytest.mark.parametrize(
    "last",
    [
        beat(1000, "in_tool", idle_s=999, in_flight=[{"id": "x", "name": "Bash", "elapsed_s": 999.0}]),
        beat(1000, "rate_limited", idle_s=999, until="2026-11-23T09:00:00Z"),
        beat(1000, "waiting_on_human", idle_s=999),
        beat(1000, "pausing", idle_s=999, until="2026-11-23T09:00:00Z"),
    ],
)
def test_a_long_tool_call_or_a_known_wait_is_not_a_stall(last: bytes) -> None:
    assert standing(START, last, now=1001).verdict is not Verdict.STALLED


def test_the_state_has_agent_iteration_and_cost() -> None:
    state = after(
        START,
        event_at(1, "session_start", agent_type="CODING", iteration=3),
        event_at(2, "session_end", outcome="success", cost_usd=0.25),
        event_at(3, "session_end", outcome="success", cost_usd=0.5),
    )
    assert (state.agent_type, state.iteration, state.cost_usd, state.about) == ("CODING", 3, 0.75, "a thing")


@pytest.mark.parametrize(
    "odd",
    [
        b'{"type":"heartbeat","timestamp":"nonsense","data":{"in_flight":[1,{}],"idle_s":"x","until":7}}',
        b'{"type":"heartbeat","data":{"in_flight":{"a":1},"passing":1e400}}',
        b'{"type":"tool_use","data":{}}',
        b'{"type":"rate_limit","data":{"status":"rejected","resets_at":"soon"}}',
        b'{"type":"progress","data":{"passing":"1","total":true}}',
        b'{"type":"run_start","timestamp":"9999999-01-01T00:00:00Z","data":{"heartbeat_s":-1}}',
    ],
)
def test_odd_events_do_not_prevent_a_verdict(odd: bytes) -> None:
    found = decode(Line(odd, 0))
    if isinstance(found, Event):
        state = RunState()
        state.apply(found)
        state.status_at(T0, writer_alive=True)


def test_a_cost_is_the_least_that_it_was_if_the_event_that_states_it_says_so() -> None:
    least = {"cost_is_minimum": True}
    state = after(START, event_at(1, "message", total_cost_usd=0.1, **least))
    assert (state.cost_usd, state.cost_is_minimum) == (0.1, True)
    state = after(START, event_at(1, "message", total_cost_usd=0.1, **least), event_at(2, "message", tokens={}))
    assert (state.cost_usd, state.cost_is_minimum) == (0.1, True)
    state = after(START, event_at(1, "session_end", cost_usd=0.1, **least), event_at(2, "session_end", cost_usd=0.1))
    assert (state.cost_usd, state.cost_is_minimum) == (0.2, True)
    state = after(START, event_at(1, "message", total_cost_usd=0.1, **least), event_at(2, "session_end", cost_usd=0.3))
    assert (state.cost_usd, state.cost_is_minimum) == (0.3, False)
    state = after(START, event_at(1, "heartbeat", cost_usd=0.1, **least), event_at(2, "complete", cost_usd=0.4))
    assert (state.cost_usd, state.cost_is_minimum) == (0.4, False)
    assert not after(START, event_at(1, "complete", cost_usd=0.4, cost_is_minimum="yes")).cost_is_minimum
