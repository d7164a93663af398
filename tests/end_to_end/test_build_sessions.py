"""What a session of `agent build` may do and what not: to the feature list, with commands, and beside them."""

import socket
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Finish, Finished, Process, Workplace, finish
from tests.end_to_end.test_build import changed, counts, flips, infos
from tests.end_to_end.writing import DONE, bash, conversation, use, wait
from tests.helpers import patient, wait_until

SILENCE_S = str(patient(3))


@pytest.fixture
def flipped(finished: Finish) -> Finished:
    """A build without an allowlist, with one session, in which a feature fails, and then both pass."""

    def start(place: Workplace) -> Process:
        place.with_features(a=True, b=False)
        turns = bash("tput -V || true"), flips(a=False), bash(wait("recorded")), flips(a=True, b=True)
        process = place.build(conversation("one", *turns), "--unsafe")
        wait_until(lambda: changed(place.events()), "the first change")
        place.create("recorded")
        return process

    return finished("flipped", start)


def test_progress_is_recorded_when_a_session_begins_and_ends(flipped: Finished) -> None:
    types = [event["type"] for event in flipped.without_heartbeats()]
    begin, end = types.index("session_start"), types.index("session_end")
    assert types[begin + 1 : begin + 3] == ["prompt", "progress"]
    assert types[end + 1] == "progress"


def test_a_feature_that_stops_passing_is_recorded(flipped: Finished) -> None:
    assert changed(flipped.events()) == [
        {"name": "a", "passes": False},
        {"name": "a", "passes": True},
        {"name": "b", "passes": True},
    ]
    assert counts(flipped.events()) == [(1, 2), (0, 2), (2, 2)]


def test_unsafe_ignores_the_allowlist_and_warns(flipped: Finished) -> None:
    assert "agent: unsafe:" in flipped.err
    assert flipped.events()[0]["data"]["unsafe"] is True
    assert any(said.startswith("unsafe:") for said in infos(flipped, "unsafe"))
    assert flipped.of_type("tool_result")[0]["data"]["status"] != "blocked"


@pytest.fixture
def commands(finished: Finish) -> Finished:
    """A build with one session: two blocked commands, two that are allowed, and one that fails six times in a row."""

    def start(place: Workplace) -> Process:
        place.with_features(a=False)
        (place.project / ".agent").mkdir()
        (place.project / ".agent" / "allow.toml").write_text('allow = ["tput"]\n')
        calls = ["echo go && ssh nowhere.example ls | head", "rm -rf /", "tput -V", "uuidgen --version", "echo works"]
        script = conversation("one", *map(bash, calls), *[bash("cat missing.txt")] * 6)
        return place.build(script, "--max-sessions", "1", "--allow", "uuidgen")

    return finished("commands", start, sandbox=True)


def test_a_blocked_command_is_recorded_with_its_rule_and_listed_at_the_end(commands: Finished) -> None:
    first, second, *_ = (event["data"] for event in commands.of_type("tool_result"))
    assert (first["status"], first["rule"], first["command"]) == (
        "blocked",
        "allowlist",
        "ssh nowhere.example ls",
    )
    assert first["reason"].startswith("ssh is not among the allowed commands")
    assert (second["status"], second["rule"]) == ("blocked", "rm")
    listed = commands.events()[-1]["data"]["blocked"]
    assert [(call["tool_use_id"], call["rule"]) for call in listed] == [
        (first["tool_use_id"], "allowlist"),
        (second["tool_use_id"], "rm"),
    ]


def test_a_command_can_be_allowed_in_the_project_or_at_the_start(commands: Finished) -> None:
    by_project, at_start = (event["data"]["status"] for event in commands.of_type("tool_result")[2:4])
    assert "blocked" not in {by_project, at_start}


def test_a_streak_of_repeated_calls_is_recorded_once(commands: Finished) -> None:
    assert infos(commands, "stuck") == [
        "Bash was called 3 times in a row with the same input",
        "Bash failed 5 times in a row",
    ]


@pytest.mark.needs("sandbox")
def test_commands_write_in_the_project_only(sandboxed_place: Workplace, tmp_path: Path) -> None:
    place = sandboxed_place
    place.with_features(a=False)
    outside, link = tmp_path / "outside.txt", "ln -s .. up; echo x > up/outside.txt"
    script = conversation(
        "one",
        bash(f'python3 -c \'open("{outside}", "w")\''),
        bash(f"bash -c '{link}'"),
        bash('python3 -c \'open(".agent/allow.toml", "w")\''),
        bash('python3 -c \'open("inside.txt", "w")\''),
        use("Write", file_path=str(place.root / "runs" / "x.ndjson"), content="forged"),
    )
    finish(place.build(script, "--max-sessions", "1"))
    assert place.events()[0]["data"]["sandbox"] is True
    assert [event["data"]["status"] == "success" for event in place.of_type("tool_result")] == [
        False, False, False, True, False,
    ]  # fmt: skip
    written = place.of_type("tool_result")[4]["data"]
    assert (written["status"], written["rule"]) == ("blocked", "settings")
    assert not outside.exists()
    assert not (place.project / ".agent" / "allow.toml").exists()
    assert (place.project / "inside.txt").exists()


def test_a_command_left_in_the_background_does_not_keep_the_session(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    place.with_features(a=False)
    server = use("Bash", command="sleep 1000", run_in_background=True)
    script = conversation("one", server, DONE) + conversation("two", flips(a=True))
    code, _, err = finish(place.build(script, "--silence-timeout", SILENCE_S))
    assert code == 0, err
    assert [event["data"]["outcome"] for event in place.of_type("session_end")] == ["success", "success"]
    assert any("still running after the last turn" in said for said in infos(place, "background"))
    assert place.leftovers() == []


@pytest.mark.needs("curl", "sandbox")
def test_one_command_can_start_query_and_end_a_server(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    verify = f"""python3 -m http.server {port} > server.log 2>&1 & PID=$!
for i in $(seq 100); do curl -sf http://localhost:{port}/ > /dev/null && break; sleep 0.1; done
curl -s http://localhost:{port}/feature_list.json
kill $PID"""
    place.with_features(a=False)
    finish(place.build(conversation("one", bash(verify)), "--max-sessions", "1"))
    (result,) = place.of_type("tool_result")
    assert '"description": "a."' in result["data"]["output"]


def test_processes_that_a_session_leaves_running_end_with_it(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    server = """import socket, time
server = socket.create_server(("127.0.0.1", 0))
open("port", "w").write(str(server.getsockname()[1]))
time.sleep(600)"""
    connect = 'import socket; socket.create_connection(("127.0.0.1", int(open("port").read())))'
    serve = f"python3 -c '{server}' > server.log 2>&1 & until [ -s port ]; do sleep 0.1; done"
    ask = f"python3 -c '{connect}' 2> connect.log && echo it lives || echo it is gone"
    script = conversation("one", bash(serve)) + conversation("two", bash(ask))
    finish(place.build(script, "--max-sessions", "2"))  # with the sandbox they end with their command
    assert "it is gone" in place.of_type("tool_result")[1]["data"]["output"]
    assert len(infos(place, "left_running")) == 1
    assert "python3" in infos(place, "left_running")[0]
