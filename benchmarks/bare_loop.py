"""The smallest follower: an event loop and one inotify descriptor on the open file. `follow.py` measures it as a peer.

python benchmarks/bare_loop.py FILE
"""

import asyncio
import ctypes
import os
import sys

IN_MODIFY = 2


async def follow(path: str) -> None:
    """Copy a file to standard output, and what is appended to it from then on."""
    libc = ctypes.CDLL(None, use_errno=True)
    file, watch = os.open(path, os.O_RDONLY), libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert libc.inotify_add_watch(watch, path.encode(), IN_MODIFY) >= 0, os.strerror(ctypes.get_errno())

    def copy() -> None:
        while data := os.read(file, 1 << 18):
            os.write(1, data)

    def wake() -> None:
        os.read(watch, 1 << 12)
        copy()

    copy()
    asyncio.get_running_loop().add_reader(watch, wake)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1]))
