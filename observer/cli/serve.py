"""`observe serve`: show the runs of a directory in browsers."""

import re
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from observer.cli.mirrors import MIRRORS
from observer.cli.options import (
    RUNS,
    STALL_DEFAULT,
    DirectoryOption,
    ServerOptions,
    StallOption,
    bounded,
    command_app,
    expand_groups,
)
from observer.errors import UsageError, missing_packages
from observer.runs.state import STALL_AFTER_S
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.mirror import CopyRequest, RunCount, local_run
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
    argument: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Directory of run files; overrides --runs.", show_default=False),
    ] = None,
    directory: DirectoryOption = RUNS,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(callback=bounded(0, 65535), metavar="N", help="Port to listen on; 0 for any free one.")
    ] = PORT,
    token: Annotated[
        str | None,
        typer.Option(
            metavar="TOKEN",
            help="Access token. Generated and printed when the server listens on a non-loopback address.",
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Accept this Host name too, such as the public name of a proxy."),
    ] = None,
    stall_after: StallOption = STALL_DEFAULT,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Serve the runs of other machines: nats://HOST:4222.")
    ] = None,
    spool: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Directory for local copies of remote runs (default: a temporary one, deleted on exit)."
        ),
    ] = None,
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
      observe serve --from nats://hub:4222     the runs of many machines
      curl -H 'Accept: application/x-ndjson' http://127.0.0.1:8765/api/events
    """
    if source is not None and argument is not None:
        raise UsageError("--from and DIR cannot be combined; set the directory for local copies with --spool DIR")
    request = CopyRequest(runs=RunCount.ALL, follow=Follow.FILE, directory=spool, keys=server.credentials())
    with local_run(source or str(argument or directory), request, MIRRORS) as local:
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


def serve(
    directory: Path, *, host: str = "127.0.0.1", port: int = PORT, token: str | None = None,
    allow_hosts: Sequence[str] = (), stall_after_s: float = STALL_AFTER_S,
    display_names: DisplayNames = PATH_NAMES,
) -> int:  # fmt: skip
    """Serve the runs of `directory` until SIGINT or SIGTERM. Return the exit code.

    `port` 0 is any free port. Clients on other machines need the `token`, at least 16 letters and digits; if there is
    none, one is generated and printed with the URL. `allow_hosts` are additional names in the Host header to accept.

    Raises UsageError for invalid options, UnreadableError when the address cannot be listened on.
    """
    try:
        from observer.web.connections import MAX_CONNECTIONS, Connections
        from observer.web.listen import browser_url, connection_limit, listen, make_policy
        from observer.web.server import Server
    except ImportError:
        raise UsageError(missing_packages("serve", "starlette and uvicorn", "web")) from None
    _check(directory, token, allow_hosts)
    with ExitStack() as stack:
        listeners = listen(host, port, stack)
        policy = make_policy(listeners, host, token, allow_hosts)
        connections = Connections(max_connections=connection_limit(MAX_CONNECTIONS))
        server = Server(directory, policy, connections, stall_after_s=stall_after_s)
        name = display_names(directory) if directory.exists() else f"{directory} (which does not exist yet)"
        sys.stderr.write(f"observe: serving {name} at {browser_url(host, policy)}\n")
        if connections.max_connections < _FEW_CONNECTIONS:
            few = f"at most {connections.max_connections} connections at once: the limit of open files is low"
            sys.stderr.write(f"observe: {few} (see ulimit -n)\n")
        sys.stderr.flush()
        signals.run(lambda: server.serve_on(listeners), stop=server.stop)
    return 0


def _check(directory: Path, token: str | None, allow_hosts: Sequence[str]) -> None:
    from observer.web.access import is_host_name

    if token is not None and not _TOKEN.fullmatch(token):
        raise UsageError("invalid value for --token: use 16 or more letters, digits or -._~")
    for name in allow_hosts:
        if not is_host_name(name):
            raise UsageError(f'invalid value for --allow-host: "{name}"; use a host name without scheme or port')
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is not a directory; name the directory of the runs")
