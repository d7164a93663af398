"""The exceptions for which a run does not start, or is not recorded to its end.

Every message is one sentence that says what happened, where, and what to do. Modules that find a reason not to start
derive their own exception from CannotStart.
"""

INSTALL_AGENT = "run: pip install '.[agent]' (in a checkout of runtail) or pip install 'FILE.whl[agent]' (its wheel)"
"""What to do when a package is missing that an agent needs. It sends no one to a package index, where anyone may
register the name of a project without a release."""


class CannotStart(Exception):
    """A run cannot start: what it needs is missing, invalid, or used by another agent. Nothing has been done."""


class RunLogError(Exception):
    """Base class of every error that `RunLog` raises itself."""


class RunLogUnusable(RunLogError, CannotStart):
    """The run file cannot be created or opened: no permission, an invalid directory, something else in its place."""


class RunLogBusy(RunLogError):
    """Another process is writing the run file; the message names it."""


class RunLogFull(RunLogError):
    """The disk was full for longer than `patience_s`."""


class RunLogClosed(RunLogError):
    """An event was emitted after `complete`, or before the log was entered."""
