"""The prompts: the package's, the user's, and what goes into them."""

import textwrap
from pathlib import Path

import pytest

from agent.harness import Prompts, PromptsError
from agent.safety.commands import Allowlist, Guard, ToolCall

DOCS = Path(__file__).parents[3] / "docs" / "agent.md"


def test_the_packages_prompts_are_filled_in_whole() -> None:
    prompts = Prompts.load()
    for prompt in (prompts.for_initializer("MY SPEC", 1), prompts.for_coding("MY SPEC", 4, 2, 9)):
        assert "MY SPEC" in prompt
        assert "{{" not in prompt
    assert "2 of 9 features pass" in prompts.for_coding("MY SPEC", 4, 2, 9)
    assert "engineer number 4" in prompts.for_coding("MY SPEC", 4, 2, 9)


@pytest.mark.parametrize("text", [Prompts.load().coding, DOCS.read_text("utf-8")])
def test_the_way_to_verify_a_server_that_is_recommended_is_allowed(tmp_path: Path, text: str) -> None:
    recipe = textwrap.dedent(text.split("```sh\n")[1].split("```", maxsplit=1)[0])
    assert 'kill "$!"' in recipe
    guard = Guard(Allowlist.load(tmp_path), tmp_path, sandboxed=True)
    assert guard(ToolCall("Bash", {"command": recipe}, tmp_path)) is None


def test_braces_in_a_specification_stay_as_they_are() -> None:
    prompt = Prompts.load().for_coding("Use {{total}} and {{spec}} and {x}.", 1, 0, 3)
    assert "Use {{total}} and {{spec}} and {x}." in prompt


def test_the_next_initializer_is_told_what_was_wrong() -> None:
    prompts = Prompts.load()
    assert "it lists no feature" in prompts.for_initializer("S", 2, "it lists no feature")
    assert "cannot be used" not in prompts.for_initializer("S", 1)


def test_a_folder_replaces_one_prompt_or_both(tmp_path: Path) -> None:
    (tmp_path / "coding.md").write_text("Mine: {{spec}}")
    prompts = Prompts.load(tmp_path)
    assert prompts.for_coding("S", 1, 0, 1) == "Mine: S"
    assert prompts.initializer == Prompts.load().initializer


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "has neither"), (b" \n", "is empty"), (b"\xff", "cannot read")],
)
def test_prompts_that_cannot_be_used_are_told(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "coding.md").write_bytes(content)
    with pytest.raises(PromptsError, match=said):
        Prompts.load(tmp_path)
