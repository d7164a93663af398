"""What `agent run` records of streams that are not as they should be, with the real CLI: every text exactly once.

The CLI ignores what it does not know, asks again without a stream, or keeps what it has and lets the model continue.
"""

import pytest

from tests.end_to_end.conftest import WARNING, Finish, Finished, Workplace, assert_valid, finish, script, text_of
from tests.end_to_end.writing import DONE

INVALID = """'{"type": "content_block_delta", "ind'"""
ODD_DELTA = """'{"type": "content_block_delta", "index": 0, "delta": {"type": "odd_delta"}}'"""
FAULTS = {
    "invalid JSON": f'{{ type = "insert", after_chars = 9, event = "content_block_delta", data = {INVALID} }}',
    "unknown event": '{ type = "insert", after_chars = 9, event = "odd", data = \'{"type": "odd"}\' }',
    "unknown delta": f'{{ type = "insert", after_chars = 9, event = "content_block_delta", data = {ODD_DELTA} }}',
    "no message_start": '{ type = "omit", event = "message_start" }',
    "no content_block_start": '{ type = "omit", event = "content_block_start" }',
    "no message_delta": '{ type = "omit", event = "message_delta" }',
    "no message_stop": '{ type = "omit", event = "message_stop" }',
    "empty": '{ type = "end", before = "message_start" }',
    "error at first": '{ type = "error", before = "message_start" }',
    "a break and an earlier one": '{ type = "end", after_chars = 19 }, { type = "end", after_chars = 9 }',
    "error in the text": '{ type = "error", after_chars = 9 }',
    "pings only": '{ type = "stall", after_chars = 9, silence_s = 0.5, ping_s = 0.1 }',
    "unknown block": "",
}


def sentence(name: str) -> str:
    return f"This was said in spite of {name}."


@pytest.fixture
def malformed(finished: Finish) -> Finished:
    """A run in which each turn has one of `FAULTS`, a text, a block of an unknown type and a call."""

    def turn(name: str, fault: str) -> str:
        text = f'{{ type = "text", text = "{sentence(name)}", pace = {{ chars = 5 }} }}'
        call = f'{{ type = "tool_use", name = "Bash", input = {{ command = "echo {name}" }} }}'
        odd = '{ type = "raw", content = { type = "odd", data = "?" } }' if name == "unknown block" else ""
        return f"fault = [{fault}]\nblock = [{', '.join(filter(None, [text, odd, call]))}]"

    turns = [turn(name, fault) for name, fault in FAULTS.items()]
    return finished("malformed", lambda place: place.rehearse(script(*turns, DONE)))


def test_every_text_of_a_malformed_stream_is_on_file_once(malformed: Finished) -> None:
    assert text_of(malformed.events()).splitlines() == [*map(sentence, FAULTS), "All done."]
    messages = [event["data"]["text"] for event in malformed.of_type("message")]
    assert [text for text in messages if text] == [*map(sentence, FAULTS), "All done."]
    assert (malformed.code, malformed.err) == (0, WARNING)
    assert malformed.events()[-1]["data"]["outcome"] == "success"
    assert_valid(malformed.latest)


def test_every_call_in_a_malformed_stream_is_run_once(malformed: Finished) -> None:
    results = [event["data"] for event in malformed.of_type("tool_result")]
    assert [event["data"]["name"] for event in malformed.of_type("tool_use")] == ["Bash"] * len(FAULTS)
    assert [(result["status"], result["output"]) for result in results] == [("success", name) for name in FAULTS]


def test_a_stream_without_the_end_of_its_blocks_is_no_answer(place: Workplace) -> None:
    odd = 'fault = [{ type = "omit", event = "content_block_stop" }]\nblock = [{ type = "text", text = "Lost." }]'

    code, _, _ = finish(place.rehearse(script(odd, DONE)))

    assert code == 0
    assert text_of(place.events()).splitlines()[-1] == "All done."
    assert [event["data"]["source"] for event in place.of_type("prompt")] == ["user", "cli"]


def test_a_stream_that_ends_after_a_block_is_continued(place: Workplace) -> None:
    blocks = 'block = [{ type = "text", text = "First." }, { type = "text", text = "Never sent." }]'

    code, _, _ = finish(place.rehearse(script(f'fault = [{{ type = "end", after_blocks = 1 }}]\n{blocks}', DONE)))

    assert code == 0
    assert text_of(place.events()).splitlines() == ["First.", "All done."]
