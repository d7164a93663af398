"""What `agent run` records of thinking, token counts and nested subagents, in a run with the real SDK and CLI."""

import base64

import pytest

from tests.end_to_end.conftest import Finish, Finished, Process, Workplace, script, text_of
from tests.end_to_end.writing import DONE, bash, conversation, use

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4IWcDAALUASNyYth2AAAAAElFTkSuQmCC"
"""An image of one pixel."""
THINKING = """
model = "another-model"
usage.input_tokens = 1000
usage.output_tokens = 500
usage.thinking_tokens = 300
usage.cache_read_input_tokens = 20000
usage.cache_creation_input_tokens = 40
"""
BLOCKS = """
{ type = "thinking", thinking = "Step by step." },
{ type = "redacted_thinking", data = "RW5jcnlwdGVk" },
{ type = "thinking", thinking = "", signature = "T21pdHRlZA==" },
"""


def spawn(level: int, background: str) -> str:
    task = f'description = "Level {level}", subagent_type = "general-purpose", prompt = "LEVEL {level}"'
    return f'{{ type = "tool_use", name = "Agent", input = {{ {task}, run_in_background = {background} }} }}'


@pytest.fixture
def nested(finished: Finish) -> Finished:
    """A run with a subagent in the background, which has one in the foreground, which has another."""

    def start(place: Workplace) -> Process:
        main = script(
            f"{THINKING}block = [{BLOCKS}{spawn(1, 'true')}]",
            'block = [{ type = "text", text = "Meanwhile." }]',
            'match = "SYSTEM NOTIFICATION"\nblock = [{ type = "text", text = "It is back." }]',
        )
        inner = [
            conversation(
                f"level {level}",
                f'block = [{{ type = "text", text = "Down {level}." }}, {spawn(level + 1, "false")}]',
                f'block = [{{ type = "text", text = "Up {level}." }}]',
                match=f"LEVEL {level}",
            )
            for level in (1, 2)
        ]
        read = use("Read", file_path="{project}/art/dot.png")
        last = conversation("level 3", bash("echo deep"), read, DONE, match="LEVEL 3")
        file = f'[[file]]\npath = "art/dot.png"\nbase64 = "{PIXEL}"'
        return place.rehearse("\n".join([file, main, *inner, last]))

    return finished("nested", start)


def calls(nested: Finished) -> list[str]:
    """Return the IDs of the calls that started a subagent, outermost first."""
    return [event["data"]["id"] for event in nested.of_type("tool_use") if event["data"]["name"] == "Agent"]


def test_redacted_thinking_leaves_a_mark_and_omitted_thinking_none(nested: Finished) -> None:
    thinking = [event["data"] for event in nested.of_type("thinking")]
    assert "".join(each["text"] for each in thinking) == "Step by step."
    assert [each["text"] for each in thinking if each["redacted"]] == [""]
    assert "RW5jcnlwdGVk" not in nested.latest.read_text()


def test_a_message_has_its_model_and_its_tokens(nested: Finished) -> None:
    first = nested.of_type("message")[0]["data"]
    assert (first["model"], first["stop_reason"]) == ("another-model", "tool_use")
    assert first["tokens"] == {"input": 1000, "output": 500, "cache_read": 20_000, "cache_write": 40, "thinking": 300}


def test_every_event_of_a_nested_subagent_names_its_own_call_as_parent(nested: Finished) -> None:
    ids = calls(nested)
    parents = [event["parent"] for event in nested.of_type("tool_use") if event["data"]["id"] in ids]
    inside = [event["data"]["name"] for event in nested.of_type("tool_use") if event["parent"] == ids[2]]
    ends = {event["data"]["tool_use_id"]: event["data"]["status"] for event in nested.of_type("subagent_complete")}
    assert nested.code == 0
    assert parents == [None, *ids[:2]]
    assert inside == ["Bash", "Read"]
    assert ends == dict.fromkeys(ids, "completed")
    assert text_of(nested.events()).splitlines() == ["Meanwhile.", "It is back."]


def test_the_prompt_of_a_nested_subagent_is_on_file(nested: Finished) -> None:
    prompts = [(event["data"]["text"], event["parent"]) for event in nested.of_type("prompt")]
    assert [(f"LEVEL {level}", id_) for level, id_ in enumerate(calls(nested), 1)] == prompts[1:4]


def test_an_image_that_a_nested_subagent_sees_is_kept_beside_the_run(nested: Finished) -> None:
    (image,) = [image for event in nested.of_type("tool_result") for image in event["data"]["images"]]
    assert (nested.root / "runs" / image["file"]).read_bytes() == base64.b64decode(PIXEL)
    assert image["media_type"] == "image/png"
