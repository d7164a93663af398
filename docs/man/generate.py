"""The manual pages, made from the command lines themselves: `python docs/man/generate.py` writes them beside this file.

A library that does this (click-man) sees no options in typer's commands. Format: man(7).
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from agent.cli.app import app as agent_app
from agent.version import __version__
from observer.cli import app as observe_app

APPS = {"observe": observe_app, "agent": agent_app}
FILES = {
    "observe": [
        ("runs/RUN.ndjson", "A run file."),
        ("runs/latest.ndjson", "A link to the newest run."),
        ("~/.config/runtail/config.toml", "Defaults and theme; see docs/observer.md."),
    ],
    "agent": [("runs/RUN.ndjson", "A run file."), ("PROJECT/.agent/allow.toml", "The project's own allowlist.")],
}


def page(name: str, app: typer.Typer) -> str:
    """Return the manual page of a command with all its subcommands."""
    command: Any = typer.main.get_command(app)
    lines = [
        f'.TH {name.upper()} 1 "" "runtail {__version__}" "User Commands"',
        ".SH NAME",
        f"{name} \\- {_escaped(_first(command.help))}",
        ".SH SYNOPSIS",
        f".B {name}",
        "COMMAND [OPTIONS] [ARGUMENTS]",
    ]
    for sub, found in command.commands.items():
        if not found.hidden:
            lines += _command(name, sub, found)
    lines.append(".SH FILES")
    for path, what in FILES[name]:
        lines += [".TP", f".I {_escaped(path)}", _escaped(what)]
    return "\n".join(lines) + "\n"


def _command(name: str, sub: str, command: Any) -> Iterator[str]:
    yield f'.SH "{name.upper()} {sub.upper()}"'
    context = command.make_context(sub, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (".PP", f".B {name} {sub}", _escaped(usage), *_text(command.help or ""))
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            yield from (".TP", f".B {_escaped(record[0])}", _escaped(record[1]))
    yield from _text(command.epilog or "")


def _text(text: str) -> Iterator[str]:
    """Paragraphs; those that begin with a backspace keep their lines, as click has it."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line.rstrip() for line in paragraph.splitlines()]
        if lines and lines[0].strip() == "\b":
            yield from (".PP", ".nf", *(_escaped(line) for line in lines[1:]), ".fi")
        elif any(lines):
            yield from (".PP", *(_escaped(line.strip()) for line in lines))


def _first(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0].rstrip(".")


def _escaped(text: str) -> str:
    clean = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{clean}" if clean.startswith((".", "'")) else clean


def main() -> None:
    """Write the pages; with `--check`, end with 1 when one of them is not what would be written."""
    stale = False
    for name, app in APPS.items():
        path, text = Path(__file__).parent / f"{name}.1", page(name, app)
        if "--check" in sys.argv:
            stale |= not path.exists() or path.read_text("utf-8") != text
        else:
            path.write_text(text, "utf-8")
    raise SystemExit(int(stale))


if __name__ == "__main__":
    main()
