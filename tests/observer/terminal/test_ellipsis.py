"""Texts that are cut to a number of cells."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from observer.terminal.ellipsis import ellipsize, fit

words = st.text(st.sampled_from("ab é日本👍-"), max_size=80)


def test_a_prefix_that_fits_has_at_least_one_character() -> None:
    assert [fit("日本語", cells) for cells in (0, 1, 2, 3, 4, 9)] == ["日", "日", "日", "日", "日本", "日本語"]


@given(words, st.integers(min_value=1, max_value=30), st.sampled_from(["…", "..."]))
def test_a_text_that_is_too_wide_ends_in_an_ellipsis(text: str, cells: int, ellipsis: str) -> None:
    short = ellipsize(text, cells, ellipsis)
    assert cell_len(short) <= cells
    if cell_len(text) <= cells:
        assert short == text
    else:
        assert short.endswith(ellipsis[:cells])
        assert text.startswith(short.removesuffix(ellipsis[:cells]))
