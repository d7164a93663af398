"""Rollouts of Codex, of old and new versions: observer.dialects.codex.codex_rollout, and what it consists of,
observer.dialects.codex.codex_thread, observer.dialects.codex.codex_records, observer.dialects.codex.codex_messages,
observer.dialects.codex.codex_turns, observer.dialects.codex.codex_prompts and observer.dialects.codex.codex_usage."""

from typing import Any

import pytest

from observer.dialects.codex.codex_dialects import CodexRollout
from observer.dialects.codex.codex_rollout import RolloutConverter
from tests.observer.dialects.codex.rollouts import (
    BARE_SESSION,
    EARLIER_SESSION,
    EARLIER_TURN,
    NEW_SESSION,
    OLD_SESSION,
    SESSION,
    TOKENS,
    USAGE,
    Record,
    answers,
    asks,
    at,
    begins,
    calls,
    completed,
    context,
    counted,
    ends,
    event,
    item,
    meta,
    says,
    thinks,
    times,
    used,
)  # fmt: skip
from tests.observer.dialects.feeding import feed, kinds, line, of_type, problems


@pytest.fixture
def converter() -> RolloutConverter:
    return CodexRollout().converter()


def test_a_new_session_says_everything_once(converter: RolloutConverter) -> None:
    events = feed(converter, NEW_SESSION)
    assert kinds(events) == [
        "run_start", "session_start", "prompt", "thinking", "thought", "tool_use", "message", "tool_result",
        "tool_use", "tool_use", "message", "tool_result", "tool_result", "thought", "message", "info",
    ]  # fmt: skip
    (ending,) = converter.end()
    assert problems([*events, ending]) == []
    assert converter.unknown == {}


def test_an_old_session_reads_the_same(converter: RolloutConverter) -> None:
    events = feed(converter, OLD_SESSION)
    assert kinds(events) == [
        "run_start", "prompt", "session_start", "thinking", "tool_use", "message", "tool_result", "thought", "message",
    ]  # fmt: skip
    assert problems([*events, *converter.end()]) == []
    assert converter.unknown == {}


def test_the_first_versions_had_no_envelope(converter: RolloutConverter) -> None:
    events = feed(converter, BARE_SESSION)
    assert kinds(events) == [
        "run_start", "prompt", "session_start", "tool_use", "tool_result", "message", "thought",
    ]  # fmt: skip
    assert events[0].data["session"] == SESSION
    assert kinds(converter.end()) == ["message", "complete"]
    assert converter.unknown == {}


def test_the_beginning_names_the_session_its_version_and_its_directory(converter: RolloutConverter) -> None:
    start, session = feed(converter, NEW_SESSION)[:2]
    assert start.timestamp == "2026-11-23T01:12:00.000000Z"
    wanted = {"command": "codex exec", "version": "codex 0.171.0", "project_dir": "/p", "about": "Do it",
              "model": "gpt-5.5-codex", "session": SESSION, "resumed_from": None}  # fmt: skip
    assert {key: start.data[key] for key in wanted} == wanted
    wanted = {"session_id": SESSION, "cli_version": "0.171.0", "permission_mode": "never", "cwd": "/p"}
    assert {key: session.data[key] for key in wanted} == wanted


def test_the_pieces_of_a_message_have_its_id(converter: RolloutConverter) -> None:
    events = feed(converter, NEW_SESSION)
    pieces = [(data["message"], data["block"]) for data in of_type(events, "thinking", "thought")]
    assert pieces == [("message-1", 0), ("message-1", 1), ("message-3", 0)]
    messages = of_type(events, "message")
    assert [(data["id"], data["text"]) for data in messages] == [
        ("message-1", "Looking."), ("message-2", ""), ("message-3", "Done."),
    ]  # fmt: skip
    assert {data["model"] for data in messages} == {"gpt-5.5-codex"}


@pytest.mark.parametrize(("session", "count"), [(NEW_SESSION, 3), (OLD_SESSION, 2)])
def test_tokens_are_counted_once(converter: RolloutConverter, session: list[Record], count: int) -> None:
    messages = of_type(feed(converter, session), "message")
    assert [data["tokens"] for data in messages] == [TOKENS] * count
    (complete,) = of_type(converter.end(), "complete")
    assert complete["tokens"] == {key: value * count for key, value in TOKENS.items()}


def test_tokens_after_a_compaction_that_nothing_used_are_none(converter: RolloutConverter) -> None:
    zero = times(USAGE, 0) | {"total_tokens": 6860}
    events = feed(converter, [says(1, "Hi"), counted(1, USAGE, USAGE), counted(2, zero, times(USAGE, 2))])
    assert len(of_type(events, "message")) == 1


def test_tokens_without_a_message_are_not_lost(converter: RolloutConverter) -> None:
    first = counted(1, USAGE, USAGE)
    first["payload"]["info"]["model"] = "gpt-5.2"
    events = feed(converter, [first, counted(2, USAGE, times(USAGE, 2))])
    messages = of_type(events, "message")
    assert [(data["id"], data["tokens"], data["model"]) for data in messages] == [
        ("message-1", TOKENS, "gpt-5.2"), ("message-2", TOKENS, "gpt-5.2"),
    ]  # fmt: skip


def test_messages_of_which_no_tokens_come_end_with_the_next(converter: RolloutConverter) -> None:
    events = feed(converter, [says(1, "a"), says(1, "b"), asks(2, "go on"), says(3, "c"), ends(4)])
    assert [(data["text"], data["tokens"]) for data in of_type(events, "message")] == [("a\nb", None), ("c", None)]


@pytest.mark.parametrize(
    ("text", "kinds_", "shown"),
    [
        ("Do it", ["user.text"], True),
        ("<b>bold</b>", ["user.text"], True),
        ("<environment_context/>", ["environments.environment_context"], False),
        ("Do it", ["generic.turn_aborted"], False),
        ("Do it", ["unknown"], True),
        ("Do it", None, True),
        ("<environment_context/>", None, False),
        ("# AGENTS.md instructions for /p", None, False),
    ],
)
def test_only_what_people_wrote_is_a_prompt(
    converter: RolloutConverter, text: str, kinds_: list[str] | None, shown: Any
) -> None:
    prompts = of_type(feed(converter, [meta(), context(), asks(1, text, kinds_)]), "prompt")
    assert prompts == ([{"text": text, "source": "user", "images": []}] if shown else [])


def test_an_old_prompt_that_looks_like_the_programs_is_told_by_its_event(converter: RolloutConverter) -> None:
    records = [asks(1, "<b>bold</b>"), event(1, "user_message", message="<b>bold</b>"), asks(2, "x"),
               event(2, "user_message", message="x"), event(3, "user_message", message="x")]  # fmt: skip
    assert [data["text"] for data in of_type(feed(converter, records), "prompt")] == ["<b>bold</b>", "x", "x"]


def test_an_image_is_counted_without_the_frame_around_it(converter: RolloutConverter) -> None:
    content = [
        {"type": "input_text", "text": '<image name=[Image #1] path="/x.png">'},
        {"type": "input_image", "image_url": "data:image/png;base64,aGVsbG8="},
        {"type": "input_text", "text": "</image>"},
        {"type": "input_text", "text": "Look"},
    ]
    kinds_ = ["user.text", "user.image", "user.text", "user.text"]
    metadata = {"content_item_kinds": kinds_}
    prompt = item(1, "message", role="user", content=content, internal_chat_message_metadata_passthrough=metadata)
    again = completed(1, "UserMessage", content=[{"type": "local_image"}, {"type": "text", "text": "Look"}])
    images = [{"media_type": "image/png", "bytes": 5, "file": None}]
    assert of_type(feed(converter, [prompt, again]), "prompt") == [{"text": "Look", "source": "user", "images": images}]


def test_the_same_text_twice_from_the_model_is_two_texts(converter: RolloutConverter) -> None:
    said = completed(1, "AgentMessage", content=[{"type": "Text", "text": "ok"}])
    events = feed(converter, [said, says(1, "ok"), said, says(2, "ok"), said])
    assert len(of_type(events, "thought")) == 3


def test_a_turn_does_not_echo_the_one_before(converter: RolloutConverter) -> None:
    events = feed(converter, [begins(0), event(1, "agent_message", message="ok"), ends(2), begins(3), says(4, "ok")])
    assert len(of_type(events, "thought")) == 2


def test_thinking_that_is_only_encrypted_says_nothing(converter: RolloutConverter) -> None:
    assert feed(converter, [thinks(1), item(1, "reasoning", summary=[], encrypted_content="gAAA")]) == []


def test_thinking_has_each_part_once(converter: RolloutConverter) -> None:
    records = [event(1, "agent_reasoning", text="a"), event(1, "agent_reasoning", text="b"), thinks(1, "a", "b", "c")]
    assert [data["text"] for data in of_type(feed(converter, records), "thinking")] == ["a", "b", "c"]


def test_a_failed_turn_is_told_by_its_end_alone(converter: RolloutConverter) -> None:
    failure = {"message": '{"error":{"message":"no such model"}}', "codex_error_info": "other"}
    events = feed(converter, [meta(), begins(0), context(), asks(1, "Do it"), ends(2, error=failure)])
    assert of_type(events, "error") == [{"message": "no such model", "kind": "api", "traceback": None}]
    assert of_type(events, "info") == [
        {"message": "the turn failed after 1.5s", "kind": "turn_end", "duration_ms": 1500, "outcome": "failed"}
    ]
    (complete,) = of_type(converter.end(), "complete")
    assert (complete["outcome"], complete["message"]) == ("failed", "no such model")


def test_an_error_that_the_end_of_the_turn_repeats_is_one(converter: RolloutConverter) -> None:
    failure = {"message": "usage limit", "codex_error_info": {"usage_limit_exceeded": {}}}
    events = feed(converter, [begins(0), event(1, "error", **failure), ends(2, error=failure)])
    assert of_type(events, "error") == [{"message": "usage limit", "kind": "usage_limit_exceeded", "traceback": None}]


def test_a_request_that_is_repeated_is_no_error(converter: RolloutConverter) -> None:
    events = feed(converter, [event(1, "stream_error", message="Reconnecting... 2/5 (high demand)")])
    retry = {"attempt": 2, "max_retries": 5, "delay_ms": 0.0, "status": None, "error": "high demand"}
    assert of_type(events, "api_retry", "error") == [retry]


def test_an_interrupted_turn_ends_its_calls(converter: RolloutConverter) -> None:
    aborted = event(3, "turn_aborted", reason="interrupted", duration_ms=900)
    events = feed(converter, [meta(), begins(0), context(), calls(1, "exec_command", "c1", cmd="sleep 9"), aborted])
    assert kinds(events)[-4:] == ["message", "tool_result", "info", "info"]
    (result,) = of_type(events, "tool_result")
    assert (result["status"], result["reason"], result["duration_ms"]) == (
        "error",
        "stopped while it was running",
        2000,
    )
    assert [data["kind"] for data in of_type(events, "info")] == ["interrupted", "turn_end"]
    assert of_type(converter.end(), "complete")[0]["outcome"] == "interrupted"


def test_a_turn_that_goes_on_has_not_ended(converter: RolloutConverter) -> None:
    feed(converter, [*NEW_SESSION, begins(9), asks(9, "More", ["user.text"])])
    assert converter.end() == []


@pytest.mark.parametrize("count", range(5, len(OLD_SESSION)))
def test_an_old_turn_has_ended_when_the_model_has_spoken_and_called_nothing_since(
    converter: RolloutConverter, count: int
) -> None:
    events = feed(converter, OLD_SESSION[:count])
    has_spoken = bool(of_type(events, "thought"))
    assert bool(converter.end()) is has_spoken


def test_the_end_is_told_once_until_more_comes(converter: RolloutConverter) -> None:
    events = feed(converter, NEW_SESSION)
    (complete,) = converter.end()
    assert complete.data["duration_ms"] == 8000
    assert (complete.data["outcome"], complete.data["project_dir"]) == ("success", "/p")
    assert converter.end() == []
    more = feed(converter, [begins(9), asks(9, "More", ["user.text"]), says(10, "Yes."), ends(11)])
    assert kinds(more) == ["prompt", "thought", "message", "info"]
    assert kinds(converter.end()) == ["complete"]
    assert problems([*events, *more]) == []


def test_a_compaction_says_how_much_there_was_and_what_is_left(converter: RolloutConverter) -> None:
    events = feed(converter, [says(1, "a"), used(1), at(2, "compacted", {"message": "So far: a"}),
                              completed(2, "ContextCompaction", id="x"), event(2, "context_compacted")])  # fmt: skip
    assert of_type(events, "compaction") == [{"trigger": "", "tokens_before": 500}]
    assert of_type(events, "prompt") == [{"text": "So far: a", "source": "cli", "images": []}]


def test_a_plan_becomes_the_list_of_things_to_do(converter: RolloutConverter) -> None:
    plan = [{"step": "a", "status": "completed"}, {"step": "b", "status": "in_progress"}]
    records = [calls(1, "update_plan", "c1", plan=plan), answers(2, "c1", "Plan updated"),
               event(2, "plan_update", plan=plan), calls(3, "update_plan", "c2", plan=plan[:1]),
               answers(3, "c2", "unsupported call: update_plan")]  # fmt: skip
    events = feed(converter, records)
    items = [{"text": "a", "status": "completed"}, {"text": "b", "status": "in_progress"}]
    assert of_type(events, "todo") == [{"items": items}]
    assert [data["name"] for data in of_type(events, "tool_use")] == ["TodoWrite", "TodoWrite"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (event(1, "thread_name_updated", thread_name="Fix it"), ("title", "Fix it")),
        (event(1, "warning", message="careful"), ("warning", "careful")),
        (event(1, "entered_review_mode", user_facing_hint="current changes"), ("review", "review of current changes")),
        (event(1, "exited_review_mode", review_output=None), ("review", "the review is over")),
        (event(1, "thread_rolled_back", num_turns=2), ("rewind", "went back by 2 turns")),
    ],
)
def test_what_people_should_know_is_an_info(
    converter: RolloutConverter, record: Record, expected: tuple[str, str]
) -> None:
    (info,) = of_type(feed(converter, [record]), "info")
    assert (info["kind"], info["message"]) == expected


def test_a_fork_leaves_out_what_it_was_forked_from(converter: RolloutConverter) -> None:
    copied = [meta(0, id=EARLIER_SESSION), begins(0, EARLIER_TURN), context(0), asks(0, "Old", ["user.text"]),
              says(0, "Old answer"), used(0), event(0, "turn_aborted", turn_id=EARLIER_TURN)]  # fmt: skip
    own = [begins(1), context(1), asks(1, "New", ["user.text"]), says(2, "New answer"), used(2), ends(3)]
    events = feed(converter, [meta(0, forked_from_id=EARLIER_SESSION), *copied, *own])
    assert kinds(events) == ["run_start", "session_start", "prompt", "thought", "message", "info"]
    assert (events[0].data["session"], events[0].data["resumed_from"]) == (SESSION, EARLIER_SESSION)
    assert events[0].data["about"] == "New"


def test_a_fork_of_an_old_version_shows_all_it_has(converter: RolloutConverter) -> None:
    """Nothing tells then where the copy ends."""
    copied = [meta(0, id="old"), asks(0, "Old"), says(0, "Old answer")]
    events = feed(converter, [meta(0, id="new", forked_from_id="old"), *copied, asks(1, "New"), says(2, "New answer")])
    assert [data["text"] for data in of_type(events, "prompt")] == ["Old", "New"]


def test_times_may_go_back(converter: RolloutConverter) -> None:
    events = feed(converter, [meta(5), context(5), asks(9, "Do it"), says(3, "Yes")])
    assert [item_.timestamp for item_ in events[-2:]] == ["2026-11-23T01:12:09.000000Z", "2026-11-23T01:12:03.000000Z"]
    assert problems(events) == []


def test_records_of_unknown_types_are_counted_and_show_nothing(converter: RolloutConverter) -> None:
    records: list[Record] = [
        at(1, "dream", {"a": 1}), item(1, "dream_call"), event(1, "dreamt"), event(1, "dreamt"),
        completed(1, "Dream"), {"type": "dream"}, {},
    ]  # fmt: skip
    assert feed(converter, records) == []
    assert converter.unknown == {
        "dream": 2, "response_item dream_call": 1, "event_msg dreamt": 2, "event_msg item_completed Dream": 1,
        "no type": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "record",
    [
        at(1, "world_state", {"full": True}),
        {"timestamp": "2026-11-23T01:12:30Z", "ordinal": 7, "type": "world_state", "payload": {}},
        event(1, "thread_settings_applied", thread_id="x"),
        item(1, "ghost_snapshot", ghost_commit={}),
        item(1, "message", id="msg_1", role="developer", content=[{"type": "input_text", "text": "Be good"}]),
    ],
)
def test_bookkeeping_is_skipped_without_being_decoded(converter: RolloutConverter, record: Record) -> None:
    assert converter.feed(line(record)[:-9] + b"\xff") == []
    assert feed(converter, [record]) == []
    assert converter.unknown == {}


@pytest.mark.parametrize("data", [b"", b"not-json", b"[]", b'{"type":"response_item"', b"\xff\xfe"])
def test_a_line_that_is_no_record_says_nothing(converter: RolloutConverter, data: bytes) -> None:
    assert converter.feed(data) == []


@pytest.mark.parametrize(
    ("record", "vote"),
    [
        (meta(), 1),
        (context(), 1),
        (says(1, "x"), 1),
        (event(1, "token_count"), 1),
        (at(1, "compacted", {}), 1),
        (at(1, "world_state", {}), 0),
        (at(1, "news", {}), 0),
        (BARE_SESSION[0], 0),
        (BARE_SESSION[1], 0),
        (BARE_SESSION[2], 1),
        (BARE_SESSION[3], 1),
        (BARE_SESSION[4], 1),
        ({"type": "reasoning", "summary": []}, 1),
        ({"type": "local_shell_call", "action": {}}, 1),
        ({"seq": 1, "timestamp": "t", "run": "r", "type": "message", "data": {"text": "x"}}, -1),
        ({"type": "user", "message": {"role": "user"}}, -1),
        ({"type": "message", "role": "user", "content": "x", "timestamp": "t"}, -1),
        ({"type": "thread.started", "thread_id": "x"}, -1),
        ({"type": ["list"]}, -1),
        ({}, 0),
    ],
)
def test_a_record_votes_for_or_against_the_dialect(record: Record, vote: int) -> None:
    assert CodexRollout().vote(record) == vote
