"""What `agent run` records of tools that the API itself runs, with the real CLI: each call with its own result."""

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Finish, Finished, Workplace, finish, script, text_of
from tests.end_to_end.writing import DONE

SCRIPT = Path(__file__).parent / "rehearsals" / "server_tools.toml"
DELAY_MS = 1000
"""The delay before the result of `search` in it."""


@pytest.fixture
def server_tools(finished: Finish) -> Finished:
    """The run of `SCRIPT`."""
    return finished("server_tools", lambda place: place.rehearse(SCRIPT.read_text()))


def results(place: Finished) -> dict[str, dict[str, Any]]:
    return {event["data"]["tool_use_id"]: event["data"] for event in place.of_type("tool_result")}


def test_every_call_of_a_server_tool_has_its_own_result(server_tools: Finished) -> None:
    expected = {
        "search": ("success", "Run files"),
        "fetch": ("success", "Every run is a file."),
        "no fetch": ("error", "url_not_accessible"),
        "code": ("success", "42"),
        "bash": ("error", "no none"),
        "late": ("error", "execution_time_exceeded"),
        "two": ("error", "max_uses_exceeded"),
        "one": ("success", ""),
        "own": ("success", "mine"),
    }
    recorded = results(server_tools)
    uses = [event["data"]["id"] for event in server_tools.of_type("tool_use")]
    assert server_tools.code == 0
    assert sorted(uses) == sorted([*expected, "unanswered"])
    assert len(server_tools.of_type("tool_result")) == len(uses)
    for id_, (status, output) in expected.items():
        assert recorded[id_]["status"] == status, id_
        assert output in recorded[id_]["output"], id_
        assert recorded[id_]["reason"] is None, id_


def test_what_only_the_api_can_read_is_not_in_the_file(server_tools: Finished) -> None:
    assert "AAAA" not in server_tools.latest.read_text()


def test_the_duration_of_a_server_tool_is_that_of_its_call(server_tools: Finished) -> None:
    recorded = results(server_tools)
    others = [recorded[id_]["duration_ms"] for id_ in ("fetch", "code", "late")]
    assert recorded["search"]["duration_ms"] > DELAY_MS / 2  # the CLI passes on the call a little late
    assert max(others) < recorded["search"]["duration_ms"]


def test_a_call_that_is_never_answered_is_not_described_by_the_model_s_words(server_tools: Finished) -> None:
    unanswered = results(server_tools)["unanswered"]
    assert unanswered["status"] != "success"
    assert "Enough" not in str(unanswered)
    assert text_of(server_tools.events()).splitlines() == ["I look it up.", "Enough."]


def test_a_pause_in_a_server_tool_fails_the_run_in_its_own_words(place: Workplace) -> None:
    pause = """
stop_reason = "pause_turn"
block = [
  { type = "text", text = "Searching." },
  { type = "server_tool_use", name = "web_search", input = { query = "run files" } },
]
"""
    code, _, _ = finish(place.rehearse(script(pause, DONE)))

    (result,) = place.of_type("tool_result")
    complete = place.events()[-1]["data"]
    assert (code, complete["outcome"]) == (1, "failed")
    assert result["data"]["status"] != "success"
    assert "Searching" not in str(result["data"])
