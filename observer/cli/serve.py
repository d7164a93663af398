"""`observe serve`: show the runs of a directory in browsers."""

import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from observer.cli.addresses.mirrors import MIRRORS, is_address_of_sessions
from observer.cli.options.shared_options import (
    RUNS,
    STALL_DEFAULT,
    DirectoriesArgument,
    DirectoryOption,
    PriceOptions,
    ServerOptions,
    StallOption,
    bounded,
    command_app,
    expand_groups,
)
from observer.cli.report import Format, report
from observer.errors import UnreadableError, UsageError, missing_packages
from observer.runs.one_run.run import Run
from observer.runs.state.state import STALL_AFTER_S
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.mirror import CopyRequest, RunCount, local_run
from observer.source.snapshot import Snapshot
from observer.terminal import signals

PORT = 8765
_FEW_CONNECTIONS = 100
"""Fewer are worth a word: three browsers may need twenty."""
_TOKEN = re.compile(r"[A-Za-z0-9_.~-]{16,200}")
_EPILOG = """\b
Exit codes:
  2    usage error, unusable address, or too few open files allowed
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def serve_command(
    *,
    arguments: DirectoriesArgument = None,
    directory: DirectoryOption = RUNS,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(callback=bounded(0, 65535), metavar="N", help="Port to listen on; 0 for any free one.")
    ] = PORT,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help="Access token. Generated and printed when other machines can connect. "
            "All accounts of this machine see it in the list of processes, unless it is in RUNTAIL_TOKEN.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Accept this Host name too, such as the public name of a proxy."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="URL of a proxy in front of the server, such as https://runs.example.org."),
    ] = None,
    stall_after: StallOption = STALL_DEFAULT,
    spool: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Directory for local copies of remote runs (default: a temporary one, deleted on exit)."
        ),
    ] = None,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Show runs in a browser.

    Serves a page with all runs of a directory, each from its start or live, for
    any number of browsers. Prints its URL.

    \b
    Examples:
      observe serve
      observe serve /srv/agents/runs --port 9000
      observe serve --host 0.0.0.0             other machines too, with a token
      observe serve claude: codex:             the sessions of these programs
      observe serve nats://hub:4222            the runs of many machines
      curl -H 'Accept: application/x-ndjson' http://127.0.0.1:8765/api/events
    """
    if len(arguments or []) > 1 and (odd := [place for place in arguments or [] if not is_address_of_sessions(place)]):
        raise UsageError(f"{odd[0]} cannot be served together with others; only claude: and codex: can")
    request = CopyRequest(
        runs=RunCount.ALL, follow=Follow.FILE, on_demand=True, patient=True, directory=spool,
        keys=server.credentials(), prices=prices.build(),
    )  # fmt: skip
    with local_run(" ".join(arguments or [str(directory)]), request, MIRRORS) as local:
        code = serve(
            Path(local.name),
            host=host,
            port=port,
            token=token,
            allow_hosts=allow_host or [],
            public_url=public_url,
            stall_after_s=stall_after,
            display_names=local.display_names,
            by_time=local.display_names.is_copy(Path(local.name)),
            complete=local.complete,
            other_files=local.open_files,
        )
    raise typer.Exit(code)


def serve(
    directory: Path, *, host: str = "127.0.0.1", port: int = PORT, token: str | None = None,
    allow_hosts: Sequence[str] = (), public_url: str | None = None, stall_after_s: float = STALL_AFTER_S,
    display_names: DisplayNames = PATH_NAMES, by_time: bool = False,
    complete: Callable[[Path], None] = lambda _: None, other_files: int = 0,
) -> int:  # fmt: skip
    """Serve the runs of `directory` until SIGINT or SIGTERM. Return the exit code.

    `port` 0 is any free port. Clients on other machines need the `token`, at least 16 letters and digits; if there is
    none, one is generated and printed with the URL. `allow_hosts` are additional names in the Host header to accept.
    `public_url` is that of a proxy in front of the server, without a path; its clients need the token as well.
    `complete` is called with the file of a run before that is read, as `LocalRun.complete`, and
    `other_files` is how many files others in this process may keep open.

    Raises UsageError for invalid options, UnreadableError when the directory or the address cannot be used.
    """
    try:
        from observer.web.access.connections import MAX_CONNECTIONS, Connections
        from observer.web.access.listen import browser_url, connection_limit, listen, make_policy, proxied_url
        from observer.web.server import Server
    except ImportError:
        raise UsageError(missing_packages("serve", "starlette and uvicorn", "web")) from None
    _check(directory, token, allow_hosts)
    origin = _checked_origin(public_url)
    with ExitStack() as stack:
        listeners = listen(host, port, stack)
        policy = make_policy(listeners, host, token, allow_hosts, origin)
        connections = Connections(max_connections=connection_limit(MAX_CONNECTIONS, other_files), public=policy.public)
        server = Server(
            directory, policy, connections, stall_after_s=stall_after_s, by_time=by_time, complete=complete,
            unread=display_names.unread,
            reports={kind.value: partial(_report, kind) for kind in (Format.HTML, Format.MARKDOWN)},
        )  # fmt: skip
        name = display_names(directory) if os.path.exists(directory) else f"{directory} (which does not exist yet)"
        proxied = None if origin is None else proxied_url(host, policy)
        _report_start(name, browser_url(host, policy), proxied, connections.max_connections)
        signals.run(lambda: server.serve_on(listeners), stop=server.stop)
    return 0


def _report_start(name: str, url: str, proxied: str | None, max_connections: int) -> None:
    """Say what is served where, for people and for their proxies, and that a low limit allows few connections."""
    sys.stderr.write(f"observe: serving {name} at {url}\n")
    if proxied is not None:
        sys.stderr.write(f"observe: the proxy connects to {proxied}\n")
    if max_connections < _FEW_CONNECTIONS:
        few = f"at most {max_connections} connections at once: the limit of open files is low"
        sys.stderr.write(f"observe: {few} (see ulimit -n)\n")
    sys.stderr.flush()


def _report(kind: Format, path: Path) -> Iterator[bytes]:
    """Yield a report of the run in a file, piece by piece, without the path of its directory."""
    with Run(Snapshot(path, DisplayNames({path.parent: lambda name: name}))) as run:
        yield from (piece.encode("utf-8", "backslashreplace") for piece in report(run, kind))


def _check(directory: Path, token: str | None, allow_hosts: Sequence[str]) -> None:
    from observer.web.access.policy import is_host_name

    if token is not None and not _TOKEN.fullmatch(token):
        raise UsageError("invalid value for --token: use 16 or more letters, digits or -._~")
    for name in allow_hosts:
        if not is_host_name(name):
            raise UsageError(f'invalid value for --allow-host: "{name}"; use a host name without scheme or port')
    try:
        is_directory = stat.S_ISDIR(os.stat(directory).st_mode)
    except FileNotFoundError:  # it may be created later
        return
    except OSError as error:
        raise UnreadableError(f"cannot read {directory} ({error.strerror}); name the directory of the runs") from None
    if not is_directory:
        raise UsageError(f"{directory} is not a directory; name the directory of the runs")


def _checked_origin(public_url: str | None) -> str | None:
    from observer.web.access.policy import origin_of

    if public_url is None:
        return None
    if (origin := origin_of(public_url)) is None:
        raise UsageError(
            f'invalid value for --public-url: "{public_url}"; use a URL without a path, such as https://runs.example.org'
        )
    return origin
