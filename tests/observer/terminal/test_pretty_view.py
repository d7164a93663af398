"""The pretty view: a run as it streams, with subagents that write at the same time.

The texts of these are the subject of `observer.terminal.speaker_texts`.
"""

from observer.source.items import Notice, NoticeKind
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from tests.observer.terminal.rendering import RecordingSink, records, render


def test_a_piece_is_printed_before_its_line_ends() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 80))
    view.show(records('{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}'))

    assert out.data == b"Hel"


CALLS = (
    '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find tests"}}}',
    '{"type":"tool_use","data":{"id":"b","name":"Task","input":{"description":"Review"}}}',
)


def test_a_subagent_is_shown_behind_a_gutter_below_its_call() -> None:
    assert (
        render(
            CALLS[0],
            '{"type":"thought","parent":"a","data":{"text":"Looking.","message":"m","block":0}}',
            '{"type":"tool_use","parent":"a","data":{"id":"c","name":"Glob","input":{"pattern":"*.py"}}}',
        )
        == "● Task  Find tests\n\n│ Looking.\n│\n│ ● Glob  *.py\n"
    )


def test_subagents_that_write_at_once_print_complete_phrases() -> None:
    deltas = [
        f'{{"type":"thought","parent":"{who}","data":{{"text":"{who}{number} ","message":"{who}","block":0}}}}'
        for number in range(5)
        for who in "ab"
    ]
    text = render(*CALLS, *deltas)

    assert "a0 a1 a2 a3 a4" in text
    assert "b0 b1 b2 b3 b4" in text
    assert "→ Review" in text


def test_text_held_back_is_printed_after_a_pause() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 80))
    for who in ("null", '"a"'):
        line = f'{{"type":"thought","parent":{who},"data":{{"text":"of {len(who)}","message":"m","block":0}}}}'
        view.show(records(line))
    view.idle()
    assert b"of 3" not in out.data
    view.idle()
    assert b"of 3" in out.data


def test_a_notice_ends_the_paragraph() -> None:
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 80))
    view.show(records('{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}'))
    view.show_notice(Notice(NoticeKind.TRUNCATED, "run.ndjson was truncated"))

    assert out.text == "Hel\n\n→ run.ndjson was truncated\n"


def test_an_unchanged_count_is_not_repeated_within_a_session() -> None:
    start = '{"type":"session_start","data":{"agent_type":"CODING","iteration":2}}'
    same = '{"type":"progress","data":{"passing":1,"total":2,"changed":[]}}'
    flip = '{"type":"progress","data":{"passing":1,"total":2,"changed":[{"name":"a","passes":false}]}}'
    assert render(start, same, same, start, same).count("1/2 passing") == 2
    assert render(start, same, flip).count("1/2 passing") == 2


def test_long_text_is_not_held_back_until_a_pause() -> None:
    pieces = [f'{{"type":"thought","parent":"a","data":{{"text":"{"word " * 30}","message":"m"}}}}' for _ in range(3)]
    out = RecordingSink()
    view = PrettyView(out, Screen(width=lambda: 80))
    view.show(records('{"type":"thought","data":{"text":"Hello","message":"m"}}', *pieces[:2]))
    assert "word" not in out.text
    view.show(records(pieces[2]))
    assert out.text.count("word") == 90
