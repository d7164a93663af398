"""The hits of the most recent searches of all clients, as JSON."""

from collections.abc import Hashable

from observer.format.json import encode
from observer.runs.window.hits import HitList, HitRequest
from observer.runs.window.shared_file import IsCancelled, SharedFile
from observer.web.generation_cache import GenerationCache
from observer.web.query import ClientFilter

_CACHED_LISTS = 4


class HitLists:
    """The hits of the most recent searches. `answer` blocks."""

    def __init__(self) -> None:
        self._lists: GenerationCache[HitList] = GenerationCache(_CACHED_LISTS)

    def answer(
        self,
        file: SharedFile,
        client_filter: ClientFilter,
        name: Hashable,
        request: HitRequest,
        is_cancelled: IsCancelled,
    ) -> bytes:
        """Return the answer to a request as JSON; filters of the same `name` are the same."""
        hits = self._lists.get(file.generation, lambda: HitList(client_filter.choice), name)
        with hits.lock:
            hits.read_on(file, is_cancelled)
            return encode(hits.answer(file, request))
