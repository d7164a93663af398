"""`python -m observer` and the console script `observe`."""

from observer.terminal import signals


def main() -> None:
    """Run the command line; it ends the process itself."""
    signals.install()
    try:
        from observer.cli.app import run  # noqa: PLC0415 - a signal while modules are loaded ends the program too

        run()
    finally:
        signals.exit_at_once()


if __name__ == "__main__":
    main()
