"""Messages below the log: all of each can be read, and nothing else moves."""

from pathlib import Path

from tests.helpers import RUN, line
from tests.observer.terminal.ui.showing import showing


def run_of(folder: Path) -> Path:
    path = folder / f"{RUN}.ndjson"
    path.write_bytes(
        b"".join([line(1, "run_start"), *(line(seq, "info", message=f"remark {seq}") for seq in range(2, 40))])
    )
    return path


async def test_a_message_that_is_too_long_covers_the_lines_above_and_goes_away(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path), size=(40, 12)) as shown:
        before = shown.lines("#log")
        text = "cannot read the run: " + " ".join(f"word{number}" for number in range(12))
        shown.app.screen.say(text)  # type: ignore[attr-defined]
        await shown.until(lambda: len(shown.lines("#bottom")) > 2)
        assert " ".join(shown.bottom.split()) == text
        assert shown.lines("#log") == before
        await shown.press("k")
        await shown.until(lambda: shown.bottom.startswith("PAUSED"))
        assert len(shown.lines("#bottom")) == 1


async def test_one_that_not_even_the_screen_can_hold_ends_in_an_ellipsis(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path), size=(40, 6)) as shown:
        shown.app.screen.say("word " * 200)  # type: ignore[attr-defined]
        await shown.until(lambda: len(shown.lines("#bottom")) == 5)
        assert shown.lines("#bottom")[-1].endswith("…")


async def test_what_is_copied_is_repeated_in_part_with_its_length(tmp_path: Path) -> None:
    path = run_of(tmp_path)
    path.write_bytes(path.read_bytes() + line(40, "thought", text="long " * 50 + "\nend", message="m", block=0))
    async with showing(path) as shown:
        await shown.press("y")
        assert shown.bottom.startswith("copied 254 characters: long long")
        assert "…" in shown.bottom


async def test_the_hint_of_a_prompt_ends_in_an_ellipsis_and_a_sign_says_what_is_typed(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path), size=(40, 12)) as shown:
        await shown.press("colon")
        prompt = shown.app.screen.prompt  # type: ignore[attr-defined]
        assert prompt.placeholder.endswith("…")
        assert str(prompt.line.sign.visual) == ":"
        await shown.press("escape", "slash")
        assert str(prompt.line.sign.visual) == "/"
