"""Generates the manual pages from the programs themselves: `python docs/man/generate.py` writes them beside this file.

One page for each program and one for each of its commands. With `--check` it writes nothing and exits with 1 if a page
is not up to date. Libraries that do this (click-man) do not see the options of typer's commands. Format: man(7).
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from agent.cli.app import app as agent_app
from observer import __version__
from observer.cli.app import app as observe_app
from observer.cli.app import load_command

DATE = "2026-11-29"
"""When the pages last changed; written here, not taken from the clock, so that the output is reproducible."""
APPS = {"observe": observe_app, "agent": agent_app}
FILES = {
    "observe": [
        ("runs/RUN.ndjson", "A run file."),
        ("runs/latest.ndjson", "A link to the most recent run."),
        ("~/.config/runtail/config.toml", "Defaults of options, and the theme."),
    ],
    "agent": [
        ("runs/RUN.ndjson", "A run file."),
        ("runs/latest.ndjson", "A link to the most recent run."),
        ("PROJECT/.agent/allow.toml", "Commands that are allowed in the project."),
        ("~/.local/state/runtail/", "The register of agents that are running, one file each; see XDG_STATE_HOME."),
    ],
}


def pages() -> dict[str, str]:
    """Return the text of every manual page by its file name."""
    texts: dict[str, str] = {}
    for program, app in APPS.items():
        group: Any = typer.main.get_command(app)
        commands = {
            name: load_command(name) if program == "observe" else command
            for name, command in group.commands.items()
            if not command.hidden
        }
        context = group.make_context(program, [], resilient_parsing=True)
        sections = [*_commands(program, commands), *_files(program)]
        texts[f"{program}.1"] = _page(context, sections, [f"{program}-{name}" for name in commands])
        for name, command in commands.items():
            command_context = command.make_context(name, [], parent=context, resilient_parsing=True)
            texts[f"{program}-{name}.1"] = _page(command_context, [], [program])
    return texts


def _page(context: Any, sections: list[str], see_also: list[str]) -> str:
    command, command_line = context.command, context.command_path
    title = command_line.replace(" ", "-")
    summary, _, description = (command.help or "").strip().partition("\n")
    lines = [
        f'.TH {title.upper()} 1 "{DATE}" "runtail {__version__}" "User Commands"',
        ".SH NAME",
        f"{_escaped(title)} \\- {_escaped(summary.rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_escaped(command_line)}",
        _escaped(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION",
        ".PP",
        _escaped(summary),
        *_paragraphs(description),
        *_parameters(command, context),
        *sections,
        *_paragraphs(command.epilog or ""),
        ".SH SEE ALSO",
        ", ".join(f"\\fB{_escaped(name)}\\fR(1)" for name in see_also),
    ]
    return "\n".join(lines) + "\n"


def _commands(program: str, commands: dict[str, Any]) -> Iterator[str]:
    yield ".SH COMMANDS"
    for name, command in commands.items():
        summary = (command.help or "").strip().partition("\n")[0]
        yield from (".TP", f"\\fB{_escaped(f'{program}-{name}')}\\fR(1)", _escaped(summary))


def _files(program: str) -> Iterator[str]:
    yield ".SH FILES"
    for path, content in FILES[program]:
        yield from (".TP", f".I {_escaped(path)}", _escaped(content))


def _parameters(command: Any, context: Any) -> Iterator[str]:
    records = [(parameter, parameter.get_help_record(context)) for parameter in command.get_params(context)]
    for heading, kind in (("ARGUMENTS", "argument"), ("OPTIONS", "option")):
        shown = [record for parameter, record in records if record and parameter.param_type_name == kind]
        if shown:
            yield f".SH {heading}"
        for names, text in shown:
            yield from (".TP", f".B {_escaped(names)}", _escaped(text))


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs; one that begins with a backspace keeps its lines, as in help texts.

    Its first line becomes a heading if it ends with a colon.
    """
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = [line.rstrip() for line in paragraph.splitlines()]
        if lines and lines[0].strip() == "\b":
            yield from _verbatim(lines[1:])
        elif any(lines):
            yield from (".PP", *(_escaped(line.strip()) for line in lines))


def _verbatim(lines: list[str]) -> Iterator[str]:
    if lines and lines[0].endswith(":"):
        yield f".SH {_escaped(lines[0].strip().rstrip(':').upper())}"
        lines = [line.removeprefix("  ") for line in lines[1:]]
    yield from (".nf", *(_escaped(line) for line in lines), ".fi")


def _escaped(text: str) -> str:
    clean = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{clean}" if clean.startswith((".", "'")) else clean


def main() -> None:
    """Write the pages, or compare them with `--check`."""
    directory, texts = Path(__file__).parent, pages()
    existing = {path.name: path.read_text("utf-8") for path in directory.glob("*.1")}
    if "--check" in sys.argv:
        raise SystemExit(int(existing != texts))
    for name in existing.keys() - texts.keys():
        (directory / name).unlink()
    for name, text in texts.items():
        (directory / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
