"""A script file becomes typed values (`agent.rehearsal.script`), or one sentence: what is wrong, where, what to do."""

import math
from pathlib import Path

import pytest

from agent.rehearsal.load import ScriptError, demo_script, load_script, parse_script
from agent.rehearsal.script import Cut, HttpError, Stall, StreamDelays, Text, Thinking, ToolUse


def error_message(content: str) -> str:
    with pytest.raises(ScriptError) as caught:
        parse_script(content.encode(), "try.toml")
    return str(caught.value)


def test_every_key_is_read():
    script = parse_script(
        b"""
        pace = { chars = 3, ms = 1.5 }
        [[conversation]]
        name = "main"
        match_regex = "^Build .* now$"
        [[conversation.turn]]
        delay_s = 0.5
        usage = { input_tokens = 7, output_tokens = 8, cache_creation_input_tokens = 9, cache_read_input_tokens = 10 }
        fault = [
          { type = "http", status = 429, error = "own_error", message = "slow down", retry_after_s = 2, times = 3 },
          { type = "cut", after_chars = 12 },
          { type = "stall", after_blocks = 1, silence_s = 2.5, times = inf },
        ]
        block = [
          { type = "thinking", thinking = "hm", delay_s = 1 },
          { type = "text", text = "hello", pace = { chars = 1, ms = 100 } },
          { type = "tool_use", name = "Bash", input = { command = "true" } },
        ]
        """,
        "try.toml",
    )

    [conversation] = script.conversation
    [turn] = conversation.turn
    assert script.pace == StreamDelays(chars=3, ms=1.5)
    assert conversation.matches("Build it now")
    assert not conversation.matches("Build it later")
    assert turn.block == (
        Thinking(thinking="hm", delay_s=1),
        Text(text="hello", pace=StreamDelays(chars=1, ms=100)),
        ToolUse(name="Bash", input={"command": "true"}),
    )
    assert turn.fault == (
        HttpError(status=429, error="own_error", message="slow down", retry_after_s=2, times=3),
        Cut(after_chars=12),
        Stall(after_blocks=1, silence_s=2.5, times=math.inf),
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
            "the keys here are type, times, after_chars, after_blocks, silence_s",
        ),
        (
            "speed = 3\n" + TURN,
            "try.toml: at the top level: unknown key `speed`; the keys here are account, pace, conversation",
        ),
        (
            TURN + "usage = { tokens = 3 }",
            "try.toml: in conversation 1, turn 1, usage: unknown key `tokens`; did you mean `input_tokens`? the keys "
            "here are input_tokens, output_tokens, cache_creation_input_tokens, cache_read_input_tokens",
        ),
        ("", "try.toml: at the top level: object missing required key `conversation`; change it there"),
        (
            TURN + 'block = [{ type = "txet" }]',
            "try.toml: in conversation 1, turn 1, block 1, type: invalid value 'txet'; change it there",
        ),
        (
            TURN + 'fault = [{ type = "http", status = 200 }]',
            "try.toml: in conversation 1, turn 1, fault 1, status: expected `int` >= 400; change it there",
        ),
        (
            TURN + 'fault = [{ type = "cut", after_chars = 1, after_blocks = 1 }]',
            "try.toml: in conversation 1, turn 1, fault 1: give `after_chars` or `after_blocks`, not both",
        ),
        (
            TURN + 'fault = [{ type = "cut", times = 1.5 }]',
            "try.toml: in conversation 1, turn 1, fault 1: `times` must be an integer, or inf for always",
        ),
        (
            TURN,
            "try.toml: in conversation 1, turn 1: a turn requires a `block` or a `fault`",
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
