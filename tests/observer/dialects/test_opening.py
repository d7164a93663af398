"""The beginning of a run: nothing waits for the model, and `session_start` comes once."""

from observer.dialects.dialect import ForeignEvent
from observer.dialects.event_data import prompt, thought
from observer.dialects.opening import Opening
from tests.observer.dialects.feeding import kinds

PROMPT = ForeignEvent("prompt", prompt("Fix\nit", "user"), "2026-11-23T01:12:31.000000Z")
THOUGHT = ForeignEvent("thought", thought("Yes", "m", 0), "2026-11-23T01:12:32.000000Z")


def test_the_run_begins_with_its_first_event_and_quotes_the_first_prompt() -> None:
    opening = Opening("codex", version="codex 1.2", session_id="s", project_dir="/p", model="m")
    events = opening.pass_on([PROMPT])
    assert kinds(events) == ["run_start", "session_start", "prompt"]
    start, session = events[0].data, events[1].data
    assert [start[key] for key in ("about", "model", "session", "project_dir")] == ["Fix it", "m", "s", "/p"]
    assert [session[key] for key in ("session_id", "model", "cwd", "cli_version")] == ["s", "m", "/p", "1.2"]
    assert {event.timestamp for event in events} == {PROMPT.timestamp}


def test_a_prompt_before_the_model_is_shown_at_once() -> None:
    opening = Opening("codex", timestamp="2026-11-23T01:12:30.000000Z")
    first = opening.pass_on([PROMPT])
    assert kinds(first) == ["run_start", "prompt"]
    assert first[0].timestamp == "2026-11-23T01:12:30.000000Z"
    assert kinds(opening.pass_on([PROMPT])) == ["prompt"]
    opening.model = "m"
    assert kinds(opening.pass_on([THOUGHT, PROMPT])) == ["session_start", "thought", "prompt"]
    assert kinds(opening.pass_on([THOUGHT])) == ["thought"]


def test_a_session_whose_model_never_comes_begins_with_what_the_model_does() -> None:
    opening = Opening("codex")
    assert kinds(opening.pass_on([THOUGHT])) == ["run_start", "session_start", "thought"]


def test_nothing_begins_without_an_event() -> None:
    opening = Opening("codex", model="m")
    assert opening.pass_on([]) == []
    assert not opening.is_over


def test_a_run_of_which_no_more_will_be_known_begins_by_itself() -> None:
    opening = Opening("codex exec")
    assert kinds(opening.start()) == ["run_start", "session_start"]
    assert opening.start() == []
    assert opening.is_over


def test_what_the_program_says_is_not_what_the_run_is_about() -> None:
    opening = Opening("codex", model="m")
    summary = ForeignEvent("prompt", prompt("A summary", "cli"))
    assert opening.pass_on([summary, PROMPT])[0].data["about"] == "Fix it"
