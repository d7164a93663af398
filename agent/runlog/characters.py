"""Text that can be written as UTF-8, whatever it came from."""


def whole(text: str) -> str:
    """`text` with surrogate pairs joined, and every lone surrogate replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
