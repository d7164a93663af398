"""What the run file of `agent run` contains, in three runs with the real SDK and CLI that several tests look at."""

from datetime import datetime, timedelta

import pytest

from tests.end_to_end.conftest import Finish, Finished, Process, Workplace, assert_valid, script, text_of
from tests.end_to_end.writing import DONE, bash, write
from tests.helpers import wait_until

TOKEN = "ghp_" + "Zz09" * 9
PASSWORD = "correct-horse-battery"
SENTENCE = "This sentence is cut somewhere, and told again from its start."
BREAKS = (5, 20, 55)
"""The numbers of characters after which the stream of SENTENCE breaks."""


@pytest.fixture
def tools(finished: Finish) -> Finished:
    """A run with a tool call that succeeds, one that fails, one that is not permitted, and two with secrets."""

    def start(place: Workplace) -> Process:
        told = f'{{ type = "text", text = "Use {TOKEN} then {PASSWORD} please.", pace = {{ chars = 3, ms = 5 }} }}'
        echo = '{ type = "tool_use", name = "Bash", input = { command = "echo $DEPLOY_PASSWORD" } }'
        return place.rehearse(
            script(
                bash("echo out; sleep 0.3"),
                bash("echo oops >&2; exit 3"),
                write(str(place.root / "outside.txt")),
                f"block = [{told}, {echo}]",
                DONE,
            ),
            DEPLOY_PASSWORD=PASSWORD,
        )

    return finished("tools", start, sandbox=True)


def test_a_tool_result_says_how_long_the_tool_itself_took(tools: Finished) -> None:
    use, result = tools.of_type("tool_use")[0], tools.of_type("tool_result")[0]
    whole = datetime.fromisoformat(result["timestamp"]) - datetime.fromisoformat(use["timestamp"])
    assert result["data"]["status"] == "success"
    assert result["data"]["output"] == "out"
    assert 300 <= result["data"]["duration_ms"] <= whole / timedelta(milliseconds=1) + 1


def test_a_failing_tool_is_an_error_and_does_not_end_the_run(tools: Finished) -> None:
    result = tools.of_type("tool_result")[1]
    assert tools.code == 0
    assert (result["data"]["status"], result["data"]["reason"]) == ("error", None)
    assert "oops" in result["data"]["output"]


def test_a_file_outside_the_project_is_blocked(tools: Finished) -> None:
    result = tools.of_type("tool_result")[2]
    assert result["data"]["status"] == "blocked"
    assert result["data"]["reason"]
    assert not (tools.root / "outside.txt").exists()


def test_secrets_do_not_reach_the_file_whole_or_in_pieces(tools: Finished) -> None:
    content = tools.latest.read_text() + text_of(tools.events())
    assert "Use [redacted:github_token] then [redacted:DEPLOY_PASSWORD] please." in content
    assert tools.of_type("tool_result")[3]["data"]["output"] == "[redacted:DEPLOY_PASSWORD]"
    assert TOKEN not in content
    assert PASSWORD not in content


@pytest.fixture
def subagents(finished: Finish) -> Finished:
    """A run with a subagent in the foreground, which reads a.txt, and one in the background, which reads b.txt."""

    def spawn(file: str, background: str) -> str:
        task = f'description = "Read it", subagent_type = "general-purpose", prompt = "READ {file}"'
        call = f"{{ {task}, run_in_background = {background} }}"
        return f'block = [{{ type = "tool_use", name = "Agent", input = {call} }}]'

    def reader(file: str) -> str:
        return f"""
[[conversation]]
name = "reader of {file}"
match = "READ {file}"
[[conversation.turn]]
block = [{{ type = "text", text = "Reading." }},
    {{ type = "tool_use", name = "Read", input = {{ file_path = "{{project}}/{file}" }} }}]
[[conversation.turn]]
block = [{{ type = "text", text = "It says: the content." }}]
"""

    def start(place: Workplace) -> Process:
        for file in ("a.txt", "b.txt"):
            (place.project / file).write_text("the content")
        main = script(spawn("a.txt", "false"), spawn("b.txt", "true"), DONE, DONE)
        return place.rehearse(main + reader("a.txt") + reader("b.txt"))

    return finished("subagents", start)


@pytest.mark.parametrize("number", [0, 1], ids=["foreground", "background"])
def test_the_events_of_a_subagent_name_the_call_that_spawned_it_as_parent(subagents: Finished, number: int) -> None:
    events = subagents.events()
    calls = [event["data"]["id"] for event in subagents.of_type("tool_use") if event["data"]["name"] == "Agent"]
    call = calls[number]
    inside = [event["type"] for event in events if event["parent"] == call]
    (start,) = [event["data"] for event in subagents.of_type("subagent_start") if event["data"]["tool_use_id"] == call]
    (end,) = [event["data"] for event in subagents.of_type("subagent_complete") if event["data"]["tool_use_id"] == call]
    assert subagents.code == 0
    assert len(calls) == 2
    assert inside == ["prompt", "thought", "tool_use", "tool_result", "message", "thought", "message"]
    assert start["agent_type"] == "general-purpose"
    assert (end["status"], end["tool_uses"]) == ("completed", 1)
    assert end["duration_ms"] > 0


@pytest.fixture
def retries(finished: Finish) -> Finished:
    """A run in which the stream of SENTENCE breaks three times, at three places, and then the API is overloaded."""

    def broken(after: int) -> str:
        told = f'{{ type = "text", text = "{SENTENCE}", pace = {{ chars = 5, ms = 10 }} }}'
        call = '{ type = "tool_use", name = "Bash", input = { command = "true" } }'
        return f'fault = [{{ type = "cut", after_chars = {after} }}]\nblock = [{told}, {call}]'

    overloaded = 'fault = [{ type = "http", status = 529 }]\n' + DONE
    return finished("retries", lambda place: place.rehearse(script(*map(broken, BREAKS), overloaded)))


def test_a_request_to_an_overloaded_api_is_retried(retries: Finished) -> None:
    retry = retries.of_type("api_retry")[-1]
    assert retries.code == 0
    assert (retry["data"]["attempt"], retry["data"]["status"]) == (1, 529)
    assert text_of(retries.events()).splitlines()[-1] == "All done."


def test_text_is_neither_lost_nor_repeated_when_its_stream_breaks(retries: Finished) -> None:
    pieces = [event["data"]["text"] for event in retries.of_type("thought")]
    assert "".join(pieces) == SENTENCE * len(BREAKS) + "All done."
    assert len(retries.of_type("api_retry")) == len(BREAKS) + 1
    assert_valid(retries.latest)


def test_text_is_on_file_while_it_is_being_written(place: Workplace) -> None:
    stall = 'fault = [{ type = "stall", after_chars = 9 }]'
    place.rehearse(
        script(stall + '\nblock = [{ type = "text", text = "Piece by piece by piece.", pace = { chars = 6 } }]')
    )
    wait_until(lambda: text_of(place.events()) == "Piece by ", "the text so far")
