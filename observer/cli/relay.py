"""`observe relay`: publish the run files of a directory to NATS JetStream."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from observer.cli.addresses.mirrors import SESSIONS
from observer.cli.options.shared_options import (
    RUNS,
    DirectoryOption,
    PriceOptions,
    ServerOptions,
    bounded,
    command_app,
    expand_groups,
)
from observer.errors import UnreadableError, UsageError
from observer.format.sanitize import clean_line
from observer.format.units import pluralize
from observer.runs.filters.filter_options import parse_duration_option
from observer.source.items import Follow
from observer.source.locate import PATH_NAMES, DisplayNames
from observer.source.mirror import CopyRequest, RunCount, local_run
from observer.terminal import signals

if TYPE_CHECKING:
    from observer.nats.address import Address, Authentication
    from observer.nats.stream import Retention

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s?([kMGT]?)i?B?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_EPILOG = """\b
Exit codes:
  2    usage error, a missing directory, or servers that refuse
  130  Ctrl-C
  143  SIGTERM"""

app = command_app()


@app.command(epilog=_EPILOG)
@expand_groups
def relay_command(
    *,
    to: Annotated[str, typer.Option(metavar="URL", help="NATS servers: nats://HOST:4222 or tls://HOST1,HOST2.")],
    argument: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]", help="Directory of run files, claude: or codex:; overrides --runs.", show_default=False
        ),
    ] = None,
    directory: DirectoryOption = RUNS,
    stream: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="JetStream stream to publish to; created if missing. [default: RUNS]",
            show_default=False,
        ),
    ] = None,
    replicas: Annotated[
        int, typer.Option(callback=bounded(1, 5), metavar="N", help="Replicas of a newly created stream, 1 to 5.")
    ] = 1,
    max_age: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Retention of a newly created stream: maximum age, e.g. 12h, 7d."),
    ] = None,
    max_bytes: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Retention of a newly created stream: maximum size, e.g. 500M, 10G."),
    ] = None,
    prices: PriceOptions,
    server: ServerOptions,
) -> None:
    """Publish run files to NATS JetStream, line by line.

    Follows all run files of a directory, including new ones. After a restart it
    resumes where the stream ends. Reads the user and password, or a token, from
    NATS_USER and NATS_PASSWORD, or NATS_TOKEN.

    \b
    Examples:
      observe relay --to nats://hub.example:4222
      observe relay /srv/agents/runs --to tls://a,b,c --creds agents.creds
      observe relay --to nats://hub:4222 --replicas 3 --max-age 7d
      observe relay claude: --to nats://hub:4222   the sessions of Claude Code
    """
    from observer.nats.address import parse_address, parse_stream_name, read_authentication
    from observer.nats.stream import Retention

    address = parse_address(to)
    if address.run:
        raise UsageError("the URL of --to must not name a run; each run is published under the name of its file")
    retention = Retention(
        parse_stream_name(stream) if stream else address.stream, replicas,
        parse_duration_option("--max-age", max_age) or 0, parse_size(max_bytes),
    )  # fmt: skip
    authentication = read_authentication(creds=server.creds, nkey=server.nkey, ca=server.ca)
    request = CopyRequest(runs=RunCount.ALL, follow=Follow.FILE, repeatable=True, prices=prices.build())
    with local_run(argument or str(directory), request, SESSIONS) as local:
        raise typer.Exit(relay(Path(local.name), address, authentication, retention, local.display_names))


def relay(
    directory: Path, to: "Address", authentication: "Authentication", retention: "Retention",
    display_names: DisplayNames = PATH_NAMES,
) -> int:  # fmt: skip
    """Publish the run files of `directory`, and new ones, until SIGINT or SIGTERM. Return the exit code.

    `display_names` names the directory in messages if it holds copies of something else.

    Raises UnreadableError when the directory cannot be read at the start, or the servers refuse for good.
    """
    from observer.nats.connection import Connector
    from observer.nats.relay import Relay

    if not os.path.isdir(directory):
        raise UnreadableError(f"{directory} is not a directory of run files; name another, or create it first")
    running = Relay(
        directory, to, Connector(to, authentication), retention, _report, copies=display_names.is_copy(directory)
    )
    _report(f"relaying {display_names(directory)} to {to}, stream {retention.name}")
    stop = asyncio.Event()
    try:
        signals.run(lambda: running.run(stop), stop=stop.set)
    except SystemExit:
        _report(f"{pluralize(running.published, 'line')} published")
        raise
    return 0


def parse_size(text: str | None) -> int:
    """Return a number of bytes, -1 for None. Raises UsageError.

    >>> parse_size("500M"), parse_size("1.5GB"), parse_size(None)
    (500000000, 1500000000, -1)
    """
    if text is None:
        return -1
    match = _SIZE.fullmatch(text.strip())
    size = int(float(match[1]) * _UNITS[match[2]]) if match is not None else 0
    if not size:
        raise UsageError(f'invalid value for --max-bytes: "{text}"; use a number of bytes, such as 500M or 10G')
    return size


def _report(message: str) -> None:
    sys.stderr.write(f"observe: {clean_line(message)}\n")
    sys.stderr.flush()
