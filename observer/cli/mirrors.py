"""Lists the mirrors with which the commands copy runs of other machines, by URL scheme."""

from collections.abc import Iterator
from contextlib import contextmanager

from observer.source.mirror import CopyRequest, LocalRun, Mirrors


@contextmanager
def _nats(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    from observer.nats.fetch_thread import mirrored

    with mirrored(address, request) as local:
        yield local


MIRRORS: Mirrors = {"nats": _nats, "tls": _nats}
