"""What the observer raises: one small hierarchy, each message a sentence that says what to do."""


class ObserverError(Exception):
    """Anything the observer gives up on."""


class UnreadableError(ObserverError):
    """The run cannot be read, and waiting will not help."""


class UnwritableError(ObserverError):
    """Standard output does not take what is written to it."""


class UsageError(ObserverError):
    """An option that cannot be meant so; the message says which, and what to write."""
