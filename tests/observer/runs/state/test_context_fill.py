"""How full the context of a model is."""

from observer.format.event import Record
from observer.format.line import Line
from observer.runs.state.context_fill import ContextFill
from tests.helpers import event


def after(*lines: bytes) -> ContextFill:
    fill = ContextFill()
    for line in lines:
        one = Record(Line(line, 7)).event
        assert one is not None
        if one.type == "message":
            fill.message(one)
        else:
            fill.end_session(one)
    return fill


def message(model: str, read: int, parent: str | None = None) -> bytes:
    return event("message", parent, model=model, tokens={"input": 5, "cache_read": read - 5, "output": 900})


END = event("session_end", model_usage={"a": {"contextWindow": 200_000}, "b": {"contextWindow": 1_000_000}})


def test_the_last_message_of_the_main_agent_counts() -> None:
    fill = after(message("a", 20_000), message("b", 143_000), message("a", 1_000, parent="toolu_1"))
    assert (fill.read, fill.model, fill.offset) == (143_000, "b", 7)


def test_the_share_is_that_of_the_model_of_that_message_as_soon_as_its_size_is_known() -> None:
    assert after(message("a", 143_000)).words() == "143.0k tokens"
    assert after(message("a", 143_000), END, message("b", 500_000)).words() == "500.0k tokens, 50% of 1.0M"
    assert after(message("c", 143_000), END).brief() == "143.0k"


def test_a_message_without_tokens_leaves_what_is_known() -> None:
    assert after(message("a", 100_000), event("message", model="a"), END).brief() == "50%"
    assert after(END).words() == after(END).brief() == ""
