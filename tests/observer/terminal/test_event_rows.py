"""Events as rows (`observer.terminal.event_rows`): what each type shows, with the lines of the run file spelled out."""

import pytest

from tests.observer.terminal.rendering import render

TYPES = """
run_start session_start prompt thought thinking message todo tool_use tool_input tool_result subagent_start
subagent_progress subagent_complete progress heartbeat api_retry rate_limit compaction info error
session_end complete"""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"type":"progress","data":{"passing":1,"total":2}}', " 1/2 passing"),
        ('{"type":"progress","data":{"changed":[{"name":"login","passes":true}]}}', "  +login"),
        ('{"type":"api_retry","data":{"attempt":2,"max_retries":10,"delay_ms":1200}}', "↻ retry 2/10 in 1.2s"),
        ('{"type":"api_retry","data":{"status":529,"error":"overloaded"}}', "↻ retry: 529 overloaded"),
        ('{"type":"rate_limit","data":{"status":"rejected","utilization":0.91}}', "rate limit rejected  91% used"),
        ('{"type":"compaction","data":{"trigger":"auto","tokens_before":167000}}', "compacted  auto · 167.0k tokens"),
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
def test_each_event_type_is_shown_in_its_own_form(line: str, expected: str) -> None:
    assert expected in render(line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"type":"complete","data":{"outcome":"failed","message":"one\\n\\ntwo\\n"}}', "one\ntwo\n"),
        ('{"type":"run_start","data":{"about":"one\\ntwo"}}', "one\ntwo\n"),
        ('{"type":"info","data":{"message":"one\\ntwo"}}', "· one\n  two\n"),
        ('{"type":"info","data":{"message":"one\\ntwo","kind":"stuck"}}', "  one\n  two\n"),
    ],
)
def test_the_lines_of_a_text_are_rows(line: str, expected: str) -> None:
    assert expected in render(line)


MISTYPED = [
    "{}",
    '{"text":1,"input":[],"changed":3,"in_flight":{},"passing":"x","total":-1,"items":7,"images":{},"tokens":[]}',
]


@pytest.mark.parametrize("kind", TYPES.split())
def test_missing_and_mistyped_fields_do_not_raise(kind: str) -> None:
    for data in MISTYPED:
        for width in (None, 1, 20):
            render(f'{{"type":"{kind}","data":{data}}}', width=width)


def test_the_end_of_a_run_lists_the_blocked_calls() -> None:
    call = '{"tool_use_id":"t","name":"Bash","rule":"allowlist","command":"curl x","reason":"no"}'
    line = f'{{"type":"complete","data":{{"outcome":"success","message":"done","blocked":[{",".join([call] * 12)}]}}}}'
    text = render(line).splitlines()
    assert text[-12] == "⊘ 12 calls blocked"
    assert text[-11:-1] == ["  curl x  allowlist"] * 10
    assert text[-1] == "  … and 2 more"


@pytest.mark.parametrize("blocked", ["null", "7", "[7]", '[{"command":7}]', '[{"command":{"a":1},"rule":[]}]'])
def test_a_malformed_list_of_blocked_calls_does_not_raise(blocked: str) -> None:
    assert "done" in render(f'{{"type":"complete","data":{{"message":"done","blocked":{blocked}}}}}')


def test_an_alarming_info_is_shown_as_a_warning() -> None:
    text = render('{"type":"info","data":{"kind":"stuck","message":"Bash failed 5 times in a row"}}')
    assert text == "↻ stuck  Bash failed 5 times in a row\n"


def test_a_rate_limit_without_news_is_not_shown() -> None:
    assert render('{"type":"rate_limit","data":{"status":"allowed","utilization":null}}') == ""
    assert render('{"type":"rate_limit","data":{"status":"allowed_warning","utilization":0.9}}') != ""
