"""`agent build` with people who edit the feature list, and with a model of its own for each kind of session."""

import json
import signal

from tests.end_to_end.conftest import Place, Workplace, finish
from tests.end_to_end.test_build import ending, errors, features, flips, infos
from tests.end_to_end.writing import DONE, bash, conversation, wait, write

FEATURE = {"category": "functional", "description": "It does.", "steps": ["Look"], "passes": False}
CHEAT = """import json
path = "feature_list" ".json"
rows = [{"name": "a", "description": "Nothing.", "passes": True}, {"name": "more", "passes": False}]
json.dump(rows, open(path, "w"))
"""


def edit(place: Workplace, *rows: dict[str, object]) -> None:
    """Change the list as an editor does: by a new file in its place."""
    temporary = place.project / "list.tmp"
    temporary.write_text(json.dumps([FEATURE | row for row in rows]))
    temporary.replace(place.project / "feature_list.json")


def test_what_a_person_edits_during_a_session_is_kept_and_what_the_session_edits_is_not(place: Workplace) -> None:
    place.with_features(a=False, b=False)
    first = conversation(
        "first",
        write("{project}/tools/cheat.py", CHEAT),
        write("{project}/verify.sh", "python3 -m tools.cheat\n"),
        bash(wait("edited")),
        bash("bash verify.sh"),
        bash(wait("undone")),
        flips(a=True),
        DONE,
    )
    second = conversation("second", flips(b=True, c=True, more=True), DONE)
    process = place.build(first + second, "--max-sessions", "3")
    place.wait_for("tool_use", name="Bash")
    edit(place, {"name": "a", "description": "a."}, {"name": "b", "description": "Reworded."}, {"name": "c"})
    (message,) = [place.wait_for("info", kind="feature_list_edited")["data"]["message"]]
    place.create("edited")
    place.wait_for("error", kind="feature_list")
    place.create("undone")
    code, _, err = finish(process)

    assert (code, ending(place)) == (0, ("success", "all_pass")), err
    assert message == "feature_list.json was edited by a person, and is kept: c (added), b (reworded)"
    assert features(place) == {"a": True, "more": True, "b": True, "c": True}
    assert "Reworded." in (place.project / "feature_list.json").read_text()
    (undone,) = errors(place, "feature_list")
    assert "undone: a (reworded), b (removed), c (removed); the undone version is in" in undone
    kept = place.project / ".agent" / "feature_list.undone.json"
    assert [row["name"] for row in json.loads(kept.read_text())] == ["a", "more"]
    assert infos(place, "feature_list_edited")[1].endswith("are kept: more (added)")
    listed = [event["data"]["features"] for event in place.of_type("progress") if event["data"]["features"]]
    names = [[feature["name"] for feature in each] for each in listed]
    assert names == [["a", "b"], ["a", "b", "c"], ["a", "more", "b", "c"]]


def test_a_person_who_adds_a_feature_between_two_sessions_lets_the_build_continue(place: Workplace) -> None:
    place.with_features(a=False)
    process = place.build(
        conversation("first", flips(a=False), DONE) + conversation("second", flips(a=True, b=True), DONE),
        "--pause",
        "600",
    )
    place.wait_for("heartbeat", state="pausing")
    edit(place, {"name": "a", "description": "a."}, {"name": "b"})
    assert "b (added)" in place.wait_for("info", kind="feature_list_edited")["data"]["message"]
    process.terminate()  # which ends the pause
    assert finish(process)[0] == 128 + signal.SIGTERM
    assert ending(place) == ("interrupted", "signal")
    assert features(place) == {"a": False, "b": False}
    assert errors(place, "feature_list") == []


def sessions(place: Place) -> list[tuple[str, str]]:
    return [(event["data"]["agent_type"], event["data"]["model"]) for event in place.of_type("session_start")]


AGREE = conversation("agree", DONE, match='"name": "a"')


def test_a_build_is_not_over_before_its_last_claim_is_verified(place: Workplace) -> None:
    place.with_features(a=False)
    script = conversation("claim", flips(a=True), DONE, match="the next feature") + AGREE
    code, _, err = finish(place.build(script, "--model-for", "verify=claude-haiku-5-5"))
    assert (code, ending(place)) == (0, ("success", "all_pass")), err
    assert [kind for kind, _ in sessions(place)] == ["CODING", "VERIFYING"]
    assert [event["phase"] for event in place.of_type("session_end")] == ["coding", "verifying"]


def test_a_model_for_an_unknown_kind_is_a_usage_error(place: Workplace) -> None:
    code, out, err = finish(place.build("", "--model-for", "planning=x"))
    assert (code, out) == (2, "")
    assert 'invalid value "planning=x"' in " ".join(err.split())
