"""Text that was written for a terminal, as the terminal leaves it. The expected texts are what tmux shows of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observer.format.terminal_text import settle_lines, without_styles

BAR = "\x1b[2K\r     \x1b[38;5;237m━━━━\x1b[0m \x1b[32m{}/30 MB\x1b[0m \x1b[31m{} MB/s\x1b[0m eta \x1b[36m{}\x1b[0m"
PIP = "\x1b[?25l" + BAR.format(9, 97.3, "0:00:01") + BAR.format(30, 9, "0:00:00") + "\n\x1b[?25h  Preparing ... done\n"
RICH = (
    "\x1b[?25ldownload ━━━   3% 0:00:09\nunpack   ╺━━   1% 0:00:20"
    "\r\x1b[2K\x1b[1A\x1b[2Khalf of it is there\ndownload ━━━ 100% 0:00:00\nunpack   ━━━ 100% 0:00:00"
    "\r\x1b[2K\x1b[1A\x1b[2Kdownload ━━━ 100% 0:00:00\nunpack   ━━━ 100% 0:00:00\n\x1b[?25hdone\n"
)
NPM = "\x1b[1G\x1b[0K⠙\x1b[1G\x1b[0K⠹ reify:dep\x1b[1G\x1b[0K\nadded 1 package in 1s\n\x1b[1G\x1b[0K⠹\x1b[1G\x1b[0K"
GIT = (
    "remote: Counting objects:  50% (1/2)\x1b[K\rremote: Counting objects: 100% (2/2)\x1b[K\rremote: Counting objects: "
    "100% (2/2), done.\x1b[K\r\nResolving deltas:   0% (0/12)\rResolving deltas: 100% (12/12), done.\r\n"
)
CARGO = (
    "\x1b[1m\x1b[92m   Compiling\x1b[0m x v0.1.0 (/p)\r\n\x1b[1m\x1b[96m    Building\x1b[0m [        ] 0/1: x(bin)   \r"
    "\x1b[K\x1b[1m\x1b[92m    Finished\x1b[0m `dev` profile in 1.02s\r\n"
)
COUNTER = "[1/3] Linking a\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b[2/3] Linking a\r[3/3] done\x1b[J\n"


@pytest.mark.parametrize(
    ("written", "left"),
    [
        (PIP, "     ━━━━ 30/30 MB 9 MB/s eta 0:00:00\n  Preparing ... done\n"),
        (RICH, "half of it is there\ndownload ━━━ 100% 0:00:00\nunpack   ━━━ 100% 0:00:00\ndone\n"),
        (NPM, "\nadded 1 package in 1s\n"),
        (GIT, "remote: Counting objects: 100% (2/2), done.\nResolving deltas: 100% (12/12), done.\n"),
        (CARGO, "   Compiling x v0.1.0 (/p)\n    Finished `dev` profile in 1.02s\n"),
        (COUNTER, "[3/3] done\n"),
        ("\x1b[31m10%\x1b[0m\r\x1b[32m100% of all\x1b[0m", "100% of all"),
        ("\x1b]0;a long title\x07ab\r12", "12"),
        ("one\ntwo\nthree\x1b[2Fzero\x1b[J", "zero"),
        ("日本\r\x1b[2Cx", "日x "), ("e\u0301e\b\b12", "12"), ("a\x1b[3Cb\x1b[2Dc\x1b[Gd", "d  cb"),
        ("ab\x1b[1Kc\x1b[B\x1b[Ed", "  c\n\nd"),
    ],
)  # fmt: skip
def test_what_a_program_wrote_over_is_gone(written: str, left: str) -> None:
    assert without_styles(written) == left


def test_colours_stay_with_the_cells_that_were_written_in_them() -> None:
    assert settle_lines("\x1b[31mred\x1b[39mplain\r\x1b[1;32mg\x1b[0m") == "\x1b[1;32mg\x1b[0m\x1b[31med\x1b[0mplain"
    assert settle_lines("\x1b[48;2;1;2;3ma\x1b[4mb\x1b[24;49mc\rx") == "x\x1b[48;2;1;2;3;4mb\x1b[0mc"
    assert settle_lines("\x1b[38:5:9ma\nb\x1b[mc\r") == "\x1b[38:5:9ma\nb\x1b[0mc"


def test_what_means_nothing_to_a_line_stays_where_it_is() -> None:
    assert settle_lines("ab\x1b[2Jc\x1b[Hd\rA") == "Ab\x1b[2Jc\x1b[Hd"
    assert settle_lines("\x1b[2J\x1b[Hfirst\nx\ry") == "\x1b[2J\x1b[Hfirst\ny"
    assert settle_lines("x\ry\n\x1b7") == "y\n\x1b7"


@given(st.text(st.sampled_from("ab \x1b[31m0;\n日\t")).filter(lambda text: not re.search(r"\x1b\[[\d;]*[A-K]", text)))
def test_a_text_that_goes_nowhere_back_stays_as_it_is(text: str) -> None:
    assert settle_lines(text) == text


@given(st.lists(st.text(st.sampled_from("abc"), max_size=4), min_size=1))
def test_each_state_of_a_line_overwrites_the_one_before(states: list[str]) -> None:
    cells = [""] * max(map(len, states))
    for state in states:
        cells[: len(state)] = state
    assert settle_lines("\r".join(states)) == "".join(cells)


@given(st.text(st.sampled_from("ab日\u0301\r\n\b\x1b[]?>123;:hmABCDEFGJK\x07")))
def test_any_text_is_settled_once_and_for_all(text: str) -> None:
    settled = settle_lines(text)
    assert settle_lines(settled) == settled
    assert "\r" not in settled


def test_sequences_cannot_make_a_text_long() -> None:
    assert len(settle_lines("\x1b[999999999C.\n\x1b[99999999999999999999B" * 1000)) < 500_000


@pytest.mark.parametrize("sequence", ["\x1b[>4;2m", "\x1b[?25m", "\x1b[=1m", "\x1b[<m", "\x1b[\u0663m"])
def test_a_sequence_that_only_looks_like_one_for_styles_stays_where_it_is(sequence: str) -> None:
    assert settle_lines(f"12%\r{sequence}45%") == f"{sequence}45%"
