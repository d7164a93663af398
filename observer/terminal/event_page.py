"""The page of `observe show --event`: one event whole, with the call or the result that belongs to it. Pure."""

from observer.format.event import Event
from observer.format.json import encode
from observer.format.strip_content import without_content
from observer.runs.one_run.event_lookup import FoundEvent
from observer.runs.words.describe_tools import input_of
from observer.runs.words.line_diff import CHANGE_FIELDS, WRITING_TOOLS
from observer.terminal.pretty_view import PrettyView
from observer.terminal.row import Row
from observer.terminal.row_lines import RowLines
from observer.terminal.screen import Screen
from observer.terminal.theme import Role


class _Text:
    """What a view prints."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def check(self) -> None:
        pass


def event_page(found: FoundEvent, screen: Screen, *, content: bool = True) -> str:
    """Return the text of a page; without `content` it holds no text of the run."""
    records = [one for one in (found.call, found.result) if one is not None] or [found.record]
    if not content:
        records = [without_content(record) for record in records]
    out = _Text()
    view = PrettyView(out, screen, full=True)
    view.add_context([found.start] if found.start is not None and content else [])
    lines = RowLines(screen)
    page = ""
    for record in records:
        view.show([record])
        view.close()
        page, out.data = page + out.data.decode(), b""
        if record.event is not None:
            rows = _rest(record.event, page) or ([] if page else _fields(record.event.data))
            page += lines.block(rows, "", 0, "") if rows else ""
    if found.problem:
        page += lines.block([Row(((Role.WARNING, f"    {found.problem}"),), 4)], "", 0, "")
    return page


def _rest(event: Event, page: str) -> list[Row]:
    """Return the fields of a call's input that its words and its change do not show."""
    if event.type != "tool_use":
        return []
    shown = "".join(page.split())
    in_diff = CHANGE_FIELDS if event.text("name") in WRITING_TOOLS else frozenset()
    return _fields(
        {key: value for key, value in input_of(event).data.items() if key not in in_diff and _words(value) not in shown}
    )


def _words(value: object) -> str:
    text = value if isinstance(value, str) else encode(value).decode()
    return "".join(text.split())


def _fields(fields: dict[str, object]) -> list[Row]:
    """Return a row for each field, and one for each further line of its text."""
    rows: list[Row] = []
    for key, value in fields.items():
        first, *others = (value if isinstance(value, str) else encode(value).decode()).split("\n")
        rows.append(Row(((Role.DIM, f"    {key}  "), (Role.INPUT, first)), 6))
        rows += [Row(((Role.INPUT, f"      {line}"),), 6) for line in others]
    return rows
