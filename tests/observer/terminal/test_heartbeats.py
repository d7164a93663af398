"""Heartbeat lines: a few lines while nothing else happens."""

from tests.observer.terminal.rendering import render


def test_a_long_running_tool_gets_a_line_now_and_then() -> None:
    beats = [
        f'{{"type":"heartbeat","data":{{"idle_s":0,"in_flight":[{{"id":"t","name":"Bash","elapsed_s":{5 * n}}}]}}}}'
        for n in range(14)
    ]

    assert render(*beats) == "… Bash running for 15s\n… Bash running for 45s\n"


def test_a_long_wait_shows_when_it_ends() -> None:
    beat = '{"type":"heartbeat","data":{"idle_s":20,"state":"rate_limited","until":"2026-11-23T06:00:00Z"}}'
    assert render(beat) == "… rate limited for 20s, until 2026-11-23T06:00:00Z\n"
