"""Writes the words of observer.web.summaries.event_words as a module of the page.

python -m tests.observer.web.page_words > observer/web/page/event_words.js
"""

import json
import sys

from observer.web.summaries import event_words

_HEAD = (
    "// Words about events. Generated from observer/web/summaries/event_words.py by tests/observer/web/page_words.py.\n"
)


def module() -> str:
    """Return the module of the page."""
    types = [[",".join(types), label] for label, types in event_words.FILTER_TYPES]
    lines = [_HEAD, _list("FILTER_TYPES", types), _list("FILTER_STATUSES", event_words.FILTER_STATUSES)]
    words = {name: word for name, word in vars(event_words).items() if isinstance(word, str) and name.isupper()}
    return "\n".join([*lines, *(f"export const {name} = {_text(word)};" for name, word in words.items()), ""])


def _list(name: str, items: object) -> str:
    assert isinstance(items, list | tuple)
    return "\n".join([f"export const {name} = [", *(f"  {_text(item)}," for item in items), "];"])


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(module())
