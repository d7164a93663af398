"""`python -m observer` and the console script `observe`."""

import signal

from observer.terminal.signals import Stop


def main() -> None:
    """Run the command line; it ends the process itself."""
    stop = Stop()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    from observer.cli.app import run  # noqa: PLC0415 - nothing is imported until it is needed: help must be fast

    run()


if __name__ == "__main__":
    main()
