"""The entry point of `agent` and `python -m agent`."""

from agent.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="agent")


if __name__ == "__main__":
    main()
