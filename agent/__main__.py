"""The entry point of `agent` and `python -m agent`."""

from runtail_cli import exit_on_signals


def main() -> None:
    """Run the command line."""
    from agent.cli.app import app  # noqa: PLC0415 - loads much: a signal must end the program before that, too

    app(prog_name="agent")


if __name__ == "__main__":
    exit_on_signals()
    main()
