"""The exceptions that the observer raises; each message says what happened and what to do."""


class ObserverError(Exception):
    """The base of all of them."""


class UnreadableError(ObserverError):
    """The run cannot be read, and waiting will not help."""


class UnwritableError(ObserverError):
    """Standard output, or the file that a command writes, cannot be written."""


class UsageError(ObserverError):
    """An option has an invalid value, or options contradict each other; the message names them and what to write."""


def missing_packages(feature: str, packages: str, extra: str) -> str:
    """Return the message for optional packages that are not installed.

    It sends no one to a package index, where anyone may register the name of a project without a release.
    """
    return (
        f"{feature} requires {packages}; run: pip install '.[{extra}]' (in a checkout of runtail) "
        f"or pip install 'FILE.whl[{extra}]' (its wheel)"
    )
