"""`agent stop`: what the first and the second Ctrl-C do, from another terminal."""

import os
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.exits import FAILED, epilog, fail, say
from agent.cli.formats import printable
from agent.platform import process_start
from agent.runlog.finished import InUse, open_run, read_start
from agent.safety.agent_dir import AGENT_DIR, read_holder
from agent.safety.process_handle import open_process
from agent.safety.register import Entry, Register, RegisterUnavailable, RunningAgent, Stop, find_agents, stop_agent

EPILOG = epilog(
    "agent stop 20261123T0112",
    "agent stop ~/src/notes --wait",
    "agent stop runs/latest.ndjson --now",
    codes={
        "0": "the agent was asked to stop, now or before (with --wait: it has ended)",
        "1": "no running agent of yours matches",
        "2": "usage error, more than one agent matches, or it may not be signalled",
    },
)
_MAX_LISTED = 5
"""Runs that the message for an ambiguous prefix lists."""


def _complete_run(incomplete: str) -> list[str]:
    """Return the runs that a shell offers for the beginning of an ID."""
    try:
        runs = [agent.entry.run for agent in Register.of_user().running()]
    except RegisterUnavailable:
        return []
    return [run for run in runs if run.startswith(incomplete)]


def stop_command(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|PROJECT",
            help="Run ID or a unique prefix of one, run file, or project directory.",
            show_default=False,
            autocompletion=_complete_run,
        ),
    ],
    now: Annotated[bool, typer.Option("--now", help="Stop at once, as a second Ctrl-C does.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when the agent has ended.")] = False,
) -> None:
    """Stop a running agent, as Ctrl-C in its terminal does.

    A build finishes the running tool call first and starts no other; with --now it does not. Either way the run file
    gets its end. Stopping twice is stopping once: only --now is the second Ctrl-C.
    """
    if not target:
        fail("the name of the run is empty (is a variable not set?)")
    agent = _select(target)
    entry = agent.entry
    name = f"run {printable(entry.run)} (process {entry.pid})"
    try:
        with open_process(entry.pid, entry.identity) as process:
            if process and (contradiction := _contradiction(entry)):
                fail(f"{name} is not stopped: {contradiction}; signal the one that you mean yourself")
            stop = stop_agent(agent, process, now=now) if process else Stop.ENDED
            if process is None or stop is Stop.ENDED:
                fail(f"{name} has just ended", FAILED)
            say(_describe(stop, name, agent))
            if wait:
                process.wait()
                say(f"{name} has ended")
    except PermissionError:
        fail(f"{name} may not be signalled by this user; stop it as the user who started it")
    except OSError as error:
        fail(f"the system does not say whether {name} is running ({error}); try again")


def _select(target: str) -> RunningAgent:
    """Return the one running agent that `target` names; exit if there is none, or more than one."""
    try:
        agents = find_agents(target, Register.of_user().running())
    except RegisterUnavailable as error:
        fail(str(error))
    if not agents:
        fail(_explain_none(target), FAILED)
    if len(agents) > 1:
        runs = ", ".join(printable(agent.entry.run) for agent in agents[:_MAX_LISTED])
        more = f" and {len(agents) - _MAX_LISTED} more" if len(agents) > _MAX_LISTED else ""
        fail(f'{len(agents)} running agents match "{printable(target)}": {runs}{more}; use a longer prefix')
    return agents[0]


def _contradiction(entry: Entry) -> str | None:
    """Return what the run file says against an entry, whose process is running. A file that is gone says nothing."""
    path, file_name = Path(entry.run_file), printable(entry.run_file)
    try:
        with open_run(path) as file:
            start = read_start(file, path)
    except InUse as error:
        return f"its run file {file_name} does not name a process, {error}"
    except OSError:
        return None
    if start.pid != entry.pid or start.pid_start not in {None, process_start(entry.pid)}:
        return f"its run file {file_name} is written by another process, with ID {start.pid}"
    return None


def _explain_none(target: str) -> str:
    from agent.safety.project_lock import is_project_locked  # filelock warns where there are no locks

    name = printable(target)
    if os.path.isfile(target):
        return f"no agent of yours is writing {name} on this machine (see: agent list)"
    if not os.path.isdir(target):
        return f'no running agent of yours matches "{name}" (see: agent list)'
    try:
        if not is_project_locked(Path(target)):
            return f"no agent is working in {name}"
    except OSError as error:
        return f"cannot tell whether an agent is working in {name}: {error.strerror} (see: agent list)"
    holder = read_holder(Path(target, AGENT_DIR))
    if holder is None:
        return f"an agent is working in {name}, and it is not known yet which; try again (see: agent list)"
    if not holder.is_here:
        return f"the agent that works in {name} runs on {printable(holder.host)}; stop it there"
    return (
        f"process {holder.pid}, which works in {name}, is not in your register of agents: another user or another "
        "program started it, or it has just begun; stop it there, or try again"
    )


def _describe(stop: Stop, name: str, agent: RunningAgent) -> str:
    if stop is Stop.FORCED:
        return f"{name} stops at once"
    harder = f"to stop it at once: agent stop {printable(agent.entry.run)} --now"
    if stop is Stop.REQUESTED_BEFORE:
        return f"{name} was asked to stop before; {harder}"
    if agent.entry.kind == "build":
        return f"{name} stops after the running tool call; {harder}"
    return f"{name} stops"
