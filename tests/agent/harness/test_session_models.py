"""The models for the kinds of session, as options name them."""

import pytest

from agent.events import AgentType
from agent.harness.session_models import SessionModels


def test_kinds_that_are_not_named_have_the_model_of_the_build() -> None:
    models = SessionModels.parse(["initializer=a, verify=b"])
    assert models == SessionModels(initializer="a", verify="b")
    assert [models.of(kind) for kind in AgentType] == ["a", None, "b", None]
    assert SessionModels.parse([]) == SessionModels()


def test_a_model_may_have_any_name_without_a_comma() -> None:
    assert SessionModels.parse(["coding=arn:aws:x/y=z"]).coding == "arn:aws:x/y=z"


@pytest.mark.parametrize("text", ["", "coding", "coding=", "=x", "planning=x", "CODING=x", "coding=x,"])
def test_anything_else_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="use KIND=MODEL, where KIND is initializer, coding, verify"):
        SessionModels.parse([text])


def test_two_models_for_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="coding has two models: x and y"):
        SessionModels.parse(["coding=x", "coding=y"])
