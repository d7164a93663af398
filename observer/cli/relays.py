"""`observe relay`: for runs on many machines."""

from pathlib import Path
from typing import Annotated

import typer

from observer.cli.app import CaOption, CredsOption, FolderOption, NkeyOption, app, usage
from observer.errors import UsageError

RELAY_CODES = """\b
Exit codes:
  2    wrong usage, a folder that is not there, or servers that refuse
  130  Ctrl-C
  143  SIGTERM"""


@app.command("relay", epilog=RELAY_CODES)
def relay_command(
    to: Annotated[str, typer.Option(metavar="URL", help="nats://HOST:4222, or tls://; several hosts with commas.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder with run files.", show_default=False)
    ] = None,
    runs: FolderOption = Path("runs"),
    stream: Annotated[
        str | None, typer.Option(metavar="NAME", help="RUNS otherwise; made when it is missing.", show_default=False)
    ] = None,
    replicas: Annotated[int, typer.Option(metavar="N", min=1, max=5, help="Copies, when it is made.")] = 1,
    max_age: Annotated[
        str | None, typer.Option(metavar="TIME", help="Keep lines so long, when it is made: 12h, 7d.")
    ] = None,
    max_bytes: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Keep so much, the newest, when it is made: 500M, 10G.")
    ] = None,
    creds: CredsOption = None,
    nkey: NkeyOption = None,
    ca: CaOption = None,
) -> None:
    """Publish run files, line by line, to NATS JetStream.

    Follows every run file of a folder, those that are there and those that come. Where it has to begin again it asks
    the stream how far a run has got. User and password, or a token, are taken from NATS_USER and NATS_PASSWORD, or
    NATS_TOKEN.

    \b
    observe relay --to nats://hub.example:4222
    observe relay /srv/agents/runs --to tls://a,b,c --creds agents.creds --replicas 3 --max-age 7d
    """
    with usage():
        from observer.cli.relay import relay, size
        from observer.nats.address import access_of, address_of, stream_name
        from observer.nats.stream import Retention
        from observer.runs import filter_options

        address = address_of(to)
        if address.run:
            raise UsageError("--to names servers, not a run; each run goes by its file's name")
        keeping = Retention(
            stream_name(stream) if stream else address.stream, replicas,
            filter_options.parse_duration_option("--max-age", max_age) or 0, size(max_bytes),
        )  # fmt: skip
        raise typer.Exit(relay(folder or runs, address, access_of(creds=creds, nkey=nkey, ca=ca), keeping))
