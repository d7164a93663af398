"""How a run ended and why, what was running, which features fail, and the calls that failed or were blocked."""

from observer.format.event import Event, decode
from observer.format.lines import LineSplitter
from observer.runs.state.state import RunState
from observer.runs.state.verdict import Verdict
from observer.runs.summary.ending import Ending, describe_ending, describe_running
from observer.runs.summary.summary import Summary
from tests.helpers import event_at

START = event_at(0, "run_start", project_dir="/p", heartbeat_s=5.0)
SESSION = event_at(1, "session_start", agent_type="CODING", iteration=3)


def ending(*lines: bytes, alive: bool | None = True, after: float = 1.0, stall_after_s: float = 600.0) -> Ending:
    """Return the ending of a run as seen `after` its last event."""
    summary, state = Summary(), RunState()
    for line in LineSplitter().feed(b"".join(lines)):
        summary.take([line])
        if isinstance(event := decode(line), Event):  # type: ignore[arg-type]
            state.apply(event)
    now = state.now_after(after)
    status = state.status_at(now, writer_alive=alive, stall_after_s=stall_after_s)
    return describe_ending(summary, state, status, after, now)


def use(second: float, id_: str, command: str = "make test") -> bytes:
    return event_at(second, "tool_use", id=id_, name="Bash", input={"command": command})


def running(found: Ending) -> list[tuple[str, str, str]]:
    return [describe_running(found, item) for item in (*found.running, *found.agents)]


def test_a_crash_names_the_call_that_was_running_and_for_how_long() -> None:
    beat = event_at(
        10, "heartbeat", state="in_tool", in_flight=[{"id": "a", "name": "Bash", "elapsed_s": 8.0}], dropped=2
    )
    found = ending(START, SESSION, use(2, "a"), beat, alive=False)

    assert found.verdict is Verdict.CRASHED
    assert found.why.startswith(
        "its writer is gone and there is no complete event: it was killed, or its machine went down"
    )
    assert found.why.endswith("2 heartbeats could not be written, as the disk was full")
    assert running(found) == [("Bash", "make test", "for 8.0s")]
    assert found.waiting == ""


def test_a_crash_names_the_subagents_that_were_running() -> None:
    found = ending(
        START,
        SESSION,
        event_at(2, "subagent_start", id="s1", tool_use_id="t1", agent_type="Explore", description="Find it"),
        event_at(2, "subagent_start", id="s2", tool_use_id="t2", agent_type="Review", description="Done"),
        event_at(4, "subagent_complete", id="s2", tool_use_id="t2", status="completed"),
        alive=False,
    )

    assert running(found) == [("subagent Explore", "Find it", "for 2.0s")]


def test_a_crash_while_nothing_ran_says_what_was_being_waited_for() -> None:
    prompt = event_at(2, "prompt", text="go", source="user")
    ended = event_at(3, "session_end", outcome="success", iteration=3)

    assert ending(START, alive=False).waiting == "before its first session"
    assert ending(START, SESSION, prompt, alive=False).waiting == "waiting for the model"
    assert ending(START, SESSION, prompt, ended, alive=False).waiting == "after the end of a session"


def test_a_run_that_was_interrupted_names_the_call_that_was_cut_short() -> None:
    found = ending(
        START, SESSION, use(2, "a"),
        event_at(14, "tool_result", tool_use_id="a", name="Bash", status="error", duration_ms=12000,
                 reason="stopped while it was running"),
        event_at(14, "session_end", outcome="interrupted", message="interrupted before the agent was done"),
        event_at(15, "complete", outcome="interrupted", message="stopped on request", reason="signal"),
    )  # fmt: skip

    assert (found.verdict, found.why) == (Verdict.INTERRUPTED, "it was stopped on request")
    assert running(found) == [("Bash", "make test", "for 12s")]


def test_a_stall_says_whether_heartbeats_are_missing() -> None:
    idle = event_at(700, "heartbeat", state="waiting_on_model", idle_s=690, in_flight=[])

    missing = ending(START, SESSION, event_at(2, "prompt", text="go"), after=40)
    silent = ending(START, SESSION, event_at(2, "prompt", text="go"), idle)

    assert missing.why == "nothing was written for 40s: its writer hangs, or its machine cannot be reached"
    assert silent.why.startswith("only heartbeats were written for 11m")
    assert silent.waiting == "waiting for the model"


def test_an_unknown_run_says_what_is_missing_and_what_was_last_seen_to_run() -> None:
    start = event_at(0, "run_start", project_dir="/p", host="elsewhere")
    found = ending(start, SESSION, use(2, "a"), alive=None, after=90_000)

    assert found.verdict is Verdict.UNKNOWN
    assert found.why == "no heartbeat, and its writer on elsewhere cannot be seen; last event 25h 00m ago"
    assert running(found) == [("Bash", "make test", "for 0ms")]
    assert ending(alive=None).why == "no event yet"


def test_a_failed_run_that_says_nothing_takes_the_words_of_its_session_or_its_last_error() -> None:
    end = event_at(4, "complete", outcome="failed", message="done")
    error = event_at(2, "error", kind="Bug", message="no such column")
    session = event_at(3, "session_end", outcome="failed", errors=["Reached maximum number of turns (4)"])

    assert ending(START, SESSION, end).why == "no reason was given"
    assert ending(START, SESSION, error, end).why == "no reason was given; the last error was: no such column"
    assert ending(START, SESSION, error, session, end).why == "the limit of 4 turns was reached"


def test_a_run_that_does_not_state_its_outcome_has_ended_and_says_no_more() -> None:
    found = ending(START, event_at(4, "complete", outcome=5, message="done"))
    said = ending(START, event_at(4, "complete", message="disk full")).why

    assert (found.verdict, found.status, found.why) == (
        Verdict.ENDED, "ended", "its complete event does not say how",
    )  # fmt: skip
    assert said == "its complete event does not say how; disk full"


def test_the_further_lines_of_the_message_are_details() -> None:
    found = ending(START, event_at(1, "complete", outcome="failed", message="exit code 2\n\nstderr: no\nstderr: key"))

    assert (found.why, found.details) == ("exit code 2", ("stderr: no", "stderr: key"))


def test_features_that_fail_and_calls_that_failed_or_were_blocked_are_listed() -> None:
    found = ending(
        START,
        event_at(1, "progress", passing=1, total=2, features=[{"name": "a", "passes": False}]),
        use(2, "x"),
        event_at(3, "tool_result", tool_use_id="x", name="Bash", status="error", output="exit code 1"),
        event_at(
            4, "tool_result", tool_use_id="y", name="Bash", status="blocked", reason="no", rule="r", command="curl"
        ),
        event_at(5, "complete", outcome="budget", message="$0.51 of $0.50 spent", reason="max_budget"),
    )

    assert (found.status, found.why) == ("failed", "the budget of $0.50 was spent")
    assert found.failing == ("a",)
    assert [(call.subject, call.error) for call in found.failed] == [("make test", "exit code 1")]
    assert [(call.subject, call.reason, call.rule) for call in found.blocked] == [("curl", "no", "r")]


def test_a_call_without_a_result_was_not_running_when_a_run_succeeded() -> None:
    found = ending(START, use(1, "a"), event_at(2, "complete", outcome="success", message="done"))

    assert (found.why, found.running) == ("", ())


def test_what_was_running_when_a_process_was_killed_is_over_when_another_resumes_the_run() -> None:
    found = ending(
        START, SESSION, use(2, "a"),
        event_at(2, "subagent_start", id="s1", tool_use_id="t1", agent_type="Explore", description="Find it"),
        event_at(60, "info", kind="resumed", message="resumed by process 7"),
        alive=False,
    )  # fmt: skip

    assert running(found) == []


def test_an_active_run_lists_what_it_does_now() -> None:
    found = ending(START, SESSION, use(2, "a"), after=3)

    assert (found.status, found.why) == ("in tool Bash 3.0s", "")
    assert running(found) == [("Bash", "make test", "for 3.0s")]


def test_features_whose_names_were_removed_are_not_said_to_be_missing_in_the_file() -> None:
    def unnamed(**given: object) -> str:
        return ending(START, event_at(1, "progress", passing=1, total=4, **given)).unnamed

    assert unnamed(features="[4]", changed="[0]") == "their names are not shown"
    assert unnamed(features=None, changed=[]) == "the file does not name them"
    assert unnamed(changed=[{"name": "a", "passes": False}]) == "the file does not name 2 of them"


def test_what_has_no_end_is_named_by_what_the_run_is_doing() -> None:
    def words(**given: object) -> tuple[str, str]:
        found = ending(START, SESSION, use(2, "a"), **given)  # type: ignore[arg-type]
        return found.unended, found.running_title

    assert words() == ("active", "running")
    assert words(alive=False) == ("did not end", "was running")
    assert words(after=700) == ("did not end", "was running")
    assert ending(START, SESSION, alive=False).running_title == "last seen"


def test_a_call_that_failed_in_a_subagent_says_in_which() -> None:
    found = ending(
        START,
        event_at(2, "subagent_start", id="s1", tool_use_id="t1", agent_type="Explore", description="Find it"),
        event_at(3, "tool_result", "t1", tool_use_id="a", name="Bash", status="error", output="no"),
        event_at(3, "tool_result", "t9", tool_use_id="b", name="Bash", status="error", output="no"),
        event_at(3, "tool_result", tool_use_id="c", name="Bash", status="error", output="no"),
    )

    assert [found.agent_of(call) for call in found.failed] == ["subagent Explore: Find it", "a subagent", ""]
