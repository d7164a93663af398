"""What was derived from the most recently requested runs, made once for all clients."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from observer.runs.window.cursor import NO_GENERATION

T = TypeVar("T")


class GenerationCache(Generic[T]):
    """One value for each content of a file and each `name`, the `limit` that were requested last. For any thread."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[tuple[str, Hashable], T] = OrderedDict()

    def find(self, generation: str, name: Hashable = None) -> T | None:
        """Return the value of a content, None if there is none."""
        with self._lock:
            return self._values.get((generation, name))

    def get(self, generation: str, create: Callable[[], T], name: Hashable = None) -> T:
        """Return the value of a content, a new one if there is none.

        Files without a complete line have no generation of their own: each request gets a value for itself.
        """
        if generation == NO_GENERATION:
            return create()
        with self._lock:
            key = generation, name
            if key not in self._values:
                self._values[key] = create()
            self._values.move_to_end(key)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
            return self._values[key]
