"""`-o text`: one line per event."""

import json

import pytest

from observer.format.event import Record
from observer.format.line import Line
from observer.format.lines import LineSplitter
from observer.source.items import Notice, NoticeKind, PartialLine
from observer.terminal import text_view
from observer.terminal.screen import Screen
from observer.terminal.text_view import TextView
from tests.observer.mutations import mutated_files
from tests.observer.terminal.pieces import paragraphs
from tests.observer.terminal.rendering import RecordingSink, records
from tests.observer.written import every_type

CALL = '{"type":"tool_use","data":{"id":"a","name":"Bash","input":{"command":"git push\\n--force"}}}'
RESULT = '{"type":"tool_result","data":{"tool_use_id":"a","status":"error","output":"fatal: no\\ntry again"}}'
TASK = '{"type":"tool_use","data":{"id":"t","name":"Task","input":{"description":"Find tests"}}}'
TEXT = '{"type":"thought","parent":"t","data":{"text":"Looking."}}'


def lines(*run: str, context: tuple[str, ...] = ()) -> list[str]:
    out = RecordingSink()
    view = TextView(out, Screen(width=lambda: None), RecordingSink())
    if context:
        view.add_context(records(*context))
    view.show(records(*run))
    view.close()
    return out.text.splitlines()


def test_an_event_is_a_line_of_time_iteration_type_and_description() -> None:
    event = '{"type":"info","timestamp":"2026-11-23T01:12:30.123456Z","iteration":3,"data":{"message":"a\\nb"}}'
    assert lines(event) == ["2026-11-23T01:12:30.123456Z  3  info              a\\nb"]


def message(text: str, id_: str = "m1", **more: object) -> str:
    data = {"id": id_, "model": "claude-x", "stop_reason": "end_turn", "tokens": None, "text": text, **more}
    return json.dumps({"type": "message", "data": data})


def test_the_text_of_a_message_is_shown_only_if_no_piece_of_it_was() -> None:
    piece = '{"type":"thought","data":{"text":"It works.","message":"m1","block":0}}'
    assert lines(piece, message("It works.")) == [
        "-  -  thought           It works.",
        "-  -  message           claude-x",
    ]
    assert lines(message("It works."), context=(piece,)) == ["-  -  message           It works.  claude-x"]
    assert lines(message("", stop_reason="refusal")) == [
        "-  -  message           the model refused to answer  claude-x"
    ]


def test_a_missing_time_or_iteration_is_a_dash() -> None:
    assert lines('{"type":"info","data":{"message":"x"}}') == ["-  -  info              x"]


def test_texts_are_complete_and_on_one_line() -> None:
    (line,) = lines('{"type":"thought","data":{"text":"' + "word\\n" * 1000 + '"}}')
    assert line.count("word\\n") == 999
    assert line.endswith("word")


def test_a_result_names_its_tool_even_if_the_call_is_in_the_context() -> None:
    assert lines(CALL, RESULT)[1].startswith("-  -  tool_result       Bash error  fatal: no")
    (line,) = lines(RESULT, context=(CALL,))  # the call is not shown, so the result names its command
    assert line.startswith("-  -  tool_result       Bash error  git push\\n--force  fatal: no")


def test_the_events_of_a_subagent_start_with_its_name() -> None:
    assert lines(TASK, TEXT)[1] == "-  -  thought           [Find tests] Looking."
    assert lines(TEXT, context=(TASK,)) == ["-  -  thought           [Find tests] Looking."]


def test_a_path_is_relative_to_the_project_directory() -> None:
    start = '{"type":"run_start","data":{"project_dir":"/p"}}'
    read = '{"type":"tool_use","data":{"id":"a","name":"Read","input":{"file_path":"/p/a.py"}}}'
    assert lines(read, context=(start,)) == ["-  -  tool_use          Read  a.py"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b'{"type":"info","data":{"message":"x"}}', "info              x"), (b'{"type":', "malformed         incomplete")],
)
def test_an_incomplete_last_line_is_an_event_if_only_its_newline_is_missing(data: bytes, expected: str) -> None:
    out = RecordingSink()
    TextView(out, Screen(width=lambda: None), RecordingSink()).show_partial(PartialLine(Line(data, 0)))
    assert out.text.startswith(f"-  -  {expected}")


def test_a_malformed_line_is_shown_with_its_content() -> None:
    (line,) = lines("not json \x1b")
    assert line.startswith("-  -  malformed         malformed line at byte 0: ")
    assert line.endswith("not json \\x1b")


def test_messages_go_elsewhere() -> None:
    out, messages = RecordingSink(), RecordingSink()
    TextView(out, Screen(width=lambda: None), messages).show_notice(Notice(NoticeKind.TRUNCATED, "it was truncated"))
    assert (out.data, messages.text) == (b"", "observe: it was truncated\n")


BAR = "\r".join(f"{percent}%|{'#' * (percent % 40)}|" for percent in range(100))


def result(output: str, status: str = "success") -> str:
    return json.dumps({"type": "tool_result", "data": {"name": "Bash", "status": status, "output": output}})


def test_of_a_progress_bar_the_last_state_is_shown_as_on_a_terminal() -> None:
    (line,) = lines(result(f"start\n{BAR}\r100%|done|\r\n"))
    assert "start" in line
    assert "\\r" not in line
    (line,) = lines(result(BAR))
    assert line.endswith("Bash success  99%|###################|###################|")


def test_only_an_extremely_long_line_is_shortened_unless_in_full() -> None:
    data = result("x" * 30_000 + "\n" + "y" * 30_000, "error")
    (line,) = lines(data)
    assert len(line) < 10_100
    assert line.endswith("more characters, --full)")
    out = RecordingSink()
    TextView(out, Screen(width=lambda: None), RecordingSink(), full=True).show(records(data))
    assert len(out.text) > 60_000


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("unicode", [False, True])
def test_a_piece_is_written_as_if_it_were_any_event(
    *, full: bool, unicode: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written() -> str:
        sink = RecordingSink()
        view = TextView(sink, Screen(width=lambda: None, unicode=unicode), RecordingSink(), full=full)
        for data in [paragraphs(200, seed) for seed in range(10)] + mutated_files(40) + [every_type().bytes]:
            view.show([Record(line) for line in LineSplitter().feed(data)])
        return sink.text

    sooner = written()
    monkeypatch.setattr(text_view, "_SHORT", 0)
    assert written() == sooner
