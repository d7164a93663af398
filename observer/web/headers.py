"""What every answer says to the browser: run nothing but our own files, show the page nowhere else, tell nobody."""

SECURE = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
NEVER_STORED = (b"cache-control", b"no-store")
UNBUFFERED = (b"x-accel-buffering", b"no")
"""Tells nginx to pass a stream on as it comes."""
