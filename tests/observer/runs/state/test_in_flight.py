"""Which tool calls a heartbeat reports."""

from observer.format.event import Event
from observer.format.line import Line
from observer.runs.state.in_flight import running_tools


def test_calls_in_flight_of_other_types_are_left_out() -> None:
    items = [{"id": "a", "name": "Bash", "elapsed_s": 2}, "x", {"id": "b", "elapsed_s": "long"}]

    tools = running_tools(Event(Line(b"", 0), "heartbeat", {"in_flight": items}))

    assert [(tool.id, tool.elapsed_s) for tool in tools] == [("a", 2), ("b", 0.0)]
