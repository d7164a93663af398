"""Formats durations, sizes, counts and money. Pure."""

# ruff: noqa: PLR2004 - the numbers are where a unit ends, each beside its format

_SIZES = ("kB", "MB", "GB", "TB")


def format_duration(seconds: float) -> str:
    """Return a duration as short text.

    >>> [format_duration(s) for s in (0.0124, 0.31, 9.96, 59.9, 61, 3725, 90000)]
    ['12ms', '0.3s', '10s', '60s', '1m 01s', '1h 02m', '25h 00m']
    """
    if seconds < 0.0995:
        return f"{max(0, round(seconds * 1000))}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    if seconds < 60:
        return f"{seconds:.0f}s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes}m {int(seconds % 60):02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def format_size(count: float) -> str:
    """Return a number of bytes, in powers of ten.

    >>> [format_size(n) for n in (0, 999, 1234, 20_000_000)]
    ['0 B', '999 B', '1.2 kB', '20 MB']
    """
    if count < 1000:
        return f"{count:.0f} B"
    for unit in _SIZES:
        count /= 1000
        if count < 999.5 or unit == _SIZES[-1]:
            break
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:.0f} {unit}"


def format_count(count: float) -> str:
    """Return a large count, shortened.

    >>> [format_count(n) for n in (7, 999, 8200, 1_500_000)]
    ['7', '999', '8.2k', '1.5M']
    """
    if count < 1000:
        return f"{count:.0f}"
    return f"{count / 1000:.1f}k" if count < 999_950 else f"{count / 1_000_000:.1f}M"


def pluralize(count: float, noun: str) -> str:
    """Return a count with its noun.

    >>> pluralize(1, "line"), pluralize(1200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def format_money(dollars: float) -> str:
    """Return an amount in US dollars; small ones keep two significant digits.

    >>> format_money(0.0042), format_money(1.5)
    ('$0.0042', '$1.50')
    """
    return f"${dollars:.4f}" if 0 < dollars < 0.01 else f"${dollars:.2f}"


def format_cost(dollars: float | None, *, is_minimum: bool = False) -> str:
    """Return a cost, which may be only the least that something has cost; empty if it is not known.

    >>> format_cost(1.5), format_cost(0.23, is_minimum=True), format_cost(None)
    ('$1.50', 'at least $0.23', '')
    """
    if dollars is None:
        return ""
    return f"at least {format_money(dollars)}" if is_minimum else format_money(dollars)
