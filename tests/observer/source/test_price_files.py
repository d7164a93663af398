"""The list prices of the package are dated and name their sources; a user's file is asked before them."""

import re
from pathlib import Path

import pytest

from observer.dialects.prices import Price
from observer.errors import UsageError
from observer.source.price_files import default_prices, read_prices


def test_the_list_prices_are_dated_name_their_sources_and_take_names_as_a_whole() -> None:
    (table,) = default_prices().tables
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table.date)
    assert [source.split("/")[2] for source in table.sources] == ["platform.claude.com", "developers.openai.com"]
    assert table.whole_names
    assert all(price.input is not None and price.output is not None for price in table.models.values())
    assert all(0 < price.input < price.output for price in table.models.values() if price.input and price.output)


@pytest.mark.parametrize("model", ["claude-opus-4-20250514", "claude-sonnet-4-5-20250929", "gpt-5.1-codex-max"])
def test_models_that_sessions_name_have_a_price(model: str) -> None:
    assert default_prices().find(model) is not None


@pytest.mark.parametrize("model", ["gpt-5.9", "gpt-5-next", "claude-opus-9", "claude-opus-4-9", "<synthetic>", ""])
def test_a_model_that_is_not_in_the_list_has_no_price(model: str) -> None:
    assert default_prices().find(model) is None


def test_a_file_is_asked_before_the_list(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text('"gpt-5" = { input = 1, output = 2 }\n["my-model"]\ninput = 3\n')
    prices = read_prices(path)
    assert prices.find("gpt-5.1-codex") == Price(input=1, output=2)
    assert prices.find("my-model-2") == Price(input=3)
    assert prices.find("claude-opus-5-5") == default_prices().find("claude-opus-5-5")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x = [", "are not TOML"),
        (b"\xff", "are not TOML"),
        (b"x = 1", 'the prices of "x" are invalid'),
        (None, "cannot read the prices in"),
    ],
)
def test_a_bad_file_gets_one_sentence(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "prices.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_prices(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
