"""The exceptions that the observer raises; each message says what happened and what to do."""


class ObserverError(Exception):
    """The base of all of them."""


class UnreadableError(ObserverError):
    """The run cannot be read, and waiting will not help."""


class UnwritableError(ObserverError):
    """Standard output cannot be written."""


class UsageError(ObserverError):
    """An option has an invalid value, or options contradict each other; the message names them and what to write."""
