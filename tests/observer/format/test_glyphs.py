"""The two sets of signs."""

from msgspec.structs import astuple

from observer.format.glyphs import ASCII, UNICODE


def test_the_ascii_set_has_only_ascii_glyphs() -> None:
    assert all(sign.isascii() and sign.isprintable() for sign in astuple(ASCII))
    assert all(len(sign) == 1 for sign in astuple(UNICODE))
