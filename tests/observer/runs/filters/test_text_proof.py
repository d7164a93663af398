"""Which lines are proven to match; `test_block_matcher.py` compares all of it with a search line by line."""

from observer.runs.filters.filter import Filter
from observer.runs.filters.pattern import Pattern
from observer.runs.filters.text_proof import TextProof


def proof(pattern: str, **conditions: frozenset[str]) -> TextProof:
    expression = Pattern(pattern)
    return TextProof(Filter(grep=expression, **conditions), expression)


def line(kind: str, data: str) -> bytes:
    return f'{{"seq":1,"type":"{kind}","data":{data}}}\n'.encode()


def test_events_with_the_text_are_proven_and_pieces_and_messages_are_not() -> None:
    lines = [line(kind, '{"text":"a needle"}') for kind in ("info", "thought", "thinking", "message", "prompt")]
    assert proof("needle").proves(lines) == [True, False, False, False, True]
    assert proof("needle", types=frozenset({"prompt"})).proves(lines) == [False, False, False, False, True]
    assert proof("needle", exclude=frozenset({"prompt"})).proves(lines) == [True, False, False, False, False]


def test_a_text_in_a_key_or_in_the_envelope_or_replaced_by_a_later_one_proves_nothing() -> None:
    lines = [line("info", data) for data in ('{"needle":1}', '{"a":"needle","a":"x"}', '{"a":["needle"]}', "{}")]
    in_type = line("needle", "{}")
    assert proof("needle").proves([*lines, in_type, line("info", '{"b":"needle"}')]) == [
        False, False, True, False, False, True,
    ]  # fmt: skip


def test_nothing_is_proven_of_lines_among_which_is_one_that_only_a_tolerant_decoder_reads() -> None:
    lines = [line("info", '{"a":"needle"}'), line("info", '{"a":NaN}')]
    assert proof("needle").proves(lines) == [False, False]
    assert proof("needle").proves([*lines[:1], b"\n"]) == [False, False]
    assert proof("needle").proves([*lines[:1], b'{"type":"info","data":{},"other":1}\n']) == [False, False]


def test_a_line_that_may_be_nested_too_deeply_for_an_event_is_not_proven() -> None:
    deep = '{"a":["needle",' + "[" * 300 + "]" * 300 + "]}"
    assert proof("needle").proves([line("info", deep), line("info", '{"a":"needle"}')]) == [False, True]


def test_a_filter_with_other_conditions_cannot_be_proven_to_be_met() -> None:
    assert proof("needle").can_tell
    assert not proof("^needle").can_tell
    expression = Pattern("needle")
    assert not TextProof(Filter(grep=expression, tools=frozenset({"bash"})), expression).can_tell
    assert not TextProof(Filter(grep=expression, since=1.0), expression).can_tell
