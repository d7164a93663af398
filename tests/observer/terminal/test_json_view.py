"""`-o json`: the lines of the file, byte for byte."""

from observer.format.event import Record
from observer.format.line import Line, Oversize
from observer.format.sanitize import clean_json
from observer.source.items import Notice, NoticeKind, PartialLine
from observer.terminal.json_view import JsonView
from tests.observer.terminal.rendering import RecordingSink


def line(data: bytes) -> Record:
    return Record(Line(data, 0))


def test_lines_are_copied_byte_for_byte_and_messages_go_elsewhere() -> None:
    out, messages = RecordingSink(), RecordingSink()
    view = JsonView(out, messages)
    view.show([line(b'{"type": "info"}'), line(b"\xff not json"), line(b"")])
    view.show_notice(Notice(NoticeKind.TRUNCATED, "run.ndjson was truncated\x1b"))

    assert out.data == b'{"type": "info"}\n\xff not json\n\n'
    assert messages.text == "observe: run.ndjson was truncated\\x1b\n"


def test_a_line_too_long_to_be_read_is_reported() -> None:
    out, messages = RecordingSink(), RecordingSink()
    JsonView(out, messages).show([Record(Oversize(17, 20_000_000)), line(b"{}")])

    assert out.data == b"{}\n"
    assert messages.text == "observe: skipped the line at byte 17: too long (20 MB)\n"


def test_a_last_line_gets_no_newline_and_is_reported_if_it_is_not_an_event() -> None:
    out, messages = RecordingSink(), RecordingSink()
    view = JsonView(out, messages)
    view.show_partial(PartialLine(Line(b'{"type":"info"}', 0)))
    assert (out.data, messages.data) == (b'{"type":"info"}', b"")
    view.show_partial(PartialLine(Line(b'{"type":', 16)))

    assert out.data == b'{"type":"info"}\n{"type":'
    assert messages.text == "observe: truncated line at byte 16: the end of the line is missing\n"


def test_on_a_terminal_control_characters_are_escaped() -> None:
    out = RecordingSink()
    view = JsonView(out, RecordingSink(), escape=clean_json)
    view.show([line('{"text":"\x9b31m"}'.encode())])
    view.show_partial(PartialLine(Line(b"\x1b[31m", 0)))

    assert out.data == b'{"text":"\\u009b31m"}\n\\u001b[31m'


def test_lines_that_a_search_finds_late_are_in_the_order_of_the_file() -> None:
    out = RecordingSink()
    records = [Record(Line(b"%d" % offset, offset)) for offset in (3, 7, 5)]
    JsonView(out, RecordingSink(), sorts=True).show(records)
    assert out.data == b"3\n5\n7\n"
