"""What a request is refused with: a status, and a sentence that tells no more than whoever asks may know."""

from observer.errors import ObserverError


class Refusal(ObserverError):
    """A request that gets no answer but why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def no_such_run() -> Refusal:
    """Return the refusal of a name that stands for no run, whatever the reason: all sound the same."""
    return Refusal(404, "there is no such run; /api/runs lists them")
