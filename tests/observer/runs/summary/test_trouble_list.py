"""What went wrong in a run beside its tool calls."""

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.summary.trouble_list import TroubleList
from tests.helpers import event_at


def troubles(*lines: bytes) -> TroubleList:
    found = TroubleList()
    for line in lines:
        event = decode(Line(line, 1))
        assert isinstance(event, Event)
        found.take(event)
    return found


def retry(second: float, parent: str | None = None) -> bytes:
    return event_at(second, "api_retry", parent, attempt=1, max_retries=10, status=529, error="overloaded")


IN_VAIN = ("API", "a request was repeated twice without an answer, last: 529 overloaded")


def kinds_and_texts(found: TroubleList) -> list[tuple[str, str]]:
    return [(trouble.kind, trouble.text) for trouble in found.found]


def test_retries_that_were_answered_are_no_trouble() -> None:
    found = troubles(retry(1), retry(2), event_at(3, "message", id="m"), event_at(4, "session_end", outcome="failed"))

    assert kinds_and_texts(found) == [("session failed", "no reason was given")]
    assert not found.retries


def test_retries_that_gave_up_are_reported_when_their_session_fails() -> None:
    found = troubles(retry(1), retry(2), event_at(3, "session_end", outcome="failed", message="API Error: 529"))

    assert kinds_and_texts(found) == [IN_VAIN, ("session failed", "API Error: 529")]
    assert found.unanswered() == []


def test_an_answer_to_a_subagent_does_not_answer_the_main_agent() -> None:
    found = troubles(retry(1), retry(2), retry(2, "t1"), event_at(3, "message", "t1", id="m"))

    assert [(trouble.kind, trouble.text) for trouble in found.unanswered()] == [IN_VAIN]


def test_a_session_that_repeats_its_error_is_listed_once() -> None:
    silence = "the model was silent for 600 s while no tool was running"
    found = troubles(
        event_at(1, "error", message=silence, kind="silence"),
        event_at(2, "session_end", outcome="failed", message=silence, terminal_reason=None),
    )

    assert kinds_and_texts(found) == [("silence", silence)]


def test_each_kind_of_trouble_is_told_in_words() -> None:
    servers = [{"name": "tickets", "status": "failed"}, {"name": "git", "status": "connected"}]
    found = troubles(
        event_at(1, "session_start", mcp_servers=servers),
        event_at(2, "message", id="m", stop_reason="refusal"),
        event_at(3, "error", message="it broke\nbadly", kind="Bug", traceback="line 1"),
        event_at(4, "rate_limit", status="rejected", limit="five_hour"),
        event_at(5, "rate_limit", status="allowed", limit="five_hour"),
        event_at(6, "subagent_complete", status="failed", summary="no luck"),
        event_at(6, "subagent_complete", status="completed", summary="fine"),
        event_at(7, "info", kind="stuck", message="Bash failed 5 times in a row"),
        event_at(7, "info", kind="verified", message="x passed"),
        event_at(8, "session_end", outcome="failed", errors=["error_max_turns", "more"], terminal_reason="max_turns"),
        event_at(9, "session_end", outcome="success", errors=[]),
    )

    assert kinds_and_texts(found) == [
        ("MCP server", "tickets failed"),
        ("message", "the model refused to answer"),
        ("Bug", "it broke"),
        ("rate limit", "the five hour limit was reached"),
        ("subagent", "failed"),
        ("stuck", "Bash failed 5 times in a row"),
        ("session failed", "the limit of turns was reached"),
    ]
    assert [trouble.details for trouble in found.found if trouble.details] == ["badly\nline 1", "no luck", "more"]
