"""Errors that a client sees: an HTTP status, and a message that reveals nothing about the machine."""

from observer.errors import ObserverError


class HTTPError(ObserverError):
    """A request that is answered with an error `status` and the JSON object `{"error": message}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


UNREADABLE = HTTPError(503, "cannot read the run at the moment")
"""The response when a file cannot be read. The reason would reveal paths, so it is not sent."""


class ConnectionAborted(Exception):
    """A response that has begun cannot be completed, so the connection has to be closed."""


def no_such_run() -> HTTPError:
    """Return the error for an unknown name. It is the same for every reason, so that it reveals nothing."""
    return HTTPError(404, "no such run; /api/runs lists the runs")
