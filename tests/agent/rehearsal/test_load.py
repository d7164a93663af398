"""A script file becomes typed values, or one sentence: what is wrong, where, what to do.

Tests agent.rehearsal.script, agent.rehearsal.tables, agent.rehearsal.blocks and agent.rehearsal.faults, too.
"""

import math
import re
from pathlib import Path

import pytest

from agent.rehearsal.blocks import (
    Raw,
    RedactedThinking,
    ServerToolUse,
    StreamDelays,
    Text,
    Thinking,
    ToolUse,
    WebSearchResult,
)
from agent.rehearsal.faults import Cut, End, ErrorEvent, EventName, HttpError, Insert, Omit, Stall
from agent.rehearsal.load import ScriptError, demo_script, load_script, parse_script
from agent.rehearsal.script import File, StopReason, Usage

DOCS = Path(__file__).parents[3] / "docs" / "rehearsal.md"


def error_message(content: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(content.encode(), "try.toml")
    return str(caught.value)


def test_every_key_is_read():
    script = parse_script(
        b"""
        pace = { chars = 3, ms = 1.5 }
        [[file]]
        path = "art/dot.gif"
        base64 = "R0lG"
        [[conversation]]
        name = "main"
        match_regex = "^Build .* now$"
        [[conversation.turn]]
        delay_s = 0.5
        match = "go on"
        model = "a-model"
        stop_reason = "stop_sequence"
        stop_sequence = "END"
        stop_details = { type = "note" }
        fault = [
          { type = "http", status = 429, error = "own_error", message = "slow down", retry_after_s = 2, times = 3 },
          { type = "http", status = 500, headers = { x-should-retry = "false" } },
          { type = "cut", after_chars = 12 },
          { type = "end", before = "message_stop" },
          { type = "error", error = "api_error", message = "oh", after_blocks = 2 },
          { type = "insert", event = "content_block_delta", data = "{" },
          { type = "omit", event = "content_block_stop" },
          { type = "stall", after_blocks = 1, silence_s = 2.5, ping_s = 0.5, times = inf },
        ]
        block = [
          { type = "thinking", thinking = "hm", delay_s = 1, signature = "c2ln" },
          { type = "redacted_thinking", data = "AAAA" },
          { type = "text", text = "hello", pace = { chars = 1, ms = 100 } },
          { type = "tool_use", name = "Bash", input = { command = "true" }, id = "toolu_1" },
          { type = "server_tool_use", name = "web_search", input = { query = "q" } },
          { type = "web_search_tool_result", error = "max_uses_exceeded" },
          { type = "raw", content = { type = "hologram" } },
        ]
        [conversation.turn.usage]
        input_tokens = 7
        output_tokens = 8
        cache_creation_input_tokens = 9
        cache_read_input_tokens = 10
        thinking_tokens = 4
        """,
        "try.toml",
    )

    [conversation] = script.conversation
    [turn] = conversation.turn
    assert script.pace == StreamDelays(chars=3, ms=1.5)
    assert conversation.matches("Build it now")
    assert not conversation.matches("Build it later")
    assert script.file == (File(path="art/dot.gif", base64="R0lG"),)
    assert script.file[0].content == b"GIF"
    assert turn.matches("please go on")
    assert (turn.model, turn.stop_reason, turn.stop_sequence) == ("a-model", StopReason.STOP_SEQUENCE, "END")
    assert turn.stop_details == {"type": "note"}
    assert turn.usage == Usage(
        input_tokens=7,
        output_tokens=8,
        cache_creation_input_tokens=9,
        cache_read_input_tokens=10,
        thinking_tokens=4,
    )
    assert turn.block == (
        Thinking(thinking="hm", delay_s=1, signature="c2ln"),
        RedactedThinking(data="AAAA"),
        Text(text="hello", pace=StreamDelays(chars=1, ms=100)),
        ToolUse(name="Bash", input={"command": "true"}, id="toolu_1"),
        ServerToolUse(name="web_search", input={"query": "q"}),
        WebSearchResult(error="max_uses_exceeded"),
        Raw(content={"type": "hologram"}),
    )
    assert turn.fault == (
        HttpError(status=429, error="own_error", message="slow down", retry_after_s=2, times=3),
        HttpError(status=500, headers={"x-should-retry": "false"}),
        Cut(after_chars=12),
        End(before=EventName.MESSAGE_STOP),
        ErrorEvent(error="api_error", message="oh", after_blocks=2),
        Insert(event="content_block_delta", data="{"),
        Omit(event=EventName.BLOCK_STOP),
        Stall(after_blocks=1, silence_s=2.5, ping_s=0.5, times=math.inf),
    )


def test_each_attempt_gets_the_next_fault():
    fault = '[{ type = "http", status = 529, times = 2 }, { type = "cut" }]'
    script = parse_script(
        f'[[conversation]]\nname = "a"\n[[conversation.turn]]\nfault = {fault}\n'.encode(), "try.toml"
    )
    turn = script.conversation[0].turn[0]

    faults = [turn.fault_of(attempt) for attempt in (1, 2, 3, 4)]

    assert faults == [turn.fault[0], turn.fault[0], turn.fault[1], None]


def test_a_fault_can_occur_always():
    assert HttpError(status=400, times=math.inf).times == math.inf


TURN = '[[conversation]]\nname = "main"\n[[conversation.turn]]\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            TURN + 'block = [{ type = "text", text = "a" }, { type = "text", txt = "b", text = "b" }]',
            "try.toml: in conversation 1, turn 1, block 2: unknown key `txt`; did you mean `text`? "
            "the keys here are type, delay_s, pace, text",
        ),
        (
            TURN + 'fault = [{ type = "stall", seconds = 3 }]',
            "try.toml: in conversation 1, turn 1, fault 1: unknown key `seconds`; "
            "the keys here are type, times, after_chars, after_blocks, before, silence_s, ping_s",
        ),
        (
            "speed = 3\n" + TURN,
            "try.toml: at the top level: unknown key `speed`; the keys here are account, pace, file, conversation",
        ),
        (
            TURN + "usage = { tokens = 3 }",
            "try.toml: in conversation 1, turn 1, usage: unknown key `tokens`; did you mean `input_tokens`? the keys "
            "here are input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens, "
            "thinking_tokens",
        ),
        ("", "try.toml: at the top level: object missing required key `conversation`; change it there"),
        (
            TURN + 'block = [{ type = "txet" }]',
            "try.toml: in conversation 1, turn 1, block 1, type: invalid value 'txet'; use one of text, thinking, "
            "redacted_thinking, tool_use, server_tool_use, web_search_tool_result, web_fetch_tool_result, "
            "code_execution_tool_result, bash_code_execution_tool_result, text_editor_code_execution_tool_result, "
            "tool_search_tool_result, raw",
        ),
        (
            TURN + 'fault = [{ type = "http", status = 200 }]',
            "try.toml: in conversation 1, turn 1, fault 1, status: expected `int` >= 400; change it there",
        ),
        (
            TURN + 'fault = [{ type = "cut", after_chars = 1, after_blocks = 1 }]',
            "try.toml: in conversation 1, turn 1, fault 1: give one of `after_chars`, `after_blocks` and `before`",
        ),
        (
            TURN + 'fault = [{ type = "cut", times = 1.5 }]',
            "try.toml: in conversation 1, turn 1, fault 1: `times` must be an integer, or inf for always",
        ),
        (
            TURN,
            "try.toml: in conversation 1, turn 1: a turn requires a `block`, a `fault` or a `stop_reason`",
        ),
        (
            TURN + 'stop_reason = "tired"',
            "try.toml: in conversation 1, turn 1, stop_reason: invalid enum value 'tired'; use one of end_turn, "
            "tool_use, max_tokens, stop_sequence, pause_turn, refusal, model_context_window_exceeded",
        ),
        (
            TURN + 'stop_reason = "stop_sequence"',
            'try.toml: in conversation 1, turn 1: give `stop_sequence` together with `stop_reason = "stop_sequence"`',
        ),
        (
            TURN + 'block = [{ type = "web_fetch_tool_result", error = "unavailable" }]',
            "try.toml: in conversation 1, turn 1: a result requires a `server_tool_use` before it in the turn, "
            "or a `tool_use_id`",
        ),
        (
            TURN + 'block = [{ type = "web_fetch_tool_result" }]',
            "try.toml: in conversation 1, turn 1, block 1: a result requires either `content` or `error`",
        ),
        (
            TURN + 'block = [{ type = "raw", content = { data = 1 } }]',
            "try.toml: in conversation 1, turn 1, block 1: the `content` of a raw block requires a `type`, the name of "
            "the block",
        ),
        (
            TURN + 'fault = [{ type = "omit", event = "ping" }]',
            "try.toml: in conversation 1, turn 1, fault 1, event: invalid enum value 'ping'; use one of message_start, "
            "content_block_start, content_block_delta, content_block_stop, message_delta, message_stop",
        ),
        (
            TURN + 'match = "a"\nmatch_regex = "b"\nstop_reason = "refusal"',
            "try.toml: in conversation 1, turn 1: give `match` or `match_regex`, not both",
        ),
        (
            '[[file]]\npath = "../a"\ntext = ""',
            "try.toml: in file 1: `path` must be inside the project and relative to it, not `../a`",
        ),
        (
            '[[file]]\npath = "a"',
            "try.toml: in file 1: a file requires either `text` or `base64`",
        ),
        (
            '[[file]]\npath = "a"\nbase64 = "?"',
            "try.toml: in file 1: `base64` is not valid Base64 (Only base64 data is allowed)",
        ),
        (
            '[[file]]\npath = "a"\nbytes = "?"',
            "try.toml: in file 1: unknown key `bytes`; the keys here are path, text, base64",
        ),
        (
            '[[conversation]]\nname = "main"\nmatch_regex = "("\nturn = [{ fault = [{ type = "cut" }] }]',
            "try.toml: in conversation 1: `match_regex` is not a valid regular expression "
            "(missing ), unterminated subpattern at position 0)",
        ),
        (
            (TURN + 'fault = [{ type = "cut" }]\n') * 2,
            "try.toml: at the top level: two conversations are named `main`; rename one of them",
        ),
        ("pace = ", "try.toml: not valid TOML: Invalid value (at end of document); fix it there"),
    ],
)
def test_an_invalid_script_is_reported_with_its_place(content: str, message: str):
    assert error_message(content) == message


def test_a_missing_script_is_reported(tmp_path: Path):
    with pytest.raises(ScriptError, match=r"cannot read .*none\.toml \(No such file or directory\); check the path"):
        load_script(tmp_path / "none.toml")


def test_a_script_that_is_not_utf_8_is_reported(tmp_path: Path):
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")

    with pytest.raises(ScriptError, match=r"latin\.toml: byte 5 is not UTF-8; save the script as UTF-8"):
        load_script(tmp_path / "latin.toml")


def test_the_demo_has_every_kind_of_block_and_tool():
    blocks = [
        block for conversation in demo_script().conversation for turn in conversation.turn for block in turn.block
    ]

    tools = {block.name for block in blocks if isinstance(block, ToolUse)}
    assert {type(block) for block in blocks} == {Text, Thinking, ToolUse}
    assert tools == {"Write", "Bash", "Edit", "Agent", "Read"}


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL))
def test_every_example_in_the_docs_is_a_script(example: str):
    head = '[[conversation]]\nname = "main"\n' if example.startswith("[[conversation.turn]]") else ""

    assert parse_script((head + example).encode(), "example.toml").conversation
