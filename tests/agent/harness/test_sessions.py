"""Which session of a build is next, and what follows from how it ended; the conversations are functions.

That a build does so with the CLI too, and real processes, is tested in tests/end_to_end/test_build*.py.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.events import Outcome
from agent.harness.session_models import SessionModels
from agent.recorder.turns import TurnResult
from tests.agent.harness.building import COST_USD, DONE, Played, Site, ending, turn

FAILED = TurnResult(Outcome.FAILED, "the API refused the request")
RULE = "a session may only change `passes`, and add features that do not pass, in feature_list.json; undone: "
KEPT = "; the undone version is in .agent/feature_list.undone.json"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(autouse=True)
def _no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits after a failure are as short as they can be."""
    monkeypatch.setattr("random.random", lambda: 1.0)


def kinds(site: Site) -> list[tuple[str, int]]:
    return [(start["agent_type"], start["iteration"]) for start in site.data("session_start")]


async def test_a_build_whose_features_all_pass_starts_no_session(site: Site) -> None:
    site.write(a=True)
    assert ending(await site.build()) == ("success", "all_pass")
    assert kinds(site) == []


async def test_consecutive_failures_end_a_build_and_each_but_the_last_is_followed_by_a_wait(site: Site) -> None:
    site.write(a=False)
    outcome = await site.build(turn(result=FAILED), turn(result=FAILED), max_errors=2)
    assert ending(outcome) == ("failed", "errors")
    assert outcome.message == "failed 2 times in a row, last: the API refused the request"
    (said,) = site.messages("info", "backoff")
    assert said.startswith("session 1 failed (failure 1 of 2 in a row); the next session starts at ")


async def test_a_refusal_of_the_credentials_ends_a_build_with_its_session(site: Site) -> None:
    refused = TurnResult(Outcome.FAILED, "the API refuses the credentials", refused=True)
    outcome = await site.build(turn(result=refused))
    assert (*ending(outcome), outcome.message) == ("failed", "refused", "the API refuses the credentials")
    assert site.messages("info", "backoff") == []


async def test_a_session_knows_whether_the_credentials_have_worked_before(site: Site) -> None:
    site.write(a=False)

    async def work(session: Played) -> TurnResult:
        await session.call((site.project / "x").touch)
        session.credentials_work = True
        return DONE

    await site.build(work, turn(result=FAILED), turn(lambda: site.write(a=True)))
    assert [session.credentials_worked for session in site.played] == [False, True, True]
    outcomes = [end["outcome"] for end in site.data("session_end")]
    assert outcomes == ["success", "failed", "success"]


async def test_a_rate_limit_that_left_room_for_work_is_waited_for_and_is_no_second_failure(site: Site) -> None:
    site.write(a=False)
    resets_at = datetime.now(UTC) + timedelta(seconds=2)
    limited = TurnResult(Outcome.FAILED, "limited", resets_at=resets_at)
    plays = turn(result=FAILED), turn((site.project / "x").touch, limited), turn(lambda: site.write(a=True))
    assert ending(await site.build(*plays, max_errors=2)) == ("success", "all_pass")
    assert len(site.messages("info", "rate_limited")) == len(site.messages("info", "backoff")) == 1
    assert datetime.now(UTC) >= resets_at


async def test_consecutive_sessions_without_a_change_end_a_build(site: Site) -> None:
    site.write(a=False)
    notes = turn((site.project / "notes.md").touch)
    outcome = await site.build(turn(), notes, turn(), turn(), max_idle_sessions=2)
    assert ending(outcome) == ("failed", "idle")
    assert outcome.sessions == 4


async def test_the_budget_is_summed_over_the_sessions_and_what_is_left_is_that_of_the_next(site: Site) -> None:
    site.write(a=False)
    plays = [turn((site.project / f"{number}").touch) for number in range(3)]
    outcome = await site.build(*plays, max_budget_usd=2.5 * COST_USD)
    assert ending(outcome) == ("budget", "max_budget")
    assert outcome.cost_usd == pytest.approx(3 * COST_USD)
    left = [session.options.max_budget_usd for session in site.played]
    assert left == pytest.approx([2.5 * COST_USD, 1.5 * COST_USD, 0.5 * COST_USD])


async def test_an_initializer_without_a_list_has_failed_and_the_next_prompt_says_why(site: Site) -> None:
    outcome = await site.build(
        turn(lambda: (site.project / "feature_list.json").write_text("[]")),
        turn(lambda: site.write(a=True)),
        turn(lambda: site.write(a=True)),
    )
    assert ending(outcome) == ("success", "all_pass")
    first, second, third = site.played
    assert "cannot be used: it contains no feature" not in first.prompt
    assert "cannot be used: it contains no feature" in second.prompt
    assert "next feature" in third.prompt
    assert kinds(site) == [("INITIALIZER", 1), ("INITIALIZER", 2), ("CODING", 3)]
    assert len(site.messages("error", "no_feature_list")) == 1
    assert len(site.messages("info", "backoff")) == 1
    assert any("that have not been built; undone: a" in said for said in site.messages("error", "feature_list"))


async def test_a_list_that_a_session_leaves_unreadable_is_restored_and_keeps_its_count(site: Site) -> None:
    site.write(a=True, b=False)
    unreadable = turn(lambda: (site.project / "feature_list.json").write_text('[{"name": "a", "pas'))
    outcome = await site.build(unreadable, max_sessions=1)
    assert (outcome.passing, outcome.total) == (1, 2)
    (said,) = site.messages("error", "feature_list")
    assert "still counting 1 of 2" in said
    assert site.passes == {"a": True, "b": False}
    assert {(data["passing"], data["total"]) for data in site.data("progress")} == {(1, 2)}
    assert site.data("session_end")[0]["outcome"] == "success"


async def test_a_build_that_ended_is_continued_with_the_last_valid_list(site: Site) -> None:
    site.write(a=False, b=False)
    first = await site.build(turn(lambda: site.write(a=True, b=False)), max_sessions=1)
    assert ending(first) == ("budget", "max_sessions")
    list_ = site.project / "feature_list.json"
    whole = list_.read_bytes()
    list_.write_bytes(whole[: len(whole) // 2])  # as by a kill

    second = await site.build(turn(lambda: site.write(a=True, b=True)))
    assert (ending(second), second.passing, second.total) == (("success", "all_pass"), 2, 2)
    assert site.messages("info", "continued") == [f"continues run {first.run}"]
    assert site.messages("info", "feature_list") == [
        "feature_list.json was restored to its last valid version; "
        "the undone version is in .agent/feature_list.undone.json"
    ]
    assert kinds(site) == [("CODING", 2)]


async def test_after_an_initializer_was_killed_the_next_session_is_an_initializer(site: Site) -> None:
    await site.build_until_killed(turn(lambda: site.write(a=True)))
    assert site.data("complete") == []
    killed = site.runs_dir.joinpath("latest.ndjson").resolve().stem

    outcome = await site.build(turn(), turn(lambda: site.write(a=True)))
    assert ending(outcome) == ("success", "all_pass")
    assert [kind for kind, _ in kinds(site)] == ["INITIALIZER", "CODING"]
    assert "marked features as passing that have not been built" in site.messages("error", "feature_list")[0]
    assert site.data("run_start")[0]["resumed_from"] == killed
    assert f"continues run {killed}, which crashed in iteration 1" in site.messages("info", "crashed")[0]


async def test_changes_of_a_killed_session_to_the_list_are_undone_by_the_next_run(site: Site) -> None:
    site.write(a=True, b=False)
    await site.build_until_killed(turn())
    site.write(a=True)
    outcome = await site.build(turn(lambda: site.write(a=True, b=True)))
    assert site.messages("error", "feature_list") == [f"{RULE}b (removed){KEPT}"]
    assert (outcome.passing, outcome.total) == (2, 2)


async def test_each_feature_that_is_claimed_to_pass_is_verified_by_another_model_also_after_a_kill(site: Site) -> None:
    site.write(a=False, b=False, c=False)
    models = SessionModels(coding="coder", verify="checker")

    async def claim(session: Played) -> TurnResult:
        await session.call(lambda: site.write(a=True, b=True, c=False))
        await session.settled(lambda: site.unverified == ("a", "b"))
        return DONE

    await site.build_until_killed(claim, models=models)

    async def refute(session: Played) -> TurnResult:
        assert '"name": "b"' in session.prompt
        await session.call(lambda: site.write(a=True, b=False, c=False))
        await session.settled(lambda: site.data("progress", passing=1))
        await session.call(lambda: site.write(a=True, b=True, c=True))
        return DONE

    outcome = await site.build(
        turn(), refute, turn(lambda: site.write(a=True, b=True, c=False)), turn(), models=models, max_sessions=4
    )
    assert ending(outcome) == ("budget", "max_sessions")
    sessions = [(start["agent_type"], start["model"]) for start in site.data("session_start")]
    verifying, coding = ("VERIFYING", "checker"), ("CODING", "coder")
    assert sessions == [verifying, verifying, coding, verifying]
    assert ['"name": "a"' in session.prompt for session in site.played[1:]] == [True, False, False, False]
    assert site.messages("info", "verified") == [
        'feature "a" passed its verification', 'feature "b" passed its verification'
    ]  # fmt: skip
    assert site.messages("info", "refuted") == ['feature "b" failed its verification']
    flips = [flip for data in site.data("progress") for flip in data["changed"]]
    assert {"name": "b", "passes": False} in flips
    (undone,) = site.messages("error", "feature_list")
    assert "undone: b (set to pass), c (set to pass); " in undone
    assert json.loads((site.project / "feature_list.json").read_text())[2]["passes"] is False
