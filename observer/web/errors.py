"""What a request is refused with: a status, and a sentence that tells no more than whoever asks may know."""

from observer.errors import ObserverError


class HTTPError(ObserverError):
    """A request that gets no answer but why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


UNREADABLE = HTTPError(503, "the run cannot be read just now")
"""What is said of a file that cannot be read; why is for its owner to know."""


class ConnectionAborted(Exception):
    """An answer that has begun and cannot be finished: its connection is to be cut off."""


def no_such_run() -> HTTPError:
    """Return the refusal of a name that stands for no run, whatever the reason: all sound the same."""
    return HTTPError(404, "there is no such run; /api/runs lists them")
