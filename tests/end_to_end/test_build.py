"""`agent build` with the real SDK and CLI, from a specification to features that pass.

Tests agent.cli.build, agent.harness.loop, agent.harness.sessions and agent.harness.session_times.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.schema import run_file_schema
from tests.end_to_end.conftest import Events, Place, Workplace, finish
from tests.end_to_end.writing import DONE, bash, conversation, use, wait, write

REHEARSALS = Path(__file__).parent / "rehearsals"
LIST = "{project}/feature_list.json"
ENDLESS = f"touch begun; {wait('the-end-of-time')}"
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


def features(place: Place) -> dict[str, bool]:
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


def infos(place: Place, kind: str) -> list[str]:
    return [event["data"]["message"] for event in place.of_type("info") if event["data"]["kind"] == kind]


def errors(place: Place, kind: str) -> list[str]:
    return [event["data"]["message"] for event in place.of_type("error") if event["data"]["kind"] == kind]


def ending(place: Place) -> tuple[str, str]:
    last = place.events()[-1]
    assert last["type"] == "complete"
    return last["data"]["outcome"], last["data"]["reason"]


def git_log(place: Workplace) -> list[str]:
    command = ["git", "-C", str(place.project), "log", "--reverse", "--format=%s"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.needs("git")
def test_a_specification_is_built_until_every_feature_passes(cold_place: Workplace) -> None:
    place = cold_place
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


@pytest.mark.needs("git")
def test_a_build_that_was_killed_is_continued(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    slow = conversation("slow", bash(ENDLESS), match="0 of 2 features pass")
    script = (REHEARSALS / "two_features.toml").read_text()
    initializer, _, rest = script.partition('[[conversation]]\nname = "greet"')
    killed = place.build(initializer + slow)
    place.wait_until_file("begun")
    killed.kill()
    finish(killed)
    (first,) = place.runs()
    assert place.events()[-1]["type"] != "complete"

    code, _, err = finish(place.build(initializer + '[[conversation]]\nname = "greet"' + rest))

    start, news, *_ = place.without_heartbeats()
    assert code == 0, err
    assert start["data"]["resumed_from"] == first.stem
    assert (news["type"], news["data"]["kind"]) == ("info", "crashed")
    assert first.stem in news["data"]["message"]
    assert [event["data"]["iteration"] for event in place.of_type("session_start")] == [3, 4]
    assert ending(place) == ("success", "all_pass")
    assert git_log(place)[-1] == "Greet in capitals when asked to"
    assert place.leftovers() == []


def test_a_build_that_ended_is_continued_with_the_last_valid_list(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    script = conversation("one", flips(a=True)) + conversation("two", flips(b=True))
    assert finish(place.build(script, "--max-sessions", "1"))[0] == 1
    assert ending(place) == ("budget", "max_sessions")
    first = place.runs()[0].stem
    list_ = place.project / "feature_list.json"
    whole = list_.read_bytes()
    list_.write_bytes(whole[: len(whole) // 2])  # as by a kill

    code, _, err = finish(place.build(conversation("two", flips(b=True))))

    assert code == 0, err
    assert infos(place, "continued") == [f"continues run {first}"]
    assert infos(place, "feature_list") == [
        "feature_list.json was restored to its last valid version; "
        "the undone version is in .agent/feature_list.undone.json"
    ]
    starts = [(event["data"]["agent_type"], event["data"]["iteration"]) for event in place.of_type("session_start")]
    assert starts == [("CODING", 2)]
    assert (place.events()[-1]["data"]["passing"], place.events()[-1]["data"]["total"]) == (2, 2)


def test_a_build_whose_features_all_pass_starts_no_session(place: Workplace) -> None:
    place.with_features(a=True)
    code, _, _ = finish(place.build(conversation("none", DONE)))
    assert code == 0
    assert place.of_type("session_start") == []
    assert ending(place) == ("success", "all_pass")


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
    killed = place.build(conversation("init", wrote, bash(ENDLESS)))
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
    killed = place.build(conversation("one", bash(ENDLESS)))
    place.wait_until_file("begun")
    killed.kill()
    killed.communicate()
    place.with_features(a=True)
    code, _, err = finish(place.build(conversation("two", flips(b=True))))
    assert code == 0, err
    assert errors(place, "feature_list") == [
        "a session may only change `passes`, and add features that do not pass, in feature_list.json; "
        "undone: b (removed); the undone version is in .agent/feature_list.undone.json"
    ]
    assert (place.events()[-1]["data"]["passing"], place.events()[-1]["data"]["total"]) == (2, 2)
