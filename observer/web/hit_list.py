"""The hits of the most recent searches of all clients, as JSON."""

import threading
from collections import OrderedDict

from observer.format.json import encode
from observer.runs.window.cursor import NO_GENERATION
from observer.runs.window.hits import HitList, HitRequest
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.web.query import ClientFilter

_CACHED_LISTS = 4


class HitLists:
    """The hits of the most recent searches. `answer` blocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: OrderedDict[tuple[str, object], HitList] = OrderedDict()

    def answer(
        self, file: SharedFile, wanted: ClientFilter, name: object, request: HitRequest, is_cancelled: IsCancelled
    ) -> bytes:
        """Return the answer to a request as JSON; filters of the same `name`, which is hashable, are the same."""
        hits = self._of(file.generation, wanted, name)
        with hits.lock:
            hits.read_on(file, is_cancelled)
            return encode(hits.answer(file, request))

    def _of(self, generation: str, wanted: ClientFilter, name: object) -> HitList:
        if generation == NO_GENERATION:  # as several files may have
            return HitList(wanted.choice)
        with self._lock:
            hits = self._lists.setdefault((generation, name), HitList(wanted.choice))
            self._lists.move_to_end((generation, name))
            while len(self._lists) > _CACHED_LISTS:
                self._lists.popitem(last=False)
        return hits
