"""The timeline of a run for the page, read incrementally."""

import threading
import time
from typing import Any

from observer.format.event import Record
from observer.format.json import encode
from observer.runs.timeline import SPANNING
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.web.broadcasts.chunk_cache import read_block
from observer.web.generation_cache import GenerationCache
from observer.web.summaries.thinned_timeline import ThinnedTimeline

MAX_READ_S = 1.5
"""Seconds that one request reads. It returns what it has by then; the page requests the rest."""
_CACHED_RUNS = 3
_BLOCK_BYTES = 1024 * 1024


class RunTimeline:
    """The timeline of one run up to `offset`. For one thread at a time, which holds `lock`."""

    def __init__(self, generation: str) -> None:
        self.generation = generation
        self.lock = threading.Lock()
        self.offset = 0
        self._timeline = ThinnedTimeline()

    def read_on(self, file: SharedFile, is_cancelled: IsCancelled) -> None:
        """Read lines that were appended since the last call, for `MAX_READ_S` seconds at most."""
        deadline = time.monotonic() + MAX_READ_S
        while self.offset < file.end and time.monotonic() < deadline and not is_cancelled():
            block = read_block(file, self.offset, block_bytes=_BLOCK_BYTES)
            if block is None:
                return
            lines, self.offset = block
            for line in lines:
                record = Record(line)
                if record.type in SPANNING and (event := record.event) is not None:
                    self._timeline.take(event)
            self._timeline.thin_out()

    def as_json(self, size: int) -> dict[str, Any]:
        """Return the JSON object for the page; `size` is that of the file."""
        return {"generation": self.generation, "size": size, "read_to": self.offset, **self._timeline.as_json()}


class TimelineCache:
    """The timelines of the most recently requested runs. Blocking."""

    def __init__(self) -> None:
        self._timelines: GenerationCache[RunTimeline] = GenerationCache(_CACHED_RUNS)

    def read(self, file: SharedFile, is_cancelled: IsCancelled) -> bytes:
        """Return the timeline of a run, as JSON."""
        generation = file.generation
        timeline = self._timelines.get(generation, lambda: RunTimeline(generation))
        with timeline.lock:
            timeline.read_on(file, is_cancelled)
            return encode(timeline.as_json(file.end))
