"""The turn that answers a request follows from its messages, so that a retry gets the same one."""

from typing import Any

import msgspec
import pytest

from agent.rehearsal.blocks import Text
from agent.rehearsal.faults import Cut, HttpError
from agent.rehearsal.matching import MessagesRequest, TurnMatcher
from agent.rehearsal.script import Conversation, Script, Turn


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


def history(*prompts: Any) -> MessagesRequest:
    """Return the request after these messages of the user, each but the last with an answer, and a note of the CLI."""
    messages: list[tuple[str, Any]] = [("user", prompts[0])]
    for prompt in prompts[1:]:
        messages += [("assistant", "a"), ("user", prompt)]
    return request(*messages, ("system", "weather"))


def test_a_turn_can_be_selected_by_the_last_message_of_the_user():
    turns = (
        Turn(block=(Text(text="one"),)),
        Turn(match="weather", block=(Text(text="sunny"),)),
        Turn(block=(Text(text="two"),)),
        Turn(match_regex="weather", block=(Text(text="rain"),)),
    )
    matcher = TurnMatcher(Script(conversation=(Conversation(name="main", turn=turns),)))
    prompts = ("go", "the weather?", "on", "the weather?", "weather", "on")

    answers = [answer(matcher, history(*prompts[:number])) for number in range(1, 7)]

    assert answers == [
        "one",
        "sunny",
        "two",
        "rain",
        "rain",
        "The script has ended: conversation `main` has no turn 6.",
    ]


def test_the_results_of_tools_are_in_the_last_message_of_the_user():
    texts = [{"type": "text", "text": "in a list"}, {"type": "image", "source": {}}]
    results = [
        {"type": "tool_result", "tool_use_id": "1", "content": "plain"},
        {"type": "tool_result", "tool_use_id": "2", "content": texts},
        {"type": "tool_result", "tool_use_id": "3"},
        {"type": "text", "text": "<system-reminder>news"},
    ]

    assert request(("user", "go"), ("assistant", "a"), ("user", results)).last_message.split("\n") == [
        *["plain", "in a list", "", "<system-reminder>news"]
    ]


def test_the_notes_before_the_first_prompt_match_no_turn():
    turns = (Turn(match="weather", block=(Text(text="sunny"),)), Turn(block=(Text(text="one"),)))
    matcher = TurnMatcher(Script(conversation=(Conversation(name="main", turn=turns),)))
    note = {"type": "text", "text": "<system-reminder>weather"}
    first = ("user", [note, {"type": "text", "text": "go"}])

    answers = [answer(matcher, request(first)), answer(matcher, request(first, ("assistant", "a"), ("user", [note])))]

    assert answers == ["one", "sunny"]


def test_a_retry_of_a_matching_turn_gets_its_next_fault():
    faulty = Turn(match="weather", block=(Text(text="sunny"),), fault=(Cut(),))
    plain = Turn(block=(Text(text="one"),))
    matcher = TurnMatcher(Script(conversation=(Conversation(name="main", turn=(plain, faulty, faulty)),)))
    requests = [history("go"), history("go", "weather"), history("go", "weather")]

    replies = [matcher.match(each, {}) for each in requests]

    assert [(reply.request.turn, reply.request.attempt) for reply in replies] == [(1, 1), (2, 1), (2, 2)]
    assert [reply.fault for reply in replies] == [None, Cut(), None]


def test_a_prompt_after_an_interrupted_or_discarded_answer_gets_the_next_turn():
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one", "two", "three"),)))
    note = {"type": "text", "text": "<system-reminder>The previous response failed"}
    interrupted = request(("user", "go"), ("user", "stop"))
    discarded = request(("user", "go"), ("user", [{"type": "text", "text": "stop"}, note]))
    requests = (request(("user", "go")), interrupted, interrupted, discarded)

    assert [answer(matcher, each) for each in requests] == ["one", "two", "two", "three"]


def test_the_script_continues_when_the_history_has_been_compacted():
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one", "two", "three", "four"),)))
    full = [history("go"), history("go", "on")]
    compacted = [history("This session is being continued: ..."), history("This session is being continued: ...", "on")]

    answers = [answer(matcher, each) for each in [*full, *compacted]]

    assert answers == ["one", "two", "three", "four"]


def test_a_resumed_history_begins_where_it_ended():
    matcher = TurnMatcher(Script(conversation=(conversation("main", "one", "two", "three"),)))

    assert [answer(matcher, history("go", "on")), answer(matcher, history("go", "on", "on"))] == ["two", "three"]


def test_nested_subagents_have_a_conversation_each():
    names = ("main", "level 1", "level 2")
    script = Script(conversation=tuple(conversation(name, name, "end", match=name) for name in names))
    matcher = TurnMatcher(script)

    agents = dict(zip(names, ("", "agent1", "agent2"), strict=True))
    down = [answer(matcher, history(name), "s", agents[name]) for name in names]
    up = [answer(matcher, history(name, "result"), "s", agents[name]) for name in reversed(names)]

    assert (down, up) == (list(names), ["end"] * 3)
