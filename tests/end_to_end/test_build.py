"""`agent build` with the real SDK and CLI, from a specification to features that pass.

Tests agent.cli.build, agent.harness.loop and agent.harness.session_times.
"""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.schema import run_file_schema
from tests.end_to_end.conftest import Events, Place, Workplace, finish
from tests.end_to_end.writing import bash, conversation, wait

REHEARSALS = Path(__file__).parent / "rehearsals"
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
def test_a_specification_is_built_until_every_feature_passes_under_nohup_also_without_its_terminal(
    cold_place: Workplace,
) -> None:
    place = cold_place
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = place.build(REHEARSALS / "two_features.toml")
    finally:
        signal.signal(signal.SIGHUP, previous)
    place.wait_for("session_start")
    process.send_signal(signal.SIGHUP)
    code, out, err = finish(process)

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


def test_a_build_that_was_killed_is_continued(sandboxed_place: Workplace) -> None:
    place = sandboxed_place
    place.with_features(a=False, b=False)
    killed = place.build(conversation("slow", bash(ENDLESS), match="0 of 2 features pass"))
    place.wait_until_file("begun")
    killed.kill()
    finish(killed)
    (first,) = place.runs()
    assert place.events()[-1]["type"] != "complete"

    code, _, err = finish(place.build(conversation("one", flips(a=True)) + conversation("two", flips(b=True))))

    start, news, *_ = place.without_heartbeats()
    assert code == 0, err
    assert start["data"]["resumed_from"] == first.stem
    assert (news["type"], news["data"]["kind"]) == ("info", "crashed")
    assert first.stem in news["data"]["message"]
    assert [event["data"]["iteration"] for event in place.of_type("session_start")] == [2, 3]
    assert ending(place) == ("success", "all_pass")
    assert place.leftovers() == []
