"""`python -m observer` and the console script `observe`."""

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line; it ends the process itself."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    from observer.cli import run  # noqa: PLC0415 - nothing is imported until it is needed: help must be fast

    run()


def _stop(number: int, _: FrameType | None) -> None:
    """End at once, wherever the program is, even in a write that nobody reads."""
    sys.unraisablehook = lambda _: None  # what is only half made cannot be taken down in order
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
