"""What a tool returned, without the frame of the CLI."""

import pytest

from observer.runs.words.unwrap import unwrap

SAVED = "Output too large (9KB). Full output saved to: /tmp/x"
FRAME = "[Subagent hand-back] The text below is the final report. The report follows:\n"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("plain\n", ("plain\n", "")),
        (f"<persisted-output>\n{SAVED}\n\nPreview (first 2KB):\n1\n2\n...\n</persisted-output>", ("1\n2", SAVED)),
        (f"<persisted-output>\n{SAVED}\n\nPreview:\n1\n</persisted-output>", ("1", SAVED)),
        (f"{FRAME}  Done.\n    code\nagentId: a1 (use it)\n<usage>x</usage>", ("Done.\n  code", "")),
        (f"  <tools-used-before-summary>Bash</tools-used-before-summary>\n  \n{FRAME}  Done.", ("Done.", "")),
        ("<persisted-output> is a tag", ("<persisted-output> is a tag", "")),
    ],
)
def test_a_frame_is_taken_off_and_anything_else_is_left(output: str, expected: tuple[str, str]) -> None:
    assert unwrap(output) == expected
