"""What can go wrong while a run is written. Every message says what happened, where, and what to do."""


class RunLogError(Exception):
    """The base of every error that `RunLog` raises itself."""


class RunLogUnusable(RunLogError):
    """The run file cannot be made or opened: a missing folder, no permission, something else in its place."""


class RunLogBusy(RunLogError):
    """Another writer holds the run file; the message names it."""


class RunLogFull(RunLogError):
    """The file could not take another byte for longer than the writer was willing to wait."""


class RunLogClosed(RunLogError):
    """An event came after `complete`, or before the log was entered."""
