"""What the agents of a run did, as steps that two runs can be compared by."""

import pytest

from observer.format.event import Event, decode
from observer.format.lines import LineSplitter
from observer.runs.comparison.steps import Place, Step, StepReader
from tests.helpers import event

START = event("run_start", project_dir="/home/me/a")


def steps(*lines: bytes) -> list[Step]:
    reader, found = StepReader(), []
    for line in LineSplitter().feed(b"".join(lines)):
        decoded = decode(line)  # type: ignore[arg-type]
        assert isinstance(decoded, Event)
        found += reader.take(decoded)
    return [*found, *reader.end()]


def digests(*lines: bytes) -> list[bytes]:
    return [step.digest for step in steps(*lines)]


def use(id_: str = "t1", parent: str | None = None, name: str = "Bash", **arguments: object) -> bytes:
    return event("tool_use", parent, id=id_, name=name, input=arguments or {"command": "ls"})


def piece(text: str, message: str = "m1", parent: str | None = None, **data: object) -> bytes:
    return event("thought", parent, text=text, message=message, block=0, **data)


def test_a_call_is_the_same_whatever_its_id_the_order_of_its_input_and_where_the_project_is() -> None:
    first = digests(START, use("t1", name="Edit", file_path="/home/me/a/x.py", old="1"))
    second = digests(
        event("run_start", project_dir="/tmp/b/"), use("t9", name="Edit", old="1", file_path="/tmp/b/x.py")
    )
    assert first == second


@pytest.mark.parametrize("other", [use(name="Read"), use(command="ls -l"), use(command="ls", head=5), piece("ls")])
def test_another_tool_input_or_kind_is_another_step(other: bytes) -> None:
    assert digests(use()) != digests(other)


def test_a_text_is_one_step_however_it_came_and_white_space_does_not_count() -> None:
    streamed = digests(piece("I look "), piece("into\n"), piece("/home/me/a/x.py"), event("message", id="m1", text="-"))
    complete = digests(event("message", id="m1", text="I look into /home/me/a/x.py"))
    unnamed = digests(piece("I look into ", ""), piece("/home/me/a/x.py", ""), event("session_end", outcome="success"))
    assert streamed == complete == unnamed
    assert len(streamed) == 1
    assert streamed != digests(event("message", id="m1", text="I look into it"))


def test_each_text_of_a_message_around_its_calls_is_a_step_and_begins_at_its_first_piece() -> None:
    lines = [piece("a"), piece("b"), use(), piece("c"), event("message", id="m1", text="a b c")]
    found = steps(*lines)
    assert [step.call_place is None for step in found] == [True, False, True]
    assert [step.offset for step in found] == [0, len(lines[0] + lines[1]), len(b"".join(lines[:3]))]


def test_a_text_that_is_void_is_replaced_by_the_one_that_repeats_it() -> None:
    assert digests(piece("half", "m1"), piece("all of it", "m2", replaces="m1")) == digests(piece("all of it"))


def test_thinking_results_and_prompts_are_no_steps() -> None:
    others = (
        event("thinking", text="hm", message="m", block=0), event("prompt", text="go", source="user"),
        event("tool_result", tool_use_id="t1", name="Bash", status="error", output="no"), event("heartbeat"),
    )  # fmt: skip
    assert digests(use(), *others) == digests(use())


def places(*lines: bytes) -> list[tuple[Place, Place | None]]:
    return [(step.place, step.call_place) for step in steps(*lines)]


def test_a_subagents_steps_are_placed_behind_the_call_that_started_it() -> None:
    assert places(
        piece("go"), use("t1", name="Task"), use("t2"), use("s1", "t1"), piece("x", "m2", "t1"), use("s2", "s1")
    ) == [((0,), None), ((1,), (0,)), ((2,), (1,)), ((1, 0), (0, 0)), ((1, 0, 0), (0, 0, 0)), ((1, 1), None)]


def test_subagents_of_calls_that_the_file_does_not_hold_are_told_apart() -> None:
    first, second = places(use("s1", "gone"), use("s2", "lost"))
    assert first[0][0] != second[0][0]


def test_a_directory_whose_name_only_begins_like_the_project_is_another_one() -> None:
    first, second = ((event("run_start", project_dir=f"/home/{name}")) for name in ("a", "b"))
    for path in ("/home/%s2/x.py", "/home/%s.old/x.py", "/home/%s-1"):
        assert digests(first, use(command=path % "a")) != digests(second, use(command=path % "b")), path
        assert digests(first, piece(path % "a")) != digests(second, piece(path % "b")), path
    for command in ("cc -I/home/%s/include", "cd /home/%s\nls", "It is in /home/%s."):
        assert digests(first, use(command=command % "a")) == digests(second, use(command=command % "b")), command
        assert digests(first, piece(command % "a")) == digests(second, piece(command % "b")), command
