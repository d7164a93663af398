"""The mirrors that exist: what the commands copy runs of other machines with, by URL scheme."""

from collections.abc import Iterator
from contextlib import contextmanager

from observer.source.mirror import CopyRequest, LocalRun, Mirrors


@contextmanager
def _nats(address: str, request: CopyRequest) -> Iterator[LocalRun]:
    from observer.nats.fetch_thread import mirrored

    with mirrored(address, request) as local:
        yield local


MIRRORS: Mirrors = {"nats": _nats, "tls": _nats}
