"""Prompts that a harness sends, as texts and as messages, become events. Tests agent.recorder.sdk.content, too."""

from typing import Any

import pytest

from agent.events import Prompt
from agent.recorder.sdk.sent_prompts import sent_prompt
from agent.runlog.attachments import UnsavedImage


def message(content: Any) -> dict[str, Any]:
    return {"type": "user", "message": {"role": "user", "content": content}}


@pytest.mark.parametrize(
    "prompt",
    ["Begin.", message("Begin."), message([{"type": "text", "text": "Begin."}])],
)
def test_a_text_is_a_prompt_of_the_harness(prompt: str | dict[str, Any]) -> None:
    assert sent_prompt(prompt, "harness") == Prompt(text="Begin.", source="harness")


def test_several_texts_are_lines_and_an_image_leaves_its_type_and_size() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}}
    prompt = sent_prompt(
        message([{"type": "text", "text": "Look:"}, image, {"type": "text", "text": "a cat."}]), "harness"
    )
    kept = UnsavedImage(media_type="image/png", bytes=5, data="aGVsbG8=")
    assert prompt == Prompt(text="Look:\na cat.", source="harness", images=[kept])


@pytest.mark.parametrize(
    "prompt",
    [
        message([{"type": "tool_result", "content": "3"}]),
        {"type": "control"},
        message(None),
        {"message": None},
        message([{"type": "text"}]),
        message([None]),
        ["a"],
        None,
    ],
)
def test_what_nobody_can_read_is_no_prompt(prompt: Any) -> None:
    assert sent_prompt(prompt, "harness") is None
