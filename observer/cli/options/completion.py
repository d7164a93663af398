"""Completion in a shell: what options take, the runs that there are, and the tools and agents of the run at hand.

A shell calls it at every press of Tab, so it reads only the beginning and the end of a run, and what goes wrong yields
no completion instead of a message. Shells evaluate what it returns: names with other characters than letters, digits
and a few marks are left out, as the text of a run is a stranger's.
"""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import closing, suppress
from pathlib import Path

import typer

from observer.errors import ObserverError
from observer.format.event import Event, decode
from observer.format.line import Line
from observer.runs.filters.filter import KNOWN_STATUSES, KNOWN_TYPES
from observer.source.find import RUNS_NAME, find
from observer.source.locate import COMPRESSED_SUFFIXES, LATEST_ID, is_compressed, run_files, run_id

_END_BYTES = 256 * 1024
"""Bytes that are read at the beginning and at the end of a run."""
_MAX_LISTED = 200
"""The newest runs of a directory, of which projects are looked up."""
_SAFE = re.compile(r"[\w@%+=:,./-]{1,200}", re.ASCII)
_TELLING = (b'"tool_use"', b'"session_start"', b'"subagent_start"')
"""What occurs in the lines that name tools and agents."""

_HEAD = "_OBSERVE_COMPLETE_HEAD"
"""The variable for the beginning of the word at hand that bash takes for another word."""

Completer = Callable[[typer.Context, str], list[str]]


def join_words(environment: MutableMapping[str, str]) -> None:
    """Join the words that bash has split at a "=" in the variables by which it asks, but for the part at hand.

    Bash replaces only that part, so what is before it in its word is kept in a variable.

    >>> asked = {"COMP_WORDS": "observe\\nwait\\n--until\\ntype\\n=\\nra", "COMP_CWORD": "5"}
    >>> join_words(asked)
    >>> asked["COMP_WORDS"].split(), asked["COMP_CWORD"], asked[_HEAD]
    (['observe', 'wait', '--until', 'ra'], '3', 'type=')
    """
    words = environment.get("COMP_WORDS", "").split("\n")[: int(environment.get("COMP_CWORD", "0")) + 1]
    if "=" not in words:
        return
    joined: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if joined and "=" in {before, word}:
            joined[-1] += word
        else:
            joined.append(word)
    if "=" in words[-2:]:
        option, equals, value = joined[-1].partition("=") if joined[-1].startswith("--") else ("", "", joined[-1])
        head, split, part = value.rpartition("=")
        environment[_HEAD], joined[-1] = head + split, option + equals + part
    environment["COMP_WORDS"], environment["COMP_CWORD"] = "\n".join(joined), str(len(joined) - 1)


def _quiet(completer: Completer) -> Completer:
    """Let a completer return nothing where it fails, and only names that no shell can misread."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        try:
            head = os.environ.get(_HEAD, "")
            names = completer(context, head + incomplete)
            return [name.removeprefix(head) for name in names if _SAFE.fullmatch(name)]
        except Exception:  # noqa: BLE001 - a traceback would be printed into the command that is being typed
            return []

    complete.__doc__ = completer.__doc__
    return complete


@_quiet
def complete_run(context: typer.Context, incomplete: str) -> list[str]:
    """Return the runs whose ID begins with `incomplete`, newest first; paths of run files and directories after a /."""
    if "/" in incomplete:
        return list(_paths(incomplete))
    directory = _directory(context)
    names = [run_id(path) for path in reversed(run_files(directory))] if os.path.isdir(directory) else []
    return [name for name in dict.fromkeys([LATEST_ID, *names]) if name.startswith(incomplete)]


@_quiet
def complete_types(_context: typer.Context, incomplete: str) -> list[str]:
    """Return types of events; the last one of a list is completed."""
    return _in_list(sorted(KNOWN_TYPES), incomplete)


@_quiet
def complete_statuses(_context: typer.Context, incomplete: str) -> list[str]:
    """Return statuses of results."""
    return _in_list(sorted(KNOWN_STATUSES), incomplete)


@_quiet
def complete_tools(context: typer.Context, incomplete: str) -> list[str]:
    """Return the tools of the run that was typed before, or of the latest one: those that it uses come first."""
    used, offered = Counter[str](), set[str]()
    for event in _telling_events(context):
        if event.type == "tool_use":
            used[event.text("name")] += 1
        elif event.type == "session_start":
            offered.update(event.texts("tools"))
    names = [*(name for name, _ in used.most_common()), *sorted(offered - set(used))]
    return _in_list([name for name in names if name], incomplete)


@_quiet
def complete_agent(context: typer.Context, incomplete: str) -> list[str]:
    """Return the main agent, and the types of the subagents of a run."""
    types = {event.text("agent_type") for event in _telling_events(context) if event.type == "subagent_start"}
    return [name for name in ["main", *sorted(types)] if name.startswith(incomplete)]


@_quiet
def complete_conditions(_context: typer.Context, incomplete: str) -> list[str]:
    """Return conditions of `observe wait`."""
    from observer.runs.waiting.conditions import CONDITIONS

    return _in_list([*CONDITIONS, *(f"type={name}" for name in sorted(KNOWN_TYPES))], incomplete)


@_quiet
def complete_verdicts(_context: typer.Context, incomplete: str) -> list[str]:
    """Return verdicts as `observe list --verdict` takes them."""
    from observer.runs.listing.run_filter import verdicts_by_name

    return _in_list(verdicts_by_name(), incomplete)


@_quiet
def complete_projects(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of project directories of the newest runs."""
    from observer.runs.listing.listing import Listing
    from observer.runs.listing.run_names import project_name

    directory = next((Path(word) for word in context.args if os.path.isdir(word)), _directory(context))
    listed = Listing(directory, compressed=False).read(_MAX_LISTED)
    return _in_list(sorted({project_name(run.state.project_dir) or "" for run in listed} - {""}), incomplete)


def _in_list(names: Iterable[str], incomplete: str) -> list[str]:
    """Complete the last name of a comma-separated list with names that are not in it yet.

    >>> _in_list(["error", "success"], "blocked,error,s"), _in_list(["error", "success"], "error,")
    (['blocked,error,success'], ['error,success'])
    """
    head, comma, last = incomplete.rpartition(",")
    present = set(head.split(","))
    return [f"{head}{comma}{name}" for name in names if name.startswith(last) and name not in present]


def _run(context: typer.Context) -> str:
    """Return the run that was typed before, or the latest one. While an option lacks its value, it is in `args`."""
    typed = [*context.args, *(context.params.get("runs") or ()), context.params.get("run") or LATEST_ID]
    return str(typed[0])


def _directory(context: typer.Context) -> Path:
    """Return the directory of the runs: an argument of `observe list`, else `--runs`, else the usual one."""
    return Path(context.params.get("argument") or context.params.get("directory") or RUNS_NAME)


def _paths(incomplete: str) -> Iterator[str]:
    """Yield the paths that begin with a text: of run files, and of directories with a final slash."""
    parent, _, name = incomplete.rpartition("/")
    for path in sorted(Path(parent or "/").iterdir()):
        is_run = path.name.removesuffix(path.suffix if path.suffix in COMPRESSED_SUFFIXES else "").endswith(".ndjson")
        if path.name.startswith(name) and (path.is_dir() or is_run):
            yield f"{parent}/{path.name}{'/' if path.is_dir() else ''}"


def _telling_events(context: typer.Context) -> Iterator[Event]:
    """Yield the events at the beginning and the end of the run at hand that name tools and agents."""
    with suppress(ObserverError, OSError):  # there is no such run: what does not depend on it is still offered
        path = find(_run(context), _directory(context))
        path = find(LATEST_ID, path) if os.path.isdir(path) else path
        if os.path.isfile(path):  # a FIFO would be waited for
            for line in _ends(path).split(b"\n"):
                if any(word in line for word in _TELLING) and isinstance(event := decode(Line(line, 0)), Event):
                    yield event


def _ends(path: Path) -> bytes:
    """Return the beginning and the end of a run; of a compressed one, which would have to be read in full, no end."""
    if is_compressed(path):
        from observer.source.compressed import open_compressed

        with closing(open_compressed(path)) as compressed:
            return compressed.read(_END_BYTES)
    with path.open("rb") as file:
        beginning = file.read(_END_BYTES)
        file.seek(max(_END_BYTES, path.stat().st_size - _END_BYTES))
        return beginning + b"\n" + file.read(_END_BYTES)
