"""`agent build` with the real SDK and CLI, from a specification to features that pass.

Tests agent.cli.build and agent.harness.loop.
"""

import json
import socket
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.schema import run_file_schema
from tests.end_to_end.conftest import Events, Workplace, finish
from tests.end_to_end.writing import DONE, bash, conversation, use, write

REHEARSALS = Path(__file__).parent / "rehearsals"
LIST = "{project}/feature_list.json"
FLIP = """python3 - '%s' <<'EOF'
import json, sys
passes, path = json.loads(sys.argv[1]), "feature_list.json"
rows = json.load(open(path))
for row in rows:
    row["passes"] = passes.get(row["name"], row["passes"])
json.dump(rows, open(path, "w"), indent=2)
EOF"""


def flips(**passes: bool) -> str:
    """Return a turn that changes `passes` of features in the list."""
    return bash(FLIP % json.dumps(passes))


def features(place: Workplace) -> dict[str, bool]:
    rows = json.loads((place.project / "feature_list.json").read_text())
    return {row["name"]: row["passes"] for row in rows}


def counts(events: Events) -> list[tuple[int, int]]:
    """Return the counts of the progress events, without repetition."""
    result: list[tuple[int, int]] = []
    for event in events:
        count = (event["data"].get("passing"), event["data"].get("total"))
        if event["type"] == "progress" and result[-1:] != [count]:
            result.append(count)
    return result


def changed(events: Events) -> list[dict[str, Any]]:
    return [flip for event in events if event["type"] == "progress" for flip in event["data"]["changed"]]


def infos(place: Workplace, kind: str) -> list[str]:
    return [event["data"]["message"] for event in place.of_type("info") if event["data"]["kind"] == kind]


def errors(place: Workplace, kind: str) -> list[str]:
    return [event["data"]["message"] for event in place.of_type("error") if event["data"]["kind"] == kind]


def ending(place: Workplace) -> tuple[str, str]:
    last = place.events()[-1]
    assert last["type"] == "complete"
    return last["data"]["outcome"], last["data"]["reason"]


def git_log(place: Workplace) -> list[str]:
    command = ["git", "-C", str(place.project), "log", "--reverse", "--format=%s"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_a_specification_is_built_until_every_feature_passes(place: Workplace) -> None:
    code, out, err = finish(place.build(REHEARSALS / "two_features.toml"))

    events = place.events()
    starts = [event["data"] for event in events if event["type"] == "session_start"]
    assert code == 0, err
    assert f"observe tail {place.runs()[0]}" in out
    assert [(start["agent_type"], start["iteration"]) for start in starts] == [
        ("INITIALIZER", 1),
        ("CODING", 2),
        ("CODING", 3),
    ]
    assert len({start["session_id"] for start in starts}) == 3
    assert counts(events) == [(0, 2), (1, 2), (2, 2)]
    assert changed(events) == [{"name": "greet", "passes": True}, {"name": "shout", "passes": True}]
    assert ending(place) == ("success", "all_pass")
    assert features(place) == {"greet": True, "shout": True}
    greeting = subprocess.run(
        ["python3", "greet.py", "--shout", "World"], cwd=place.project, capture_output=True, text=True, check=True
    )
    assert greeting.stdout == "HELLO, WORLD!\n"
    assert git_log(place) == [
        "Lay the ground: two features to build",
        "Greet somebody by name",
        "Greet in capitals when asked to",
    ]
    assert {event["data"]["status"] for event in events if event["type"] == "tool_result"} == {"success"}
    assert events[-1]["data"]["cost_usd"] == pytest.approx(
        sum(event["data"]["cost_usd"] for event in events if event["type"] == "session_end"), abs=1e-4
    )
    validator = jsonschema.Draft202012Validator(run_file_schema())
    assert [error.message for event in events for error in validator.iter_errors(event)] == []
    assert place.leftovers() == []


def test_progress_is_recorded_when_a_session_begins_and_ends(place: Workplace) -> None:
    place.with_features(a=True, b=False)
    finish(place.build(conversation("one", bash("echo hello")), "--max-sessions", "1"))
    types = [event["type"] for event in place.without_heartbeats()]
    begin, end = types.index("session_start"), types.index("session_end")
    assert types[begin + 1] == "progress"
    assert types[end + 1] == "progress"


def test_a_build_that_was_killed_is_continued(place: Workplace) -> None:
    slow = conversation(
        "slow", bash("touch begun; for i in $(seq 600); do sleep 0.1; done"), match="0 of 2 features pass"
    )
    script = (REHEARSALS / "two_features.toml").read_text()
    initializer, _, rest = script.partition('[[conversation]]\nname = "greet"')
    killed = place.build(initializer + slow)
    place.wait_until_file("begun")
    killed.kill()
    finish(killed)
    (first,) = place.runs()
    assert place.events()[-1]["type"] != "complete"

    code, _, err = finish(place.build(initializer + '[[conversation]]\nname = "greet"' + rest))

    start, news, *_ = place.events()
    assert code == 0, err
    assert start["data"]["resumed_from"] == first.stem
    assert (news["type"], news["data"]["kind"]) == ("info", "crashed")
    assert first.stem in news["data"]["message"]
    assert [event["data"]["iteration"] for event in place.of_type("session_start")] == [3, 4]
    assert ending(place) == ("success", "all_pass")
    assert git_log(place)[-1] == "Greet in capitals when asked to"
    assert place.leftovers() == []


def test_a_build_that_ended_is_continued_and_says_so(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    script = conversation("one", flips(a=True)) + conversation("two", flips(b=True))
    assert finish(place.build(script, "--max-sessions", "1"))[0] == 1
    assert ending(place) == ("budget", "max_sessions")
    first = place.runs()[0].stem
    assert finish(place.build(conversation("two", flips(b=True))))[0] == 0
    assert infos(place, "continued") == [f"continues run {first}"]
    assert [event["data"]["iteration"] for event in place.of_type("session_start")] == [2]


def test_a_build_whose_features_all_pass_starts_no_session(place: Workplace) -> None:
    place.with_features(a=True)
    code, _, _ = finish(place.build(conversation("none", DONE)))
    assert code == 0
    assert place.of_type("session_start") == []
    assert ending(place) == ("success", "all_pass")


def test_a_feature_that_stops_passing_is_recorded(place: Workplace) -> None:
    place.with_features(a=True, b=False)
    finish(
        place.build(conversation("one", flips(a=False), bash("sleep 0.5"), flips(a=True, b=True), bash("sleep 0.5")))
    )
    assert changed(place.events()) == [
        {"name": "a", "passes": False},
        {"name": "a", "passes": True},
        {"name": "b", "passes": True},
    ]
    assert counts(place.events()) == [(1, 2), (0, 2), (2, 2)]


def test_a_session_that_rewrites_the_list_is_undone(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    before = json.loads((place.project / "feature_list.json").read_text())
    easier = [before[0] | {"passes": True}, {"name": "c", "passes": True}]
    cheat = f"cat > feature_list.json <<'EOF'\n{json.dumps(easier)}\nEOF\nsleep 0.5"
    finish(place.build(conversation("one", bash(cheat)), "--max-sessions", "1"))
    (said,) = errors(place, "feature_list")
    assert "c (added)" in said
    assert "b (removed)" in said
    assert json.loads((place.project / "feature_list.json").read_text()) == [before[0] | {"passes": True}, before[1]]
    assert ending(place) == ("budget", "max_sessions")
    assert place.of_type("session_end")[0]["data"]["outcome"] == "success"


def test_an_unreadable_feature_list_keeps_its_last_valid_count_and_causes_one_error(place: Workplace) -> None:
    place.with_features(a=True, b=False)
    broken = 'echo \'[{"name": "a", "pas\' > feature_list.json; sleep 0.6; echo >> feature_list.json; sleep 0.6'
    finish(place.build(conversation("one", bash(broken)), "--max-sessions", "1"))
    (said,) = errors(place, "feature_list")
    assert "still counting 1 of 2" in said
    assert counts(place.events()) == [(1, 2)]
    assert features(place) == {"a": True, "b": False}


def test_an_initializer_without_a_list_fails_and_the_next_prompt_says_why(place: Workplace) -> None:
    row = '[{"category": "f", "name": "a", "description": "A.", "steps": [], "passes": true}]'
    script = (
        conversation("lazy", write(LIST, "[]"), match="prepare the project")
        + conversation(
            "good", use("Read", file_path=LIST), write(LIST, row), match="cannot be used: it contains no feature"
        )
        + conversation("coding", flips(a=True), match="next feature")
    )
    code, _, err = finish(place.build(script))
    assert code == 0, err
    assert len(errors(place, "no_feature_list")) == 1
    assert len(infos(place, "backoff")) == 1
    assert [event["data"]["agent_type"] for event in place.of_type("session_start")] == [
        "INITIALIZER",
        "INITIALIZER",
        "CODING",
    ]
    assert any("that have not been built; undone: a" in said for said in errors(place, "feature_list"))


def test_a_blocked_command_is_recorded_with_its_rule_and_listed_at_the_end(place: Workplace) -> None:
    place.with_features(a=False)
    pipeline = "echo go && ssh nowhere.example ls | head"
    finish(place.build(conversation("one", bash(pipeline), bash("rm -rf /")), "--max-sessions", "1"))
    first, second = (event["data"] for event in place.of_type("tool_result"))
    assert (first["status"], first["rule"], first["command"]) == (
        "blocked",
        "allowlist",
        "ssh nowhere.example ls",
    )
    assert first["reason"].startswith("ssh is not among the allowed commands")
    assert (second["status"], second["rule"]) == ("blocked", "rm")
    listed = place.events()[-1]["data"]["blocked"]
    assert [(call["tool_use_id"], call["rule"]) for call in listed] == [
        (first["tool_use_id"], "allowlist"),
        (second["tool_use_id"], "rm"),
    ]


def test_a_command_can_be_allowed_in_the_project_or_at_the_start(place: Workplace) -> None:
    place.with_features(a=False)
    (place.project / ".agent").mkdir()
    (place.project / ".agent" / "allow.toml").write_text('allow = ["tput"]\n')
    script = conversation("one", bash("tput -V"), bash("uuidgen --version"))
    finish(place.build(script, "--max-sessions", "1", "--allow", "uuidgen"))
    assert [event["data"]["status"] for event in place.of_type("tool_result")].count("blocked") == 0


def test_unsafe_ignores_the_allowlist_and_warns(place: Workplace) -> None:
    place.with_features(a=False)
    _, _, err = finish(place.build(conversation("one", bash("tput -V || true")), "--max-sessions", "1", "--unsafe"))
    assert "agent: unsafe:" in err
    assert place.events()[0]["data"]["unsafe"] is True
    assert any(said.startswith("unsafe:") for said in infos(place, "unsafe"))
    assert place.of_type("tool_result")[0]["data"]["status"] != "blocked"


@pytest.mark.needs("sandbox")
def test_commands_write_in_the_project_only(place: Workplace, tmp_path: Path) -> None:
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
    assert (written["status"], written["rule"]) == ("blocked", "permission")
    assert not outside.exists()
    assert not (place.project / ".agent" / "allow.toml").exists()
    assert (place.project / "inside.txt").exists()


def test_a_list_truncated_by_a_kill_is_restored_by_the_next_run(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    finish(place.build(conversation("one", flips(a=True)), "--max-sessions", "1"))
    list_ = place.project / "feature_list.json"
    whole = list_.read_bytes()
    list_.write_bytes(whole[: len(whole) // 2])
    code, _, err = finish(place.build(conversation("two", flips(b=True))))
    assert code == 0, err
    assert infos(place, "feature_list") == ["feature_list.json was restored to its last valid version"]
    assert [event["data"]["agent_type"] for event in place.of_type("session_start")] == ["CODING"]
    assert (place.events()[-1]["data"]["passing"], place.events()[-1]["data"]["total"]) == (2, 2)


def test_a_run_that_was_killed_before_its_first_session_has_crashed(place: Workplace) -> None:
    place.with_features(a=False)
    killed = place.build(conversation("one", "delay_s = inf\n" + DONE))
    place.wait_for("progress")
    killed.kill()
    killed.communicate()
    first = place.events()[0]["run"]
    code, _, err = finish(place.build(conversation("two", flips(a=True))))
    assert code == 0, err
    assert place.events()[0]["data"]["resumed_from"] == first
    assert "which crashed" in infos(place, "crashed")[0]


def test_after_an_initializer_was_killed_the_next_session_is_an_initializer(place: Workplace) -> None:
    rows = [{"category": "f", "name": "a", "description": "a", "steps": ["x"], "passes": True}]
    wrote = write("feature_list.json", json.dumps(rows))
    killed = place.build(conversation("init", wrote, bash("touch begun; for i in $(seq 600); do sleep 0.1; done")))
    place.wait_until_file("begun")
    killed.kill()
    killed.communicate()
    script = conversation("again", bash("touch init.sh")) + conversation("code", flips(a=True))
    code, _, err = finish(place.build(script))
    assert code == 0, err
    assert [event["data"]["agent_type"] for event in place.of_type("session_start")] == ["INITIALIZER", "CODING"]
    assert "marked features as passing that have not been built" in errors(place, "feature_list")[0]


def test_changes_of_a_killed_session_to_the_list_are_undone_by_the_next_run(place: Workplace) -> None:
    place.with_features(a=True, b=False)
    endless = "touch begun; for i in $(seq 600); do sleep 0.1; done"
    killed = place.build(conversation("one", bash(endless)))
    place.wait_until_file("begun")
    killed.kill()
    killed.communicate()
    place.with_features(a=True)
    code, _, err = finish(place.build(conversation("two", flips(b=True))))
    assert code == 0, err
    assert errors(place, "feature_list") == [
        "a session may only change `passes` in feature_list.json; undone: b (removed)"
    ]
    assert (place.events()[-1]["data"]["passing"], place.events()[-1]["data"]["total"]) == (2, 2)


def test_a_command_left_in_the_background_does_not_keep_the_session(place: Workplace) -> None:
    place.with_features(a=False)
    server = use("Bash", command="sleep 1000", run_in_background=True)
    script = conversation("one", server, DONE) + conversation("two", flips(a=True))
    code, _, err = finish(place.build(script, "--silence-timeout", "2"))
    assert code == 0, err
    assert [event["data"]["outcome"] for event in place.of_type("session_end")] == ["success", "success"]
    assert any("still running after the last turn" in said for said in infos(place, "background"))
    assert place.leftovers() == []


@pytest.mark.needs("curl", "sandbox")
def test_one_command_can_start_query_and_end_a_server(place: Workplace) -> None:
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
    serve = "python3 -c 'import time; time.sleep(600)' > server.log 2>&1 & echo $! > server.pid"
    ask = 'kill -0 "$(cat server.pid)" && echo it lives || echo it is gone'
    script = conversation("one", bash(serve)) + conversation("two", bash(ask))
    finish(place.build(script, "--max-sessions", "2", "--no-sandbox"))  # whose processes end with their command
    assert "it is gone" in place.of_type("tool_result")[1]["data"]["output"]
    assert len(infos(place, "left_running")) == 1
    assert "python3" in infos(place, "left_running")[0]


def test_a_streak_of_repeated_calls_is_recorded_once(place: Workplace) -> None:
    place.with_features(a=False)
    finish(place.build(conversation("one", *[bash("cat missing.txt")] * 6), "--max-sessions", "1"))
    assert infos(place, "stuck") == [
        "Bash was called 3 times in a row with the same input",
        "Bash failed 5 times in a row",
    ]
