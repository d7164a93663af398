"""The base of all tables of a script, and the numbers in them."""

from typing import Annotated

from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]
"""A time in seconds; `inf` in TOML means forever."""


class Table(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of a script: immutable, and without unknown keys."""
