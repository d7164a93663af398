"""Reads prices of tokens: a file of the user's, and the table that is part of the package."""

import tomllib
from functools import cache
from pathlib import Path

from observer import dialects
from observer.dialects.prices import Prices, PriceTable, parse_prices
from observer.errors import UsageError

DEFAULT_FILE = Path(*dialects.__path__) / "prices.toml"


@cache
def default_prices() -> Prices:
    """Return the list prices that are part of the package."""
    return Prices((_read(DEFAULT_FILE),))


def read_prices(path: Path) -> Prices:
    """Return the prices of a file, before those of the package. Raises UsageError with one sentence."""
    return Prices((_read(path), *default_prices().tables))


def _read(path: Path) -> PriceTable:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the prices in {path} ({error.strerror}); see --prices") from None
    except ValueError as error:  # neither UTF-8 nor TOML
        raise UsageError(f"the prices in {path} are not TOML ({error})") from None
    return parse_prices(content, str(path))
