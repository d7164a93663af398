"""Several runs in one view (`observer.terminal.multi_view`), each through the `observer.terminal.view` protocol."""

from observer.terminal.multi_view import MultiView
from observer.terminal.pretty_view import PrettyView
from observer.terminal.screen import Screen
from tests.observer.terminal.rendering import RecordingSink, records

HELLO = '{"type":"thought","data":{"text":"Hello","message":"m","block":0}}'
CALL = '{"type":"tool_use","data":{"id":"a","name":"Bash","input":{"command":"ls"}}}'


def multi_view(out: RecordingSink, width: int | None = None) -> MultiView:
    return MultiView(out, Screen(width=lambda: width), PrettyView, lambda run: f"of/{run}")


def test_each_line_starts_with_the_last_characters_of_its_run_id() -> None:
    out = RecordingSink()
    view = multi_view(out).view_for("runs/20261123T011230Z-7f3a9c.ndjson")
    view.show(records(HELLO, CALL))

    assert out.text == "7f3a9c Hello\n7f3a9c \n7f3a9c ● Bash  ls\n"


def test_what_belongs_to_no_run_has_no_prefix() -> None:
    out = RecordingSink()
    view = multi_view(out).view_for("")
    view.show(records(HELLO))

    assert out.text == "Hello"


def test_an_unfinished_line_is_ended_before_another_run_writes() -> None:
    out = RecordingSink()
    views = multi_view(out)
    one, two = views.view_for("one"), views.view_for("two")
    one.show(records(HELLO))
    assert out.text == "one Hello"
    one.show(records(HELLO))
    assert out.text == "one HelloHello"
    two.show(records(HELLO))
    two.close()

    assert out.text == "one HelloHello\ntwo Hello\n"


def test_the_prefix_counts_towards_the_width_of_the_screen() -> None:
    out = RecordingSink()
    view = multi_view(out, width=30).view_for("20261123T011230Z-7f3a9c")
    view.show(records(HELLO.replace("Hello", "word " * 20)))
    view.close()

    assert max(len(line.rstrip()) for line in out.text.splitlines()) < 30


def test_a_hostile_run_name_is_escaped() -> None:
    out = RecordingSink()
    multi_view(out).view_for("\x1b[m").show(records(CALL))

    assert out.text == "\\x1b[m ● Bash  ls\n"


def test_files_with_the_same_name_are_told_apart() -> None:
    out = RecordingSink()
    views = multi_view(out)
    for run in ("a-backup", "b-backup", "/srv/one/a-backup.ndjson", "/srv/one/x-backup.ndjson", "a-backup"):
        views.view_for(run).show(records(CALL))
    names = [line.split()[0] for line in out.text.splitlines() if "Bash" in line]
    assert names == ["a-backup", "b-backup", "one/a-backup", "x-backup", "a-backup~2"]


def test_only_run_ids_are_cut_in_front() -> None:
    names = ["20261123T011230Z-7f3a9c", "features", "crashed", "budget1", "x" * 40, "d\x1b[31m"]
    out = RecordingSink()
    views = multi_view(out)
    for run in names:
        views.view_for(run).show(records(CALL))
    shown = [line.split()[0] for line in out.text.splitlines() if "Bash" in line]
    assert shown == ["7f3a9c", "features", "crashed", "budget1", "x" * 23 + "…", "d\\x1b[31m"]
