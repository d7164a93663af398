"""`observe relay` as a function: the run files of a folder into a stream on other machines, until somebody ends it."""

import asyncio
import re
import signal
import sys
from pathlib import Path

from observer.errors import UnreadableError, UsageError
from observer.format.sanitize import clean_line
from observer.format.units import pluralize
from observer.nats.address import Access, Address
from observer.nats.connection import Connector
from observer.nats.relay import Relay
from observer.nats.stream import Retention

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s?([kMGT]?)i?B?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def relay(folder: Path, to: Address, access: Access, keeping: Retention) -> int:
    """Publish the run files of `folder`, and those that come, until SIGINT or SIGTERM; return the exit code.

    Raises UnreadableError when the folder cannot be read at the start, or the servers refuse what waiting will not
    change.
    """
    if not folder.is_dir():
        raise UnreadableError(f"{folder} is not a folder with run files; name one, or make it first")
    at_work = Relay(folder, to, Connector(to, access), keeping, _say)
    _say(f"relaying {folder} to {to}, stream {keeping.name}")
    code = asyncio.run(_until_signal(at_work))
    _say(f"{pluralize(at_work.published, 'line')} published")
    return code


def size(text: str | None) -> int:
    """Return how many bytes `10G` are, -1 for None. Raises UsageError.

    >>> size("500M"), size("1.5GB"), size(None)
    (500000000, 1500000000, -1)
    """
    if text is None:
        return -1
    found = _SIZE.fullmatch(text.strip())
    bytes_ = int(float(found[1]) * _UNITS[found[2]]) if found is not None else 0
    if not bytes_:
        raise UsageError("--max-bytes: write a number of bytes, such as 500M or 10G")
    return bytes_


async def _until_signal(at_work: Relay) -> int:
    loop, stop, code = asyncio.get_running_loop(), asyncio.Event(), 0

    def end(number: int) -> None:
        nonlocal code
        code = 128 + number
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end, number)
    await at_work.run(stop)
    return code


def _say(sentence: str) -> None:
    sys.stderr.write(f"observe: {clean_line(sentence)}\n")
    sys.stderr.flush()
