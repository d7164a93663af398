"""The prompts of the package and of the user, and the values that are filled in."""

from pathlib import Path

import pytest

from agent.harness.prompts import Prompts, PromptsError


def test_every_placeholder_of_the_packages_prompts_is_filled_in() -> None:
    prompts = Prompts.load()
    for prompt in (
        prompts.initializer_prompt("MY SPEC", 1),
        prompts.coding_prompt("MY SPEC", 4, 2, 9),
        prompts.verifying_prompt("MY SPEC", 4, 2, 9, '{"name": "greet"}'),
    ):
        assert "MY SPEC" in prompt
        assert "{{" not in prompt
    assert "2 of 9 features pass" in prompts.coding_prompt("MY SPEC", 4, 2, 9)
    assert "engineer number 4" in prompts.coding_prompt("MY SPEC", 4, 2, 9)


def test_braces_in_a_specification_are_left_alone() -> None:
    prompt = Prompts.load().coding_prompt("Use {{total}} and {{spec}} and {x}.", 1, 0, 3)
    assert "Use {{total}} and {{spec}} and {x}." in prompt


def test_a_session_that_verifies_gets_the_feature() -> None:
    prompt = Prompts.load().verifying_prompt("S {{feature}}", 5, 2, 9, '{"name": "{{spec}}"}')
    assert "S {{feature}}" in prompt
    assert '{"name": "{{spec}}"}' in prompt
    assert "session number 5" in prompt
    assert "2 of 9 features are claimed to pass" in prompt


def test_the_next_initializer_learns_what_was_wrong() -> None:
    prompts = Prompts.load()
    assert "it contains no feature" in prompts.initializer_prompt("S", 2, "it contains no feature")
    assert "cannot be used" not in prompts.initializer_prompt("S", 1)


def test_a_directory_replaces_some_prompts(tmp_path: Path) -> None:
    (tmp_path / "coding.md").write_text("Mine: {{spec}}")
    prompts = Prompts.load(tmp_path)
    assert prompts.coding_prompt("S", 1, 0, 1) == "Mine: S"
    assert prompts.initializer == Prompts.load().initializer


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "contains neither"), (b" \n", "is empty"), (b"\xff", "cannot read")],
)
def test_unusable_prompts_are_reported(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "coding.md").write_bytes(content)
    with pytest.raises(PromptsError, match=message):
        Prompts.load(tmp_path)
