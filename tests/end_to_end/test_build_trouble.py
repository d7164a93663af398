"""`agent build` when something goes wrong, when it is stopped, and when it reaches a limit."""

import json
import os
import signal
import time
from datetime import datetime

import pytest

from tests.end_to_end.conftest import Finish, Finished, Process, Workplace, finish
from tests.end_to_end.test_build import ENDLESS, ending, errors, flips, infos
from tests.end_to_end.writing import DONE, bash, conversation, wait
from tests.helpers import patient, wait_until

SLOW = f"touch begun; {wait('late')}; touch finished"
HEARTBEAT_S = 5
SILENCE_S = patient(3)


def test_a_build_waits_until_a_rate_limit_resets_and_heartbeats_contain_the_time(place: Workplace) -> None:
    place.with_features(a=False)
    resets_in_s = HEARTBEAT_S + patient(4)  # the session may take the rest to end, before there is a heartbeat
    limited = f'fault = [{{ type = "http", status = 429, resets_in_s = {resets_in_s}, times = inf }}]\n' + DONE
    script = 'account = "subscription"\n' + conversation("limited", limited) + conversation("good", flips(a=True))
    code, _, err = finish(place.build(script))
    assert code == 0, err
    (limit,) = [event["data"] for event in place.of_type("rate_limit") if event["data"]["status"] == "rejected"]
    (said,) = infos(place, "rate_limited")
    beats = [event["data"] for event in place.of_type("heartbeat") if event["data"]["state"] == "rate_limited"]
    resumed = place.of_type("session_start")[1]["timestamp"]
    (until,) = {beat["until"] for beat in beats} - {limit["resets_at"]}  # one may fall between the limit and the wait
    assert until in said
    assert datetime.fromisoformat(resumed) >= datetime.fromisoformat(limit["resets_at"])
    assert infos(place, "backoff") == []


def test_credentials_that_never_worked_end_a_build_with_its_first_session(place: Workplace) -> None:
    wrong = 'fault = [{ type = "http", status = 401, times = inf }]\n'
    code, _, err = finish(place.build(conversation("wrong", wrong + DONE), "--quiet"))
    last = place.events()[-1]["data"]
    assert (code, ending(place)) == (1, ("failed", "refused"))
    assert last["message"].startswith("the API refuses the credentials")
    assert err == f"agent: {last['message']}\n"
    assert len(place.of_type("session_start")) == 1
    assert infos(place, "backoff") == []


def test_a_silent_model_ends_the_session_but_a_long_tool_call_does_not(place: Workplace) -> None:
    place.with_features(a=False)
    slow = bash(f"sleep {SILENCE_S + 1}; touch finished")
    script = conversation("silent", slow, "delay_s = inf\n" + DONE)
    code, _, _ = finish(place.build(script, "--silence-timeout", str(SILENCE_S), "--max-errors", "1"))
    assert (code, ending(place)) == (1, ("failed", "errors"))
    assert errors(place, "silence") == [f"the model was silent for {SILENCE_S:g} s while no tool was running"]
    assert (place.project / "finished").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_lets_the_running_tool_finish(sandboxed_place: Workplace, number: signal.Signals) -> None:
    place = sandboxed_place
    place.with_features(a=False)
    process = place.build(conversation("one", bash(SLOW), bash("touch second"), DONE))
    place.wait_until_file("begun")
    os.killpg(process.pid, number)  # as a terminal does
    wait_until(lambda: "stopping after the running tool call" in process.stderr.readline(), "the message")
    place.create("late")
    code, _, _ = finish(process)
    assert code == 128 + number
    assert ending(place) == ("interrupted", "signal")
    assert (place.project / "finished").exists()
    assert not (place.project / "second").exists()
    finished, *others = [event["data"]["status"] for event in place.of_type("tool_result")]
    assert finished == "success"
    assert set(others) <= {"blocked"}  # the model may have asked for the next call before the session was interrupted
    assert place.of_type("session_end")[0]["data"]["outcome"] == "interrupted"
    assert place.leftovers() == []


def test_the_second_signal_ends_the_build_at_once(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    place.with_features(a=False)
    process = place.build(conversation("one", bash(ENDLESS), DONE))
    place.wait_until_file("begun")
    os.killpg(process.pid, signal.SIGINT)
    wait_until(lambda: "stopping after the running tool call" in process.stderr.readline(), "the message")
    os.killpg(process.pid, signal.SIGINT)
    code, _, _ = finish(process)
    assert code == 130
    assert ending(place) == ("interrupted", "signal")
    assert {path.name for path in place.project.iterdir()} <= {".agent", ".claude", "begun", "feature_list.json"}
    assert place.leftovers() == []


@pytest.mark.parametrize(
    "option", ["--pause=inf", "--pause=-1", "--max-hours=nan", "--max-budget-usd=inf", "--silence-timeout=0"]
)
def test_an_impossible_number_is_refused_before_anything_starts(place: Workplace, option: str) -> None:
    code, _, err = finish(place.build(conversation("one", DONE), option))
    assert code == 2
    assert option.partition("=")[0] in err
    assert not place.latest.exists()


def test_the_time_limit_ends_a_session_after_the_running_tool_call(place: Workplace) -> None:
    place.with_features(a=False)
    begun = place.project / "begun"
    script = conversation("one", bash(SLOW), bash("touch second"), DONE)
    for limit_s in (5, 20, 80):  # a slow machine may need more to begin a session
        process = place.build(script, "--max-hours", str(limit_s / 3600))
        wait_until(lambda process=process: begun.exists() or process.poll() is not None, "a tool call")  # type: ignore[misc]
        if begun.exists():
            break
    start = datetime.fromisoformat(place.events()[0]["timestamp"]).timestamp()
    time.sleep(max(0.0, start + limit_s + patient(2) - time.time()))
    place.create("late")
    code, _, _ = finish(process)
    assert code == 1
    assert ending(place) == ("budget", "max_hours")
    assert (place.project / "finished").exists()
    assert not (place.project / "second").exists()
    assert place.of_type("session_end")[0]["data"]["outcome"] == "interrupted"


def test_a_second_agent_in_a_project_fails_and_names_the_first(place: Workplace) -> None:
    place.with_features(a=False)
    first = place.build(conversation("one", bash(ENDLESS)))
    place.wait_until_file("begun")
    for second in (place.build(conversation("two", DONE)), place.rehearse(conversation("two", DONE))):
        code, out, err = finish(second)
        (run_file,) = place.runs()
        assert (code, out) == (3, "")
        assert f"process {first.pid}, run {run_file.stem}; watch it with: observe tail {run_file}" in err
    assert first.poll() is None
    first.kill()
    first.wait()
    place.with_features(a=True)
    assert finish(place.build(conversation("three", DONE)))[0] == 0  # no lock outlives its process


@pytest.fixture
def verbose(finished: Finish) -> Finished:
    """A build with prompts of its own, and with diagnostics."""

    def start(place: Workplace) -> Process:
        place.with_features(a=False, b=True)
        prompts = place.root / "prompts"
        prompts.mkdir()
        (prompts / "coding.md").write_text("MY OWN: session {{iteration}}, {{passing}} of {{total}}.\n{{spec}}")
        script = conversation("mine", flips(a=True), match="MY OWN: session 1, 1 of 2.\n# Greeter")
        return place.build(script, "--prompts", str(prompts), "--verbose")

    return finished("verbose", start)


def test_custom_prompts_are_used(verbose: Finished) -> None:
    assert verbose.code == 0


def test_verbose_logs_diagnostics_to_standard_error(verbose: Finished) -> None:
    assert "agent" in verbose.err
    assert json.dumps("type") not in verbose.out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--prompts", "nowhere"], "contains neither initializer.md nor coding.md"),
        (["--allow", "docker run"], "is not a command name"),
        (["--runs", "SPEC.md"], "SPEC.md"),
        (["--runs", "project"], "is inside the runs directory"),
        (["--runs", "."], "choose another one with --runs"),
        (["--project", "SPEC.md"], "cannot create the directory SPEC.md"),
    ],
)
def test_a_build_that_cannot_start_fails_with_a_one_line_error(place: Workplace, args: list[str], said: str) -> None:
    code, out, err = finish(place.build(conversation("one", DONE), *args))
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot read the specification"),
        (b"", "is empty"),
        (b"\xff\xfe\x00", "is not text"),
        (b" \n", "is empty"),
    ],
)
def test_a_specification_that_cannot_be_read_is_an_error(place: Workplace, content: bytes | None, said: str) -> None:
    if content is not None:
        (place.root / "S.md").write_bytes(content)
    code, _, err = finish(place.start("agent", "build", "S.md", "--project", "project"))
    assert code == 2
    assert said in err


def test_quiet_prints_nothing(place: Workplace) -> None:
    place.with_features(a=True)
    assert finish(place.build(conversation("one", DONE), "--quiet", "--unsafe"))[1:] == ("", "")
