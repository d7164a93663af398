"""Features that are claimed to pass, until each has been verified."""

from agent.events import Flip
from agent.harness.claims import Claims
from tests.agent.harness.test_features import features, row


def test_what_a_session_lets_pass_is_claimed_in_order_and_saved_once() -> None:
    claims = Claims(["z"])
    flips = [Flip(name="a", passes=True), Flip(name="b", passes=False), Flip(name="c", passes=True)]
    assert claims.note(flips, "session")
    assert not claims.note(flips, "session")
    assert claims.names == ("z", "a", "c")
    after = features(row("a", True), row("b"), row("c", True), row("z", True))
    assert [feature.name for feature in claims.pending(after)] == ["z", "a", "c"]


def test_what_a_person_lets_pass_is_not_claimed_even_if_a_session_did_before() -> None:
    claims = Claims(["z"])
    assert not claims.note([Flip(name="a", passes=True)], "person")
    assert claims.note([Flip(name="z", passes=True)], "person")
    assert claims.names == ()


def test_a_claim_ends_when_it_is_settled_or_no_longer_made() -> None:
    claims = Claims(["a", "b", "c", "d"])
    claims.settle("a")
    left = claims.pending(features(row("a", True), row("b"), row("d", True)))
    assert [feature.name for feature in left] == ["d"]
    assert claims.names == ("d",)
