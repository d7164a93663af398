"""The exit code of the commands that show runs: what became of them."""

from collections.abc import Iterable

from observer.runs.state.verdict import Verdict

_CODES = {Verdict.FAILED: 1, Verdict.INTERRUPTED: 1, Verdict.ENDED: 1, Verdict.CRASHED: 4}


UNREADABLE = 2


def exit_code(verdicts: Iterable[Verdict], *, is_whole: bool = True) -> int:
    """Return the code for the worst of these verdicts; 0 if no run has ended badly.

    Unless the input `is_whole`, a part of it could not be read, so that no verdict tells everything.

    >>> exit_code([Verdict.COMPLETE, Verdict.CRASHED, Verdict.FAILED]), exit_code([Verdict.STALLED]), exit_code([])
    (4, 0, 0)
    >>> exit_code([Verdict.CRASHED], is_whole=False)
    2
    """
    if not is_whole:
        return UNREADABLE
    return max((_CODES.get(verdict, 0) for verdict in verdicts), default=0)
