"""Heartbeat lines: a few lines while nothing else happens."""

from tests.observer.terminal.rendering import render


def test_a_long_running_tool_gets_a_line_now_and_then() -> None:
    beats = [
        f'{{"type":"heartbeat","data":{{"idle_s":0,"in_flight":[{{"id":"t","name":"Bash","elapsed_s":{5 * n}}}]}}}}'
        for n in range(14)
    ]

    assert render(*beats) == "… Bash running for 15s\n… Bash running for 45s\n"


def test_a_run_that_waits_for_a_person_says_so_at_once_and_then_now_and_then() -> None:
    def beat(elapsed_s: float, state: str = "waiting_on_human") -> str:
        tool = f'{{"id":"t","name":"Bash","elapsed_s":{elapsed_s}}}'
        return f'{{"type":"heartbeat","data":{{"elapsed_s":{elapsed_s},"state":"{state}","in_flight":[{tool}]}}}}'

    beats = [beat(100 + 5 * n) for n in range(8)]
    assert render(*beats) == "… waiting on human: Bash\n… waiting on human for 30s: Bash\n"
    answered = beat(141, "in_tool")
    assert render(*beats[:2], answered, beat(150)).count("waiting on human: Bash") == 2


def test_what_a_person_is_asked_for_is_shown_with_the_tool_or_without_one() -> None:
    beat = '{"type":"heartbeat","data":{"state":"waiting_on_human","waiting_for":"permission\\nprompt","in_flight":%s}}'
    assert render(beat % '[{"id":"t","name":"Bash","elapsed_s":1}]') == "… waiting on human: Bash (permission prompt)\n"
    assert render(beat % "[]") == "… waiting on human: permission prompt\n"


def test_a_long_wait_shows_when_it_ends() -> None:
    beat = '{"type":"heartbeat","data":{"idle_s":20,"state":"rate_limited","until":"2026-11-23T06:00:00Z"}}'
    assert render(beat) == "… rate limited for 20s, until 2026-11-23T06:00:00Z\n"


def test_a_call_that_ended_and_appears_again_gets_its_first_line_again() -> None:
    running = '{"type":"heartbeat","data":{"idle_s":0,"in_flight":[{"id":"t","name":"Bash","elapsed_s":20}]}}'
    idle = '{"type":"heartbeat","data":{"idle_s":0,"in_flight":[]}}'
    assert render(running, running) == "… Bash running for 20s\n"
    assert render(running, idle, running) == "… Bash running for 20s\n… Bash running for 20s\n"


def test_an_idle_run_gets_a_line_once_it_is_idle_again() -> None:
    idle, busy = (f'{{"type":"heartbeat","data":{{"idle_s":{seconds},"in_flight":[]}}}}' for seconds in (20, 0))
    assert render(idle, idle) == "… waiting for 20s\n"
    assert render(idle, busy, idle) == "… waiting for 20s\n… waiting for 20s\n"


def test_a_long_tool_input_gets_a_line_each_time_its_size_doubles() -> None:
    sizes = (1000, 9000, 12_000, 18_000)
    events = [f'{{"type":"tool_input","data":{{"id":"t","name":"Write","bytes":{size}}}}}' for size in sizes]
    assert render(*events) == "… Write: 9.0 kB of input written so far\n… Write: 18 kB of input written so far\n"


def test_a_subagent_gets_a_line_with_its_totals() -> None:
    event = '{"type":"subagent_progress","data":{"id":"s","duration_ms":20000,"tool_uses":2,"tokens":1500}}'
    assert render(event) == "… subagent running: 20s · 2 tools · 1.5k tokens\n"
