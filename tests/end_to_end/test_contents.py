"""What was said, shown and printed in a session with the real SDK and CLI is in its run file, for grep and jq."""

import base64
import json
import stat
import subprocess
from collections import Counter
from typing import Any

import pytest

from tests.end_to_end.conftest import Finish, Finished, Process, Workplace, text_of
from tests.end_to_end.writing import DONE, bash, conversation

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGM4IWcDRwzEcQDgQxIh0JD36gAAAABJRU5ErkJggg=="
)
FOUND = "fresh pair of eyes"
FIRST = "I have looked at this for too long.\nIt needs a fresh pair of eyes, so I ask another agent to look at it."
LINES = "".join(f"{number}\n" for number in range(1, 20_001))
"""The output of `seq 20000`, of which the CLI passes on the beginning."""


def said(text: str) -> str:
    """Return a block of text that is streamed in pieces of seven characters."""
    return f'{{ type = "text", text = {json.dumps(text)}, pace = {{ chars = 7 }} }}'


def calls(*inputs: tuple[str, dict[str, str]]) -> str:
    """Return a turn that calls several tools."""
    blocks = [
        f'{{ type = "tool_use", name = "{name}", input = {{ '
        + ", ".join(f"{key} = {json.dumps(value)}" for key, value in input_.items())
        + " } }"
        for name, input_ in inputs
    ]
    return f"block = [{', '.join(blocks)}]"


@pytest.fixture
def session(finished: Finish) -> Finished:
    def start(place: Workplace) -> Process:
        (place.project / "dot.png").write_bytes(PICTURE)
        read = '{ type = "tool_use", name = "Read", input = { file_path = "{project}/dot.png" } }'
        spawn = (
            '{ type = "tool_use", name = "Agent", input = { description = "Look", prompt = "Look at it closely.", '
            'subagent_type = "general-purpose", run_in_background = false } }'
        )
        main = conversation(
            "main",
            'block = [{ type = "thinking", thinking = "Hm." }, { type = "redacted_thinking" }, '
            f"{said(FIRST)}, {read}]",
            bash("seq 20000"),
            bash("seq 20000; exit 3"),
            calls(
                ("TaskCreate", {"subject": "Write it", "description": "the text"}),
                ("TaskCreate", {"subject": "Test it", "description": "the tests"}),
            ),
            calls(
                ("TaskUpdate", {"taskId": "1", "status": "completed"}),
                ("TaskUpdate", {"taskId": "2", "status": "deleted"}),
            ),
            f"block = [{said('So it is.')}, {spawn}]",
            DONE,
        )
        sub = conversation(
            "sub",
            f'block = [{{ type = "redacted_thinking" }}, {said("Two eyes.")}, '
            '{ type = "tool_use", name = "Bash", input = { command = "seq 20000" } }]',
            f"block = [{said('It is fine.')}]",
            match="Look at it closely.",
        )
        return place.rehearse(main + sub)

    return finished("contents", start)


def data(session: Finished, type_: str, parent: str | None = None) -> list[dict[str, Any]]:
    return [event["data"] for event in session.of_type(type_) if event["parent"] == parent]


def subagent(session: Finished) -> str:
    (call,) = [use["id"] for use in data(session, "tool_use") if use["name"] == "Agent"]
    return str(call)


def test_grep_finds_a_sentence_that_came_in_pieces(session: Finished) -> None:
    found = subprocess.run(["grep", FOUND, session.latest], capture_output=True, text=True, check=True).stdout
    assert session.code == 0
    assert [line for line in found.splitlines() if '"type":"message"' in line]
    assert len(data(session, "thought")) < len(FIRST) / 7


@pytest.mark.needs("jq")
def test_jq_prints_the_paragraphs(session: Finished) -> None:
    program = 'select(.type=="message" and .data.text != "").data.text'
    printed = subprocess.run(["jq", "-r", program, session.latest], capture_output=True, text=True, check=True).stdout
    assert printed == f"{FIRST}\nSo it is.\nTwo eyes.\nIt is fine.\nAll done.\n"


@pytest.mark.needs("jq")
def test_jq_sums_tokens_by_model_by_subagent_and_by_time(session: Finished) -> None:
    def sums(key: str) -> dict[str, int]:
        program = (
            f'map(select(.type=="message")) | group_by({key})[]'
            f' | [(.[0] | {key} // "main"), (map(.data.tokens.input) | add)]'
        )
        printed = subprocess.run(["jq", "-sc", program, session.latest], capture_output=True, text=True, check=True)
        return {str(row[0]): row[1] for row in map(json.loads, printed.stdout.splitlines())}

    (end,) = data(session, "session_end")
    (model,) = end["model_usage"].items()
    expected = model[1]["inputTokens"]
    assert sums(".data.model") == {model[0]: expected}
    by_agent = sums(".parent")
    assert by_agent.keys() == {"main", subagent(session)}
    assert sum(by_agent.values()) == expected
    assert sum(sums(".timestamp[0:16]").values()) == expected


def test_each_message_ends_once_with_its_reason_behind_all_that_it_says(session: Finished) -> None:
    ends = [event for event in session.events() if event["type"] == "message"]
    assert max(Counter(event["data"]["id"] for event in ends).values()) == 1
    reasons = [event["data"]["stop_reason"] for event in ends if event["parent"] is None]
    assert reasons == ["tool_use"] * 6 + ["end_turn"]
    for event in session.events():
        if event["type"] in {"thought", "thinking"}:
            (end,) = [end for end in ends if end["data"]["id"] == event["data"]["message"]]
            assert event["seq"] < end["seq"]
    texts = [event["data"]["text"] for event in ends if event["parent"] is None]
    assert text_of(session.events()) == "\n".join(filter(None, texts))


def test_a_conversation_begins_with_its_prompt(session: Finished) -> None:
    types = [event["type"] for event in session.events()]
    assert types.index("session_start") < types.index("prompt") < types.index("message")
    assert [(prompt["source"], prompt["text"]) for prompt in data(session, "prompt")] == [("user", "Do it.")]
    (prompt,) = data(session, "prompt", subagent(session))
    assert (prompt["source"], prompt["text"]) == ("subagent", "Look at it closely.")


def test_the_session_says_how_it_is_set_up(session: Finished) -> None:
    (start,) = data(session, "session_start")
    assert start["cli_version"].count(".") == 2
    assert (start["permission_mode"], start["mcp_servers"]) == ("acceptEdits", [])
    assert start["cwd"] == str(session.project)


def test_an_image_that_a_tool_shows_is_kept_beside_the_run(session: Finished) -> None:
    (result,) = [result for result in data(session, "tool_result") if result["name"] == "Read"]
    (image,) = result["images"]
    kept = session.root / "runs" / image["file"]
    assert (image["media_type"], image["bytes"]) == ("image/png", len(PICTURE))
    assert kept.read_bytes() == PICTURE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert base64.b64encode(PICTURE) not in session.latest.read_bytes()


@pytest.mark.parametrize("inside", [False, True], ids=["main agent", "subagent"])
def test_an_output_that_the_cli_has_put_into_a_file_is_whole(session: Finished, inside: bool) -> None:
    parent = subagent(session) if inside else None
    result = next(result for result in data(session, "tool_result", parent) if result["name"] == "Bash")
    assert (result["status"], result["truncated"], result["output_bytes"]) == ("success", False, len(LINES))
    assert (session.root / "runs" / result["output_file"]).read_text() == LINES


def test_an_output_that_the_cli_has_cut_is_marked(session: Finished) -> None:
    (result,) = [result for result in data(session, "tool_result") if result["status"] == "error"]
    assert (result["truncated"], "characters truncated" in result["output"]) == (True, True)


def test_the_list_of_things_to_do_is_written_whenever_it_changes(session: Finished) -> None:
    lists = [[(item["text"], item["status"]) for item in todo["items"]] for todo in data(session, "todo")]
    assert sorted(lists[0] + lists[1]) == [("Test it", "pending"), ("Write it", "pending"), ("Write it", "pending")]
    assert lists[-1] == [("Write it", "completed")]
    assert len(lists) == 4


@pytest.mark.parametrize("inside", [False, True], ids=["main agent", "subagent"])
def test_thinking_that_the_api_has_encrypted_leaves_a_mark(session: Finished, inside: bool) -> None:
    thinking = data(session, "thinking", subagent(session) if inside else None)
    assert [piece["text"] for piece in thinking if piece["redacted"]] == [""]
