"""`observe tail`, `list`, `show` and `serve`: for people who look at runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from observer.cli.app import (
    EXIT_CODES,
    CaOption,
    CredsOption,
    FolderOption,
    NkeyOption,
    RunArgument,
    StallOption,
    app,
    number,
    run_names,
    usage,
)
from observer.errors import UsageError

RunsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN]...", help="Runs to watch; the latest otherwise.", show_default=False, autocompletion=run_names
    ),
]
SERVE_CODES = """\b
Exit codes:
  2    wrong usage, or an address that cannot be listened on
  130  Ctrl-C
  143  SIGTERM"""
NoContentOption = Annotated[
    bool, typer.Option("--no-content", help="No text of the run at all: names, sizes, times, outcomes.")
]
OutputOption = Annotated[
    Literal["pretty", "text", "json"],
    typer.Option("-o", "--output", help="text: a line an event; json: lines as they are, byte for byte."),
]


@app.command("tail", epilog=EXIT_CODES)
def tail_command(
    context: typer.Context,
    runs: RunsArgument = None,
    folder: FolderOption = Path("runs"),
    last: Annotated[
        int | None, typer.Option("-n", "--lines", metavar="N", min=0, help="Start with the last N events.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Start at the end, as -n 0.")] = False,
    from_seq: Annotated[int | None, typer.Option(metavar="N", min=1, help="Start with event number N.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Start there: RFC 3339, or 10m, 2h, 1d ago.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Stop there.")] = None,
    follow_name: Annotated[
        bool, typer.Option("-F", help="Never end: when a run is over, or RUN leads to a newer one, go on with that.")
    ] = False,
    no_follow: Annotated[bool, typer.Option("--no-follow", help="Show what is there and stop.")] = False,
    speed: Annotated[
        float | None,
        typer.Option(callback=number, min=0.001, max=1e6, help="Replay with the run's timing, so many times as fast."),
    ] = None,
    full_gaps: Annotated[bool, typer.Option("--full-gaps", help="With --speed: keep silences over 5 s.")] = False,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only events of these types.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="TYPE", help="No events of these types.")] = None,
    tools: Annotated[
        list[str] | None, typer.Option("--tool", metavar="NAME", help="Only calls of these tools.")
    ] = None,
    statuses: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATUS", help="Only success, error, blocked ...")
    ] = None,
    agent: Annotated[
        str | None, typer.Option(help="Only the main agent (main), or a subagent: type, words, id.")
    ] = None,
    iteration: Annotated[list[str] | None, typer.Option(metavar="N", help="Only iterations 3, 2,5 or 4-7.")] = None,
    errors: Annotated[bool, typer.Option("--errors", help="Only what went wrong.")] = False,
    grep: Annotated[str | None, typer.Option(metavar="REGEX", help="Only events with a text that matches.")] = None,
    where: Annotated[
        str | None, typer.Option(metavar="JQ", help="Only events for which a jq expression holds.")
    ] = None,
    no_thoughts: Annotated[bool, typer.Option("--no-thoughts", help="No text and thinking of the model.")] = False,
    no_content: NoContentOption = False,
    output: OutputOption = "pretty",
    full: Annotated[bool, typer.Option("--full", help="Shorten nothing.")] = False,
    stall_after: StallOption = 600,
    status: Annotated[
        bool, typer.Option("--status-line/--no-status-line", help="Keep a line with what it does.")
    ] = True,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Show a run from its start, then go on live until it ends.

    RUN is a file, a run's id or its beginning, latest, a folder (all its runs), or - for standard input. Several runs
    are interleaved by time. Options that take names can be repeated, or take several with commas between; all filters
    combine.

    \b
    observe tail                             the newest run of this folder
    observe tail --live                      only what happens from now on
    observe tail -n 50 20261123T0112         the last 50 events of a run, then live
    observe tail --type tool_use,tool_result --tool Bash
    observe tail --errors --since 2h runs    what went wrong in any run
    observe tail --where '.data.duration_ms > 60000'
    observe tail -o json | jq .type          lines as they are, for other programs
    observe tail --speed 10 latest           again, ten times as fast
    ssh host tail -f FILE | observe tail -
    observe tail nats://hub:4222/latest      on another machine; /* are all runs
    """
    import time

    from observer.cli import tail
    from observer.cli.mirrors import MIRRORS
    from observer.format.sanitize import clean_line
    from observer.runs import filter_options
    from observer.source.items import Follow
    from observer.source.mirror import CopyRequest, Credentials, local_runs

    if follow_name and no_follow:
        raise typer.BadParameter("-F and --no-follow exclude each other")
    if full_gaps and speed is None:
        raise typer.BadParameter("--full-gaps goes with --speed")
    follow = Follow.NAME if follow_name else Follow.NOT if no_follow else Follow.FILE
    with usage():
        choice = filter_options.build_filter(
            types=types, exclude=exclude, tools=tools, statuses=statuses, agent=agent, iteration=iteration,
            errors=errors, grep=grep, where=where, since=since, until=until, from_seq=from_seq,
            thoughts=not no_thoughts, now=time.time(),
        )  # fmt: skip
        start = filter_options.start_position(last=last, live=live, wanted=choice)
        for doubt in filter_options.unknown_names(choice):
            typer.echo(f"observe: {clean_line(doubt)}", err=True)
        want = CopyRequest(start=start, follow=follow, patient=follow_name, keys=Credentials(creds, nkey, ca))
        with local_runs(runs or ["latest"], want, MIRRORS) as (names, display_names):
            options = tail.TailOptions(
                runs=names,
                display_names=display_names,
                folder=folder,
                start=start,
                choice=choice,
                output=tail.OutputFormat(output),
                follow=follow,
                speed=speed,
                full_gaps=full_gaps,
                content=not no_content,
                full=full,
                stall_after_s=stall_after,
                status=status,
                theme=context.obj.theme,
            )
            raise typer.Exit(tail.watch(options))


@app.command("list", epilog=EXIT_CODES)
def list_command(
    context: typer.Context,
    folder: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="Folder with run files.", show_default=False)
    ] = None,
    runs: FolderOption = Path("runs"),
    last: Annotated[int | None, typer.Option("-n", "--lines", metavar="N", min=1, help="Only the newest N.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it up to date until Ctrl-C.")] = False,
    output: Annotated[
        Literal["pretty", "json"], typer.Option("-o", "--output", help="json: a line for each run.")
    ] = "pretty",
    no_content: NoContentOption = False,
    stall_after: StallOption = 600,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """List runs, newest first, with verdicts.

    What each is doing, how far it is, what it cost, and what it is about.

    \b
    observe list                  the runs of this folder
    observe list --watch          which of them needs me?
    observe list -o json | jq 'select(.verdict == "stalled")'
    observe list nats://hub:4222  those of other machines
    """
    from observer.cli.list import overview
    from observer.cli.mirrors import MIRRORS
    from observer.source.items import Follow
    from observer.source.mirror import CopyRequest, Credentials, RunCount, local_run

    want = CopyRequest(
        runs=RunCount.ALL, ends=True, follow=Follow.FILE if watch else Follow.NOT, keys=Credentials(creds, nkey, ca)
    )
    with usage(), local_run(folder or str(runs), want, MIRRORS) as local:
        raise typer.Exit(
            overview(
                Path(local.name),
                display_names=local.display_names,
                most=last,
                watch=watch,
                as_json=output == "json",
                content=not no_content,
                stall_after_s=stall_after,
                theme=context.obj.theme,
            )
        )


@app.command("show", epilog=EXIT_CODES)
def show_command(
    context: typer.Context,
    run: RunArgument = "latest",
    folder: FolderOption = Path("runs"),
    full: Annotated[bool, typer.Option("--full", help="Leave nothing out.")] = False,
    no_content: NoContentOption = False,
    stall_after: StallOption = 600,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Show one run on one screen.

    Outcome, sessions, tools, subagents, blocked calls, progress, files, and the last error.

    \b
    observe show
    observe show 20261123T0112 --full
    """
    from observer.cli.mirrors import MIRRORS
    from observer.cli.show import show
    from observer.source.mirror import CopyRequest, Credentials, RunCount, local_run

    request = CopyRequest(runs=RunCount.ONE, keys=Credentials(creds, nkey, ca))
    with usage(), local_run(run, request, MIRRORS) as local:
        code = show(
            local, folder, full=full, stall_after_s=stall_after, content=not no_content, theme=context.obj.theme
        )
        raise typer.Exit(code)


@app.command("serve", epilog=SERVE_CODES)
def serve_command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder with run files.", show_default=False)
    ] = None,
    runs: FolderOption = Path("runs"),
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0: any that is free.")] = 8765,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", help="What others must know; made and printed when others can come."),
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A name that a proxy calls this server by.")
    ] = None,
    stall_after: StallOption = 600,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Runs of other machines: nats://HOST:4222.")
    ] = None,
    spool: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where their copies stay; removed in the end otherwise.")
    ] = None,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Show runs in a browser.

    A page with the runs of a folder, each from its start or live, for any number of people. It prints its address.

    \b
    observe serve
    observe serve /srv/agents/runs --port 9000
    observe serve --host 0.0.0.0             for others too: with a token
    observe serve --from nats://hub:4222     the runs of many machines
    curl -H 'Accept: application/x-ndjson' http://127.0.0.1:8765/api/events
    """
    from observer.cli.mirrors import MIRRORS
    from observer.source.items import Follow
    from observer.source.mirror import CopyRequest, Credentials, RunCount, local_run

    if source is not None and folder is not None:
        raise typer.BadParameter("--from and a folder exclude each other; copies stay in --spool DIR")
    want = CopyRequest(runs=RunCount.ALL, follow=Follow.FILE, folder=spool, keys=Credentials(creds, nkey, ca))
    with usage(), local_run(source or str(folder or runs), want, MIRRORS) as local:
        try:
            from observer.cli.serve import serve
        except ImportError:
            raise UsageError("serve needs a web server; run: pip install 'runtail[web]'") from None
        code = serve(
            Path(local.name),
            host=host,
            port=port,
            token=token,
            allow_hosts=allow_host or [],
            stall_after_s=stall_after,
            display_names=local.display_names,
        )
        raise typer.Exit(code)
