"""How each event looks, with the run file's lines spelled out."""

import json

import pytest

from observer.format.event import Record
from observer.format.lines import Line, LineSplitter, Oversize
from observer.source.items import Notice, NoticeKind
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from observer.terminal.speakers import Speakers

TYPES = """
run_start session_start thought thinking tool_use tool_input tool_result subagent_start subagent_progress
subagent_complete progress heartbeat api_retry rate_limit compaction info error session_end complete"""


class Printed:
    """A sink that keeps what was written."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def check(self) -> None:
        pass


def records(lines: list[Line | Oversize]) -> list[Record]:
    return [Record(line) for line in lines]


def shown(*lines: str, width: int | None = None, full: bool = False) -> str:
    out = Printed()
    view = PrettyView(out, Screen(width=lambda: width), full=full)
    view.show(records(LineSplitter().feed("".join(line + "\n" for line in lines).encode())))
    view.close()
    return out.data.decode()


def test_pieces_of_one_message_join_and_messages_stand_apart() -> None:
    assert (
        shown(
            '{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}',
            '{"type":"thought","data":{"text":"lo.\\n","message":"m1","block":0}}',
            '{"type":"thought","data":{"text":"Next.","message":"m2","block":0}}',
        )
        == "Hello.\n\nNext.\n"
    )


def continued(before: list[str], *lines: str) -> str:
    out = Printed()
    view = PrettyView(out, Screen(width=lambda: None))
    view.context(records(LineSplitter().feed("".join(line + "\n" for line in before).encode())))
    view.show(records(LineSplitter().feed("".join(line + "\n" for line in lines).encode())))
    view.close()
    return out.data.decode()


def piece(text: str, message: str | None, kind: str = "thought") -> str:
    return json.dumps({"type": kind, "data": {"text": text, "message": message, "block": 0}})


BEAT = '{"type":"heartbeat","data":{}}'
CALL = '{"type":"tool_use","data":{"id":"a","name":"Bash","input":{"command":"ls"}}}'


@pytest.mark.parametrize(
    ("before", "lines", "expected"),
    [
        ([piece("I read ", "m")], [piece("the file.", "m"), piece("Done.", "n")], "…the file.\n\nDone.\n"),
        ([piece("I read ", "m"), BEAT], [BEAT, piece("the file.", "m")], "…the file.\n"),
        ([piece("I read ", "m", "thinking")], [piece("the file.", "m", "thinking")], "∴ …the file.\n"),
        ([piece("I read ", "m")], [piece("Now.", "n")], "Now.\n"),
        ([piece("I read ", None), CALL], [piece("Now.", None)], "Now.\n"),
        ([piece("I read ", None)], [CALL, piece("Now.", None)], "● Bash  ls\n\nNow.\n"),
    ],
)
def test_a_paragraph_whose_beginning_is_not_shown_says_so(before: list[str], lines: list[str], expected: str) -> None:
    assert continued(before, *lines) == expected


def test_thinking_is_told_from_text_without_colour_too() -> None:
    assert (
        shown(
            '{"type":"thinking","data":{"text":"Hm","message":"m","block":0}}',
            '{"type":"thinking","data":{"text":"m.","message":"m","block":0}}',
            '{"type":"thought","data":{"text":"Ah.","message":"m","block":1}}',
        )
        == "∴ Hmm.\n\nAh.\n"
    )


def test_a_piece_is_printed_before_its_line_ends() -> None:
    out = Printed()
    view = PrettyView(out, Screen(width=lambda: 80))
    view.show(records(LineSplitter().feed(b'{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}\n')))

    assert out.data == b"Hel"


def test_a_text_told_anew_says_that_what_stood_above_is_void() -> None:
    text = shown(
        '{"type":"thought","data":{"text":"Broken of","message":"m1","block":0}}',
        '{"type":"thought","data":{"text":"Whole.","message":"m2","block":0,"replaces":"m1"}}',
    )

    assert text == "Broken of\n\n↻ stream interrupted: the text above is void and repeated below\n\nWhole.\n"


def test_a_call_shows_its_most_telling_input_and_its_result_below() -> None:
    assert (
        shown(
            '{"type":"tool_use","data":{"id":"t1","name":"Bash","input":{"command":"git status"}}}',
            '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Bash","status":"success","duration_ms":312,'
            '"output":"clean","output_bytes":5}}',
        )
        == "● Bash  git status\n└ ✓ 0.3s  clean\n"
    )


def test_results_out_of_order_name_their_call() -> None:
    text = shown(
        '{"type":"tool_use","data":{"id":"t1","name":"Read","input":{"file_path":"a.py"}}}',
        '{"type":"tool_use","data":{"id":"t2","name":"Read","input":{"file_path":"b.py"}}}',
        '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Read","status":"success","output":"x\\ny\\n",'
        '"output_bytes":4}}',
    )

    assert text.endswith("└ Read  a.py  ✓  2 lines, 4 B\n")


def test_a_shortened_output_says_by_how_much_and_where_it_is_whole() -> None:
    text = shown(
        '{"type":"tool_result","data":{"tool_use_id":"t1","name":"Bash","status":"success","duration_ms":5,'
        '"output":"1\\n2\\n3\\n4\\n5\\n6\\n7\\n","output_bytes":12000,"output_file":"r/t1.txt"}}',
    )

    assert (
        text == "└ ✓ 5ms\n    1\n    2\n    3\n    … 2 more lines, 12 kB in all\n    6\n    7\n    whole in r/t1.txt\n"
    )


def test_a_failed_output_shows_more_of_its_end() -> None:
    lines = "\\n".join(f"line {n}" for n in range(1, 31))
    text = shown(f'{{"type":"tool_result","data":{{"name":"Bash","status":"error","output":"{lines}"}}}}')

    assert [line.strip() for line in text.splitlines()[1:6]] == [
        "line 1",
        "line 2",
        "line 3",
        "line 4",
        "… 18 more lines, 230 B in all",
    ]
    assert text.endswith(
        "    line 23\n    line 24\n    line 25\n    line 26\n    line 27\n    line 28\n    line 29\n    line 30\n"
    )


def tool_use(name: str, **given: str) -> str:
    return json.dumps({"type": "tool_use", "data": {"id": "a", "name": name, "input": given}})


def test_an_edit_shows_as_a_small_diff() -> None:
    old, new = "def f():\n    return 1\nend", "def f():\n    x = 2\n    return x\nend"
    edit = tool_use("Edit", file_path="/p/a.py", old_string=old, new_string=new)
    assert shown(edit).splitlines()[1:] == [
        "      def f():",
        "    \u2212 " + "    return 1",
        "    + " + "    x = 2",
        "    + " + "    return x",
        "      end",
    ]


def test_a_written_file_shows_its_beginning_and_how_much_there_is() -> None:
    content = "\n".join(str(n) for n in range(20))
    write = tool_use("Write", file_path="a", content=content)
    assert shown(write).splitlines()[-2:] == ["    + 7", "    … 12 more lines"]


def test_full_shortens_nothing() -> None:
    content = "\n".join("x" * 150 + str(n) for n in range(20))
    write = tool_use("Write", file_path="a", content=content)
    long = f'{{"type":"tool_result","data":{{"name":"Bash","status":"success","output":{json.dumps(content)}}}}}'
    told = f'{{"type":"info","data":{{"message":"{"y" * 5000}"}}}}'
    text = shown(write, long, told, width=60, full=True)
    assert text.replace("\n", "").replace(" ", "").count("x" * 150) == 40
    assert text.replace("\n", "").replace(" ", "").count("y" * 5000) == 1
    assert "…" not in text


def test_a_blocked_call_and_a_failed_one_say_why() -> None:
    text = shown(
        '{"type":"tool_result","data":{"tool_use_id":"a","status":"blocked","output":"","reason":"no rm"}}',
        '{"type":"tool_result","data":{"tool_use_id":"b","name":"Bash","status":"error","output":"exit 1"}}',
    )

    assert text == "└ ⊘ blocked  no rm\n└ ✗ error  exit 1\n"


def test_calls_whose_ends_are_never_told_do_not_pile_up() -> None:
    speakers = Speakers()
    for number in range(10_000):
        record = Record(Line(f'{{"type":"tool_use","data":{{"id":"{number}","name":"Bash"}}}}'.encode(), 0))
        assert record.event is not None
        speakers.add_call(record.event, "make")
    assert speakers.call("9999") is not None
    assert speakers.call("1") is None


CALLS = (
    '{"type":"tool_use","data":{"id":"a","name":"Task","input":{"description":"Find tests"}}}',
    '{"type":"tool_use","data":{"id":"b","name":"Task","input":{"description":"Review"}}}',
)


def test_a_subagent_stands_to_the_right_of_a_gutter_below_its_call() -> None:
    assert (
        shown(
            CALLS[0],
            '{"type":"thought","parent":"a","data":{"text":"Looking.","message":"m","block":0}}',
            '{"type":"tool_use","parent":"a","data":{"id":"c","name":"Glob","input":{"pattern":"*.py"}}}',
        )
        == "● Task  Find tests\n\n│ Looking.\n│\n│ ● Glob  *.py\n"
    )


def test_a_nested_subagent_has_a_gutter_more() -> None:
    text = shown(
        CALLS[0],
        '{"type":"tool_use","parent":"a","data":{"id":"c","name":"Task","input":{"description":"Deeper"}}}',
        '{"type":"tool_use","parent":"c","data":{"id":"d","name":"Glob","input":{"pattern":"*"}}}',
    )

    assert text.splitlines()[-1] == "│ │ ● Glob  *"


def test_two_subagents_speaking_at_once_keep_their_sentences() -> None:
    deltas = [
        f'{{"type":"thought","parent":"{who}","data":{{"text":"{who}{number} ","message":"{who}","block":0}}}}'
        for number in range(5)
        for who in "ab"
    ]
    text = shown(*CALLS, *deltas)

    assert "a0 a1 a2 a3 a4" in text
    assert "b0 b1 b2 b3 b4" in text
    assert "→ Review" in text


def test_what_was_held_back_comes_after_a_lull() -> None:
    out = Printed()
    view = PrettyView(out, Screen(width=lambda: 80))
    for who in ("null", '"a"'):
        line = f'{{"type":"thought","parent":{who},"data":{{"text":"of {len(who)}","message":"m","block":0}}}}\n'
        view.show(records(LineSplitter().feed(line.encode())))
    view.caught_up()
    assert b"of 3" not in out.data
    view.caught_up()
    assert b"of 3" in out.data


def test_a_ring_of_parents_does_no_harm() -> None:
    assert "● Bash" in shown('{"type":"tool_use","parent":"x","data":{"id":"x","name":"Bash","input":{}}}', *CALLS)


def test_a_long_running_tool_shows_a_sign_of_life_now_and_then() -> None:
    beats = [
        f'{{"type":"heartbeat","data":{{"idle_s":0,"in_flight":[{{"id":"t","name":"Bash","elapsed_s":{5 * n}}}]}}}}'
        for n in range(14)
    ]

    assert shown(*beats) == "… Bash running for 15s\n… Bash running for 45s\n"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"type":"progress","data":{"passing":1,"total":2}}', " 1/2 passing"),
        ('{"type":"progress","data":{"changed":[{"name":"login","passes":true}]}}', "  +login"),
        ('{"type":"api_retry","data":{"attempt":2,"max_retries":10,"delay_ms":1200}}', "↻ retry 2/10 in 1.2s"),
        ('{"type":"api_retry","data":{"status":529,"error":"overloaded"}}', "↻ retry: 529 overloaded"),
        ('{"type":"rate_limit","data":{"status":"rejected","utilization":0.91}}', "rate limit rejected  91% used"),
        ('{"type":"compaction","data":{"trigger":"auto","tokens_before":167000}}', "compacted (auto · 167.0k tokens"),
        ('{"type":"error","data":{"message":"no","kind":"api"}}', "✗ api  no"),
        ('{"type":"info","data":{"message":"note"}}', "· note"),
        ('{"type":"session_start","data":{"agent_type":"CODING","iteration":3}}', "── Coding Agent, iteration 3 ─"),
        ('{"type":"session_start","data":{"agent_type":"INITIALIZER"}}', "── Initializer Agent ─"),
        ('{"type":"session_start","data":{"agent_type":"SINGLE"}}', "── Agent ─"),
        ('{"type":"complete","data":{"outcome":"success","cost_usd":0.42,"duration_ms":723000}}', "12m 03s · $0.42"),
        ('{"type":"brand_new","data":{"a":[1]}}', 'brand_new  {"a": [1]}'),
        ('{"level":"info","msg":"hi"}', 'event  {"level": "info", "msg": "hi"}'),
        ("not json", "malformed line at byte 0: "),
    ],
)  # fmt: skip
def test_each_type_has_its_look(line: str, expected: str) -> None:
    assert expected in shown(line)


@pytest.mark.parametrize("kind", TYPES.split())
@pytest.mark.parametrize("data", ["{}", '{"text":1,"input":[],"changed":3,"in_flight":{},"passing":"x","total":-1}'])
@pytest.mark.parametrize("width", [None, 1, 20])
def test_missing_and_mistyped_fields_are_no_reason_to_fail(kind: str, data: str, width: int | None) -> None:
    shown(f'{{"type":"{kind}","data":{data}}}', width=width)


def test_a_notice_ends_the_paragraph() -> None:
    out = Printed()
    view = PrettyView(out, Screen(width=lambda: 80))
    view.show(records(LineSplitter().feed(b'{"type":"thought","data":{"text":"Hel","message":"m1","block":0}}\n')))
    view.notice(Notice(NoticeKind.TRUNCATED, "run.ndjson was truncated"))

    assert out.data.decode() == "Hel\n\n→ run.ndjson was truncated\n"


@pytest.mark.parametrize("width", [20, 60, 100, 200])
def test_no_row_is_wider_than_the_screen(width: int) -> None:
    from rich.cells import cell_len  # noqa: PLC0415 - only this test measures

    text = shown(
        '{"type":"run_start","run":"20261123T011230Z-7f3a9c","data":{"command":"' + "agent run " * 30 + '"}}',
        '{"type":"tool_use","data":{"id":"t","name":"Bash","input":{"command":"' + "x" * 300 + '"}}}',
        '{"type":"tool_result","data":{"tool_use_id":"t","name":"Bash","status":"error","output":"'
        + "日" * 300
        + '\\nb"}}',
        '{"type":"session_start","data":{"agent_type":"CODING","iteration":3}}',
        width=width,
    )

    assert max(cell_len(line) for line in text.split("\n")) < width


def test_a_count_that_stands_above_already_is_not_repeated_within_a_session() -> None:
    start = '{"type":"session_start","data":{"agent_type":"CODING","iteration":2}}'
    same = '{"type":"progress","data":{"passing":1,"total":2,"changed":[]}}'
    flip = '{"type":"progress","data":{"passing":1,"total":2,"changed":[{"name":"a","passes":false}]}}'
    assert shown(start, same, same, start, same).count("1/2 passing") == 2
    assert shown(start, same, flip).count("1/2 passing") == 2


def test_the_end_of_a_run_lists_what_was_blocked() -> None:
    call = '{"tool_use_id":"t","name":"Bash","rule":"allowlist","command":"curl x","reason":"no"}'
    line = f'{{"type":"complete","data":{{"outcome":"success","message":"done","blocked":[{",".join([call] * 12)}]}}}}'
    told = shown(line).splitlines()
    assert told[-12] == "⊘ 12 calls blocked"
    assert told[-11:-1] == ["  curl x  allowlist"] * 10
    assert told[-1] == "  … and 2 more"


@pytest.mark.parametrize("blocked", ["null", "7", "[7]", '[{"command":7}]', '[{"command":{"a":1},"rule":[]}]'])
def test_a_strange_list_of_blocked_calls_is_no_reason_to_fail(blocked: str) -> None:
    assert "done" in shown(f'{{"type":"complete","data":{{"message":"done","blocked":{blocked}}}}}')


def test_what_needs_somebody_to_look_stands_out() -> None:
    told = shown('{"type":"info","data":{"kind":"stuck","message":"Bash failed 5 times in a row"}}')
    assert told == "↻ stuck  Bash failed 5 times in a row\n"


def test_a_long_wait_says_until_when() -> None:
    beat = '{"type":"heartbeat","data":{"idle_s":20,"state":"rate_limited","until":"2026-11-23T06:00:00Z"}}'
    assert shown(beat) == "… rate limited for 20s, until 2026-11-23T06:00:00Z\n"


def test_a_rate_limit_that_has_nothing_to_say_is_not_shown() -> None:
    assert shown('{"type":"rate_limit","data":{"status":"allowed","utilization":null}}') == ""
    assert shown('{"type":"rate_limit","data":{"status":"allowed_warning","utilization":0.9}}') != ""
