"""The turn that answers a request follows from its messages, so that a retry gets the same one."""

from typing import Any

import msgspec
import pytest

from agent.rehearsal.matching import MessagesRequest, TurnMatcher
from agent.rehearsal.script import Conversation, Cut, HttpError, Script, Text, Turn


def conversation(name: str, *texts: str, match: str | None = None) -> Conversation:
    return Conversation(name=name, match=match, turn=tuple(Turn(block=(Text(text=text),)) for text in texts))


def request(*messages: tuple[str, Any], **fields: Any) -> MessagesRequest:
    history = [{"role": role, "content": content} for role, content in messages]
    return msgspec.convert({"messages": history, **fields}, MessagesRequest)


def answer(matcher: TurnMatcher, messages_request: MessagesRequest, session: str = "s", agent: str = "") -> str:
    headers = {"x-claude-code-session-id": session} | ({"x-claude-code-agent-id": agent} if agent else {})
    [block] = matcher.match(messages_request, headers).turn.block
    assert isinstance(block, Text)
    return block.text


def test_the_turn_follows_from_the_number_of_answers_so_far():
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one", "two", "three"),)))

    first = answer(matcher, request(("user", "go")))
    third = answer(
        matcher, request(("user", "go"), ("assistant", "a"), ("user", "b"), ("assistant", "c"), ("user", "d"))
    )

    assert (first, third) == ("one", "three")


def test_consecutive_answers_are_one_turn_and_system_messages_do_not_count():
    messages_request = request(
        ("user", "go"), ("system", "x"), ("assistant", "a"), ("system", "x"), ("assistant", "b"), ("user", "c")
    )

    assert messages_request.turn == 2


def test_notes_of_the_cli_are_not_part_of_the_prompt():
    blocks = [{"type": "text", "text": "<system-reminder>\nreview"}, {"type": "text", "text": "build"}]

    assert request(("user", blocks)).prompt == "build"


def test_a_retry_gets_the_same_turn_with_the_next_fault():
    faulty = Turn(block=(Text(text="at last"),), fault=(HttpError(status=529), Cut()))
    matcher = TurnMatcher(Script(conversation=(Conversation(name="main", turn=(faulty,)),)))

    replies = [matcher.match(request(("user", "go"), stream=stream), {}) for stream in (True, True, False)]

    assert [reply.fault for reply in replies] == [HttpError(status=529), Cut(), None]
    assert [(reply.request.turn, reply.request.attempt, reply.request.stream) for reply in replies] == [
        (1, 1, True),
        (1, 2, True),
        (1, 3, False),
    ]


def test_sessions_with_the_same_prompt_get_one_conversation_after_another():
    matcher = TurnMatcher(Script(conversation=(conversation("a", "first"), conversation("b", "second"))))
    go_on = request(("user", "go on"))

    assert [answer(matcher, go_on, session) for session in ("s1", "s2", "s1")] == ["first", "second", "first"]


def test_a_match_takes_precedence_over_the_order():
    script = Script(conversation=(conversation("main", "main"), conversation("sub", "sub", match="Review")))
    matcher = TurnMatcher(script)

    assert answer(matcher, request(("user", "Review this")), "s", "agent1") == "sub"
    assert answer(matcher, request(("user", "Build this")), "s") == "main"


def test_subagents_with_the_same_match_share_the_last_conversation():
    script = Script(
        conversation=(conversation("a", "first", match="Review"), conversation("b", "rest", match="Review"))
    )
    matcher = TurnMatcher(script)

    answers = [answer(matcher, request(("user", "Review")), "s", f"agent{n}") for n in (1, 2, 3)]

    assert answers == ["first", "rest", "rest"]


def test_without_the_headers_of_the_cli_the_prompt_identifies_the_conversation():
    matcher = TurnMatcher(Script(conversation=(conversation("a", "first"), conversation("b", "second"))))

    names = [matcher.match(request(("user", prompt)), {}).request.conversation for prompt in ("x", "y", "x")]

    assert names == ["a", "b", "a"]


def test_the_end_of_the_script_is_an_answer():
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one"),)))

    assert answer(matcher, request(("user", "go"), ("assistant", "one"), ("user", "more"))) == (
        "The script has ended: conversation `main` has no turn 2."
    )
    assert answer(matcher, request(("user", "go")), "another") == "The script has no conversation left for this prompt."


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"max_tokens": 1}, "Rehearsal"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"properties": {"title": {}}}}}},
            '{"title":"Rehearsal"}',
        ),
    ],
)
def test_requests_of_the_cli_for_itself_use_no_conversation(fields: dict[str, Any], expected: str):
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one"),)))

    assert answer(matcher, request(("user", "name this session"), **fields)) == expected
    assert answer(matcher, request(("user", "go"))) == "one"
