"""Costs are added where a session's file states none: exact if all prices are known, else at least what is known."""

from observer.dialects import event_data
from observer.dialects.costs import CostMeter
from observer.dialects.dialect import ForeignEvent
from observer.dialects.prices import Billing, Price, Prices, PriceTable

PRICES = Prices((PriceTable({"known": Price(input=1, output=10, cache_read=0.1)}),))
MILLION = 1_000_000


def message(
    model: str | None = "known", *, read: int = MILLION, output: int | None = 0, **more: object
) -> ForeignEvent:
    tokens = event_data.tokens(input_=read, output=output)
    return ForeignEvent("message", event_data.message("m", "", tokens=tokens, model=model), **more)  # type: ignore[arg-type]


def end(kind: str = "complete", cost: float | None = None, read: int | None = None) -> ForeignEvent:
    tokens = None if read is None else event_data.tokens(input_=read)
    return ForeignEvent(kind, {"cost_usd": cost, "tokens": tokens})


def costs(*events: ForeignEvent, meter: CostMeter | None = None) -> list[tuple[object, object]]:
    """Return the cost of each event that is no message, and whether it is the least that it was."""
    priced = (meter or CostMeter(PRICES)).price(events)
    return [
        (event.data.get("cost_usd"), event.data.get("cost_is_minimum", False))
        for event in priced
        if event.type in {"heartbeat", "session_end", "complete"}
    ]


def test_a_run_costs_what_its_messages_cost() -> None:
    assert costs(message(), message(output=MILLION), end(read=2 * MILLION)) == [(12.0, False)]


def test_an_unknown_model_makes_the_sum_the_least_that_it_was() -> None:
    assert costs(message(), message("unknown"), end()) == [(1.0, True)]
    assert costs(message(), message(None), end()) == [(1.0, True)]


def test_nothing_is_said_where_no_price_is_known() -> None:
    assert costs(message("unknown"), end()) == [(None, False)]
    assert costs(end()) == [(None, False)]


def test_an_unknown_model_that_used_nothing_makes_nothing_unknown() -> None:
    assert costs(message(), message("unknown", read=0), end()) == [(1.0, False)]
    untold = ForeignEvent("message", event_data.message("m", "", tokens=None, model="unknown"))
    assert costs(message(), untold, end()) == [(1.0, False)]


def test_the_cost_that_the_file_states_is_kept_and_counts_instead_of_the_messages() -> None:
    events = [message(), end("session_end", 0.25), message(), end("session_end"), end()]
    assert costs(*events) == [(0.25, False), (1.0, False), (1.25, False)]
    assert costs(message("unknown"), end("session_end", 0.25), end(cost=0.25)) == [(0.25, False), (0.25, False)]


def test_a_cost_that_a_message_states_counts_instead_of_its_price() -> None:
    stated = Billing(has_list_price=False, stated_usd=0.34)
    assert costs(message(billing=stated), message("unknown", billing=stated), end()) == [(0.68, False)]
    assert costs(message(billing=stated), message(), end()) == [(1.34, False)]


def test_a_session_whose_cost_is_unknown_makes_the_total_the_least_that_it_was() -> None:
    events = [end("session_end", 0.25), message("unknown"), end("session_end"), end()]
    assert costs(*events) == [(0.25, False), (None, False), (0.25, True)]


def test_tokens_that_no_message_has_have_no_price() -> None:
    assert costs(message(), end("session_end", read=MILLION + 1), end(read=MILLION + 1)) == [(1.0, True), (1.0, True)]
    assert costs(message(), end(read=MILLION + 1)) == [(1.0, True)]
    assert costs(end("session_end", 0.5, read=MILLION), end(read=MILLION)) == [(0.5, False), (0.5, False)]


def test_requests_that_no_record_stands_for_make_the_sum_the_least_that_it_was() -> None:
    search = ForeignEvent("tool_use", event_data.tool_use("t", "WebSearch", {}))
    other = ForeignEvent("tool_use", event_data.tool_use("t", "Bash", {}))
    assert costs(message(), ForeignEvent("compaction", {}), end()) == [(1.0, True)]
    assert costs(message(), search, end()) == [(1.0, True)]
    assert costs(message(), other, end()) == [(1.0, False)]
    meter = CostMeter(PRICES)
    meter.skip()
    assert costs(message(), end(), meter=meter) == [(1.0, True)]


def test_a_message_beside_the_list_price_and_one_that_is_not_whole_cost_at_least_that() -> None:
    assert costs(message(billing=Billing(has_list_price=False)), end()) == [(1.0, True)]
    assert costs(message(output=None), end()) == [(1.0, True)]


def test_heartbeats_and_messages_say_what_the_run_has_cost_so_far() -> None:
    beat = ForeignEvent("heartbeat", {"elapsed_s": 1.0})
    meter = CostMeter(PRICES)
    assert costs(beat, message(), beat, message("unknown"), beat, meter=meter) == [
        (None, False),
        (1.0, False),
        (1.0, True),
    ]
    (known,) = CostMeter(PRICES).price([message()])
    assert (known.data["total_cost_usd"], "cost_is_minimum" in known.data) == (1.0, False)
    (first, second) = CostMeter(PRICES).price([message(), message("unknown")])
    assert (second.data["total_cost_usd"], second.data["cost_is_minimum"]) == (1.0, True)
    assert first.data["tokens"] == second.data["tokens"]


def test_a_run_that_goes_on_after_its_end_costs_more() -> None:
    assert costs(message(), end(), message(), end()) == [(1.0, False), (2.0, False)]


def test_fields_of_other_types_are_no_costs() -> None:
    odd = ForeignEvent("message", {"model": 5, "tokens": {"input": "x", "output": []}})
    events = [odd, ForeignEvent("message", {"tokens": 3}), ForeignEvent("complete", {"cost_usd": "free", "tokens": []})]
    assert costs(*events) == [("free", False)]
