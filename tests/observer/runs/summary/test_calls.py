"""Tool calls and their results: which are running, which failed or were blocked, and which wrote a file."""

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.summary.calls import MAX_ERROR, Calls
from tests.helpers import event_at, line


def calls(*lines: bytes) -> Calls:
    found = Calls()
    for data in lines:
        event = decode(Line(data, 1))
        assert isinstance(event, Event)
        match event.type:
            case "tool_use":
                found.use(event, "/p")
            case "tool_result":
                found.result(event)
            case "heartbeat":
                found.heartbeat(event)
            case "complete":
                found.complete(event)
            case "session_end":
                found.end(event.iteration, 9.0, failed=event.text("outcome") != "success")
    return found


def use(second: float, id_: str, name: str = "Bash", parent: str | None = None, **arguments: object) -> bytes:
    return event_at(second, "tool_use", parent, id=id_, name=name, input=arguments or {"command": f"run {id_}"})


def result(second: float, id_: str, status: str = "success", name: str = "Bash", **more: object) -> bytes:
    return event_at(second, "tool_result", tool_use_id=id_, name=name, status=status, **more)


def beat(second: float, *ids: str) -> bytes:
    return event_at(
        second, "heartbeat", state="in_tool", in_flight=[{"id": id_, "name": "Bash", "elapsed_s": 2.0} for id_ in ids]
    )


def running(found: Calls) -> list[str]:
    return [call.id for call in found.running()]


def test_a_call_that_began_after_the_last_heartbeat_is_running() -> None:
    found = calls(use(1, "a"), use(2, "b"), beat(3, "a", "b"), result(4, "a"), use(5, "c"))

    assert running(found) == ["b", "c"]


def test_a_call_that_the_last_heartbeat_does_not_list_has_ended_although_its_result_is_missing() -> None:
    assert running(calls(use(1, "lost"), use(2, "b"), beat(3, "b"))) == ["b"]


def test_a_call_that_only_the_heartbeat_knows_is_running_since_it_says() -> None:
    found = calls(result(1, "x"), beat(10, "gone", "ended"), result(11, "ended"))

    assert [(call.id, call.name, call.subject) for call in found.running()] == [("gone", "Bash", "")]


def test_heartbeats_without_a_list_of_calls_end_none() -> None:
    found = calls(result(0, "x"), use(1, "a"), event_at(2, "heartbeat", state="writing"))

    assert running(found) == ["a"]


def test_a_writer_that_records_no_results_has_its_last_call_running() -> None:
    assert running(calls(use(1, "a"), use(2, "b"))) == ["b"]


def test_the_end_of_a_session_ends_its_calls_and_only_a_failed_one_cuts_them_short() -> None:
    ended = calls(use(1, "a"), event_at(2, "session_end", outcome="success"))
    failed = calls(use(1, "a"), event_at(2, "session_end", outcome="interrupted"))

    assert (running(ended), ended.cut()) == ([], [])
    assert (running(failed), [(call.id, call.ended) for call in failed.cut()]) == ([], [("a", 9.0)])


def test_the_end_of_a_session_leaves_the_calls_of_others_open_until_these_end() -> None:
    began = [line(100, "tool_use", id="a", name="Bash", input={}), line(200, "tool_use", id="b", name="Bash", input={})]
    ends = [line(seq, "session_end", outcome="success") for seq in (110, 120, 210)]

    assert running(calls(*began, ends[0])) == running(calls(*began, *ends[:2])) == ["b"]
    assert running(calls(*began, *ends)) == []


def test_a_result_with_a_reason_and_a_duration_was_cut_short_but_one_that_did_not_run_was_not() -> None:
    found = calls(
        use(1, "a"), use(2, "b"), use(3, "c"), use(3, "d"),
        result(5, "a", "error", duration_ms=4000, reason="stopped while it was running"),
        result(5, "b", "error", duration_ms=None, reason="did not run: the turn was interrupted before it started"),
        result(5, "c", "error", duration_ms=10, output="exit code 1"),
        result(5, "d", "error", duration_ms=0, reason="did not run: the session ended before it started"),
    )  # fmt: skip

    assert [call.id for call in found.cut()] == ["a"]
    assert [call.id for call in found.failed] == ["a", "b", "c", "d"]
    assert calls(result(5, "a", "error", duration_ms=4000, reason="stopped"), use(6, "b")).cut() == []


def test_a_failed_call_has_its_subject_its_error_and_its_time() -> None:
    output = "<tool_use_error>File does not exist.\n\nLook elsewhere.</tool_use_error>"
    found = calls(
        use(1, "a", "Read", file_path="/p/src/a.py"), result(2, "a", "error", "Read", output=output, duration_ms=5)
    )

    (call,) = found.failed
    assert (call.name, call.subject, call.error) == ("Read", "src/a.py", "File does not exist.\nLook elsewhere.")
    assert call.duration_s == 0.005


def test_blocked_and_failed_calls_without_a_tool_use_are_listed() -> None:
    found = calls(
        result(1, "a", "blocked", reason="not on the list", rule="allowlist", command="curl x"),
        result(2, "b", "error", "Edit", output="not found"),
        result(3, "", "error", "Edit", output="y" * 5000),
    )

    assert [(call.name, call.subject, call.reason, call.rule) for call in found.blocked] == [
        ("Bash", "curl x", "not on the list", "allowlist")
    ]
    assert [(call.name, call.subject, call.error[:9]) for call in found.failed] == [
        ("Edit", "", "not found"), ("Edit", "", "yyyyyyyyy"),
    ]  # fmt: skip
    assert len(found.failed[1].error) == MAX_ERROR


def test_only_a_write_that_succeeded_is_a_file_written() -> None:
    def write(second: float, id_: str, path: str, name: str = "Write", parent: str | None = None) -> bytes:
        key = "notebook_path" if name == "NotebookEdit" else "file_path"
        return use(second, id_, name, parent, **{key: path})

    found = calls(
        write(1, "refused", "/p/no"), result(2, "refused", "blocked", "Write"),
        write(1, "retried", "/p/later"), result(2, "retried", "error", "Write"),
        write(1, "never", "/p/no"),
        write(1, "inner", "/p/inner", "MultiEdit", "t1"), result(2, "inner", "success", "MultiEdit"),
        write(1, "book", "/p/b.ipynb", "NotebookEdit"), result(2, "book", "success", "NotebookEdit"),
        write(1, "", "/p/first"), write(1, "", "/p/second", "Edit"), result(2, "", "error", "Write"),
        result(3, "", "success", "Edit"),
        write(1, "same", "/p/one"), result(2, "same", "success", "Write"),
        write(3, "same", "/p/two"), result(4, "same", "error", "Write"), result(4, "same", "success", "Write"),
        write(5, "twice", "/p/three"), write(5, "twice", "/p/three"), result(6, "twice", "success", "Write"),
        result(7, "unseen", "success", "Write"),
    )  # fmt: skip

    writes = {path: file.writes for path, file in found.files.items()}
    assert writes == {"/p/inner": 1, "/p/b.ipynb": 1, "/p/second": 1, "/p/one": 1, "/p/three": 1}
    assert running(found) == ["never"]


def test_inputs_of_other_types_write_no_file() -> None:
    found = calls(
        use(1, "a", "Write", file_path=["/p/x"]), result(2, "a", name="Write"),
        event_at(3, "tool_use", id=7, name={"x": 1}, input="text"), result(4, "b", name="Write"),
    )  # fmt: skip

    assert found.files == {}


def test_blocked_calls_that_only_the_end_of_the_run_lists_are_there_once() -> None:
    items = [
        {"tool_use_id": "a", "name": "Bash", "command": "curl x", "rule": "allowlist", "reason": "not on the list"},
        {"tool_use_id": "b", "name": "Write", "command": None, "rule": "hook", "reason": "no"},
        {"name": "Write"}, "x", 5, None, {"command": 7}, {},
    ]  # fmt: skip
    found = calls(result(1, "a", "blocked", command="curl x"), event_at(2, "complete", outcome="failed", blocked=items))

    assert [(call.id, call.name, call.rule, call.reason) for call in found.blocked] == [
        ("a", "Bash", None, ""), ("b", "Write", "hook", "no"),
        ("", "Write", None, ""), ("", "tool", None, ""), ("", "tool", None, ""),
    ]  # fmt: skip
    assert [call.subject for call in found.blocked[3:]] == ["x", "7"]


def test_a_call_without_an_id_that_the_end_of_the_run_lists_is_the_one_that_was_blocked_before() -> None:
    end = event_at(2, "complete", outcome="failed", blocked=[{"command": "curl x"}, {"command": "rm -rf x"}])

    assert len(calls(result(1, "", "blocked", command="curl x"), end).blocked) == 2


def test_a_result_that_is_there_twice_counts_once_and_every_status_but_a_good_one_is_a_failure() -> None:
    found = calls(
        use(1, "a"), result(2, "a", "error"), result(2, "a", "error"),
        result(3, "b", "timeout"), result(3, "c", "completed"), result(3, "d", ""),
        use(4, "a"), result(5, "a", "error"),
    )  # fmt: skip

    assert [call.id for call in found.failed] == ["a", "b", "a"]
