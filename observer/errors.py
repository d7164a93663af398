"""What the observer raises: one small hierarchy, each message a sentence that says what to do."""


class ObserverError(Exception):
    """Anything the observer gives up on."""


class UnreadableError(ObserverError):
    """The run cannot be read, and waiting will not help."""
