"""The subagents of a run: each that started, once, whatever the file says of its parents."""

from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.summary.subagents import Subagents
from tests.helpers import event_at


def start(id_: str, call: str, parent: str | None = None, description: str = "") -> bytes:
    name = description or id_
    return event_at(1, "subagent_start", parent, id=id_, tool_use_id=call, agent_type="Explore", description=name)


def complete(id_: str, call: str, **more: object) -> bytes:
    return event_at(4, "subagent_complete", id=id_, tool_use_id=call, status="completed", **more)


def subagents(*lines: bytes) -> Subagents:
    found = Subagents()
    for data in lines:
        event = decode(Line(data, 1))
        assert isinstance(event, Event)
        (found.start if event.type == "subagent_start" else found.complete)(event)
    return found


def tree(found: Subagents) -> list[tuple[int, str]]:
    return [(depth, agent.description) for depth, agent in found.tree()]


def test_a_subagent_is_below_the_one_that_spawned_it() -> None:
    found = subagents(start("a", "ta"), start("b", "tb"), start("c", "tc", "ta"), start("d", "td", "tc"))

    assert tree(found) == [(0, "a"), (1, "c"), (2, "d"), (0, "b")]


def test_subagents_whose_parents_form_a_ring_are_there_once_with_what_is_below_them() -> None:
    found = subagents(
        start("a", "ta", "tb"),
        start("b", "tb", "ta"),
        start("c", "tc", "tb"),
        start("top", "tt"),
        start("self", "ts", "ts"),
    )

    assert tree(found) == [(0, "top"), (0, "self"), (0, "a"), (1, "b"), (2, "c")]


def test_a_subagent_of_an_unknown_parent_is_at_the_top() -> None:
    assert tree(subagents(start("a", "ta", "gone"), start("b", "tb", ""))) == [(0, "a"), (0, "b")]


def test_a_chain_of_a_thousand_is_shown_to_its_end() -> None:
    found = subagents(*(start(f"a{n}", f"t{n}", f"t{n - 1}" if n else None) for n in range(1000)))

    assert tree(found)[-1] == (999, "a999")


def test_the_same_start_twice_is_one_subagent_but_one_that_is_resumed_by_another_call_is_two() -> None:
    found = subagents(start("a", "ta"), start("a", "ta"), start("a", "other"), complete("a", "ta"))

    assert [(agent.call, agent.status) for agent in found.all] == [("ta", "completed"), ("other", None)]


def test_several_subagents_of_one_call_and_those_without_ids_are_all_there() -> None:
    found = subagents(
        start("a", "t"), start("b", "t"), start("c", "tc", "t"), start("", "", description="x"),
        start("", "", description="y"), complete("a", "t"), complete("", ""),
    )  # fmt: skip

    assert tree(found) == [(0, "a"), (0, "b"), (1, "c"), (0, "x"), (0, "y")]
    assert [agent.description for agent in found.running()] == ["b", "c", "y"]


def test_an_end_whose_start_is_gone_is_a_subagent() -> None:
    found = subagents(complete("a", "t", duration_ms=900, tool_uses=2, tokens=1500))

    (agent,) = found.all
    assert (agent.call, agent.status, agent.duration_s, agent.tool_uses, agent.tokens) == (
        "t",
        "completed",
        0.9,
        2,
        1500,
    )


def test_the_end_of_a_session_ends_its_subagents_and_cuts_them_short_if_it_failed() -> None:
    found = subagents(start("a", "ta"), start("b", "tb").replace(b'"iteration":3', b'"iteration":4'))

    found.end(3, 9.0, failed=True)

    assert [agent.id for agent in found.running()] == ["b"]
    found.end(None, 9.0, failed=False)
    assert found.running() == []
