"""Features that are claimed to pass, until each has been verified."""

from agent.harness.claims import Claims
from tests.agent.harness.test_features import features, row


def test_what_passes_now_and_did_not_before_is_claimed_in_order() -> None:
    claims = Claims(["z"])
    before = features(row("a"), row("b", True), row("c"), row("z", True))
    after = features(row("a", True), row("b"), row("c", True), row("z", True))
    claims.add(before, after)
    claims.add(before, after)
    assert claims.names == ("z", "a", "c")
    assert [feature.name for feature in claims.pending(after)] == ["z", "a", "c"]


def test_a_claim_ends_when_it_is_settled_or_no_longer_made() -> None:
    claims = Claims(["a", "b", "c", "d"])
    claims.settle("a")
    left = claims.pending(features(row("a", True), row("b"), row("d", True)))
    assert [feature.name for feature in left] == ["d"]
    assert claims.names == ("d",)
