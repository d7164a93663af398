"""The Content-Security-Policy of the pages: only our own files run, and no other site embeds them. Pure."""

import base64
from hashlib import sha256

POLICY = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The policy of every response, with places for what is inline."""


def source_of(content: str) -> str:
    """Return what a Content-Security-Policy says to allow an inline style or script."""
    return f"'sha256-{base64.b64encode(sha256(content.encode()).digest()).decode()}'"
