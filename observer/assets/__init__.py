"""What the page of `observe serve` and the HTML report share: how they look, and a timeline to move about in."""

from importlib.resources import files

SHARED = files(__name__)
"""Each of its scripts is a module, as those of the page and the report are."""
