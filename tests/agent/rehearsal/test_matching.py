"""Which turn a request gets: told by its own messages, so that a retry gets the same."""

from typing import Any

import msgspec
import pytest

from agent.rehearsal.matching import MessagesRequest, Prompter
from agent.rehearsal.script import Conversation, Cut, HttpError, Script, Text, Turn


def conversation(name: str, *texts: str, match: str | None = None) -> Conversation:
    return Conversation(name=name, match=match, turn=tuple(Turn(block=(Text(text=text),)) for text in texts))


def request(*messages: tuple[str, Any], **fields: Any) -> MessagesRequest:
    history = [{"role": role, "content": content} for role, content in messages]
    return msgspec.convert({"messages": history, **fields}, MessagesRequest)


def said(prompter: Prompter, asked: MessagesRequest, session: str = "s", agent: str = "") -> str:
    headers = {"x-claude-code-session-id": session} | ({"x-claude-code-agent-id": agent} if agent else {})
    [block] = prompter.cue(asked, headers).turn.block
    assert isinstance(block, Text)
    return block.text


def test_the_turn_is_the_number_of_answers_so_far():
    prompter = Prompter(Script(conversation=(conversation("main", "one", "two", "three"),)))

    first = said(prompter, request(("user", "go")))
    third = said(
        prompter, request(("user", "go"), ("assistant", "a"), ("user", "b"), ("assistant", "c"), ("user", "d"))
    )

    assert (first, third) == ("one", "three")


def test_answers_in_a_row_are_one_turn_and_notes_of_the_system_are_none():
    asked = request(
        ("user", "go"), ("system", "x"), ("assistant", "a"), ("system", "x"), ("assistant", "b"), ("user", "c")
    )

    assert asked.turn == 2


def test_the_notes_of_the_cli_are_not_part_of_the_prompt():
    blocks = [{"type": "text", "text": "<system-reminder>\nreview"}, {"type": "text", "text": "build"}]

    assert request(("user", blocks)).prompt == "build"


def test_a_request_again_gets_the_same_turn_with_the_next_fault():
    faulty = Turn(block=(Text(text="at last"),), fault=(HttpError(status=529), Cut()))
    prompter = Prompter(Script(conversation=(Conversation(name="main", turn=(faulty,)),)))

    cues = [prompter.cue(request(("user", "go"), stream=stream), {}) for stream in (True, True, False)]

    assert [cue.fault for cue in cues] == [HttpError(status=529), Cut(), None]
    assert [(cue.asked.turn, cue.asked.attempt, cue.asked.stream) for cue in cues] == [
        (1, 1, True),
        (1, 2, True),
        (1, 3, False),
    ]


def test_sessions_with_the_same_prompt_play_one_conversation_after_another():
    prompter = Prompter(Script(conversation=(conversation("a", "first"), conversation("b", "second"))))
    asked = request(("user", "go on"))

    assert [said(prompter, asked, session) for session in ("s1", "s2", "s1")] == ["first", "second", "first"]


def test_a_match_goes_before_the_order():
    script = Script(conversation=(conversation("main", "main"), conversation("sub", "sub", match="Review")))
    prompter = Prompter(script)

    assert said(prompter, request(("user", "Review this")), "s", "agent1") == "sub"
    assert said(prompter, request(("user", "Build this")), "s") == "main"


def test_subagents_that_match_the_same_share_the_last_of_it():
    script = Script(
        conversation=(conversation("a", "first", match="Review"), conversation("b", "rest", match="Review"))
    )
    prompter = Prompter(script)

    answers = [said(prompter, request(("user", "Review")), "s", f"agent{n}") for n in (1, 2, 3)]

    assert answers == ["first", "rest", "rest"]


def test_without_the_headers_of_the_cli_the_prompt_tells_conversations_apart():
    prompter = Prompter(Script(conversation=(conversation("a", "first"), conversation("b", "second"))))

    names = [prompter.cue(request(("user", prompt)), {}).asked.conversation for prompt in ("x", "y", "x")]

    assert names == ["a", "b", "a"]


def test_a_script_that_is_over_says_so():
    prompter = Prompter(Script(conversation=(conversation("main", "one"),)))

    assert said(prompter, request(("user", "go"), ("assistant", "one"), ("user", "more"))) == (
        "The script is over: conversation `main` has no turn 2."
    )
    assert said(prompter, request(("user", "go")), "another") == "The script has no conversation left for this prompt."


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"max_tokens": 1}, "Rehearsal"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"properties": {"title": {}}}}}},
            '{"title":"Rehearsal"}',
        ),
    ],
)
def test_what_the_cli_asks_for_itself_plays_no_conversation(fields: dict[str, Any], answer: str):
    prompter = Prompter(Script(conversation=(conversation("main", "one"),)))

    assert said(prompter, request(("user", "name this session"), **fields)) == answer
    assert said(prompter, request(("user", "go"))) == "one"
