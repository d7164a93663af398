"""`python -m observer` and the console script `observe`."""

import gc
import os
import sys

from runtail_cli import exit_on_signals


def main() -> None:
    """Run the command line; it ends the process itself."""
    gc.set_threshold(100_000)  # what is imported stays, and events form no cycles: collections would only cost time
    _open_standard_streams()  # first: `install` opens a pipe
    from observer.cli.app import run  # noqa: PLC0415 - until this is loaded, there is nothing that a signal must close
    from observer.terminal import signals  # noqa: PLC0415 - as above

    signals.install()
    try:
        run()
    except Exception:
        if number := signals.received():  # what its handler raised became another error: Python 3.11's `__set_name__`
            raise SystemExit(128 + number) from None
        raise
    finally:
        signals.exit_at_once()
        gc.freeze()  # Python would search everything that was imported for cycles before it exits


def _open_standard_streams() -> None:
    """Open /dev/null in place of closed standard streams; the next opened file would take their numbers."""
    for descriptor, stream in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            mode = "r+" if descriptor else "r"
            setattr(sys, stream, open(descriptor, mode, closefd=False))  # noqa: SIM115 - open as long as the process


if __name__ == "__main__":
    exit_on_signals()
    main()
