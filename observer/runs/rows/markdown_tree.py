"""Markdown as blocks of spans: CommonMark with tables, task lists and strikethrough. Pure.

HTML stays text. A link may lead to http, https and mailto only; any other one, and an image, is shown as text. The
target of a link follows its text, so that nobody is led where the text does not say. Code is plain: see
`observer.runs.rows.highlight`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyromark
from msgspec import Struct

from observer.runs.rows.row_types import Block, Code, Heading, Item, List, Paragraph, Quote, Rule, Span, Table, text_of

MAX_CHARS = 200_000
"""Characters of one text that become blocks; the rest is a last paragraph, as it is."""
MAX_DEPTH = 24
"""Quotes and lists within one another; what is nested deeper is shown at this depth."""
_SCHEMES = ("http://", "https://", "mailto:")
_LOOKS = {"Strong": "strong", "Emphasis": "emphasis", "Strikethrough": "strike"}
_BLOCKS = frozenset({"Paragraph", "List", "BlockQuote", "CodeBlock", "Heading", "Table", "HtmlBlock"})
_ALIGN = {"Left": "left", "Right": "right", "Center": "center"}
_PARSER = pyromark.Markdown(
    options=pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_TASKLISTS | pyromark.Options.ENABLE_STRIKETHROUGH
)


def markdown_blocks(text: str) -> list[Block]:
    r"""Return a text as blocks.

    >>> [type(block).__name__ for block in markdown_blocks("# A\n\n- b\n\n    c")]
    ['Heading', 'List']
    """
    rest = text[MAX_CHARS:]
    builder = _Builder()
    builder.take(_PARSER.events(_encodable(text[:MAX_CHARS])))
    return [*builder.blocks, *([Paragraph([rest])] if rest else [])]


def _encodable(text: str) -> str:
    """Return a text without lone surrogates, which the parser refuses, but with their escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class _Frame(Struct, gc=False):
    """A block that is being read: its blocks, and the spans that are not in one of them."""

    tag: str
    value: Any = None
    blocks: list[Block] = []
    spans: list[Span] = []
    checked: bool | None = None
    items: list[Item] = []
    rows: list[list[list[Span]]] = []


class _Builder:
    """Takes the events of the parser in order."""

    def __init__(self) -> None:
        self._frames = [_Frame("Document")]
        self._looks: list[str] = []
        self._look = ""
        """All of these, each once."""
        self._links: list[tuple[str, int]] = []
        self._skipped: list[str] = []
        """Blocks that are nested too deeply to be a frame."""

    @property
    def blocks(self) -> list[Block]:
        """The blocks so far."""
        self._end_spans(self._frames[0])
        return self._frames[0].blocks

    def take(self, events: Iterable[Any]) -> None:
        """Take events: each a name, or an object that has a value under its name."""
        for event in events:
            if isinstance(event, str):
                self._take_bare(event)
                continue
            ((kind, value),) = event.items()
            if kind == "Text":  # most of them are texts, starts and ends
                self._add(value, self._look)
            elif kind == "End":
                self._end(value if isinstance(value, str) else next(iter(value)))
            elif kind == "Start":
                self._start(*((value, None) if isinstance(value, str) else next(iter(value.items()))))
            elif kind == "Code":
                self._add(value, f"{self._look} code" if self._look else "code")
            elif kind == "TaskListMarker":
                next(frame for frame in reversed(self._frames) if frame.tag in {"Item", "Document"}).checked = value
            else:
                self._add(value, self._look)

    def _take_bare(self, event: str) -> None:
        if event == "Rule":
            self._append(Rule())
        else:
            self._add("\n", self._look)  # also for a soft break: who wrote a line of its own meant one

    def _start(self, tag: str, value: Any) -> None:
        if tag in _LOOKS:
            self._looks.append(_LOOKS[tag])
            self._look = " ".join(dict.fromkeys(self._looks)) if self._look else _LOOKS[tag]
        elif tag in {"Link", "Image"}:
            prefix = "mailto:" if value["link_type"] == "Email" else ""
            self._links.append((prefix + value["dest_url"], len(self._frames[-1].spans)))
        elif len(self._frames) > MAX_DEPTH and tag in {"List", "Item", "BlockQuote"}:
            self._skipped.append(tag)
        else:
            if self._frames[-1].spans and tag in _BLOCKS:
                self._end_spans(self._frames[-1])
            self._frames.append(_Frame(tag, value))

    def _end(self, tag: str) -> None:
        if tag in _LOOKS:
            self._looks.pop()
            self._look = " ".join(dict.fromkeys(self._looks)) if self._looks else ""
        elif tag in {"Link", "Image"}:
            self._end_link(tag)
        elif self._skipped and self._skipped[-1] == tag:
            self._skipped.pop()
            self._end_spans(self._frames[-1])
        else:
            self._end_frame(self._frames.pop())

    def _end_frame(self, frame: _Frame) -> None:
        above = self._frames[-1]
        match frame.tag:
            case "Heading":
                self._append(Heading(int(frame.value["level"][1:]), frame.spans))
            case "CodeBlock":
                language = frame.value["Fenced"].strip().partition(" ")[0] if isinstance(frame.value, dict) else ""
                code = "".join(map(text_of, frame.spans)).removesuffix("\n")
                self._append(Code(language, [code] if code else []))
            case "BlockQuote":
                self._end_spans(frame)
                self._append(Quote(frame.blocks))
            case "List":
                self._append(List(frame.items, frame.value))
            case "Item":
                self._end_spans(frame)
                above.items.append(Item(frame.blocks, frame.checked))
            case "Table":
                align = [_ALIGN.get(each, "") for each in frame.value]
                self._append(Table(align, frame.rows[0] if frame.rows else [], frame.rows[1:]))
            case "TableHead" | "TableRow":
                above.rows.append(frame.rows[0] if frame.rows else [])
            case "TableCell":
                above.rows = [[*(above.rows[0] if above.rows else []), frame.spans]]
            case _:  # a paragraph, or HTML
                self._end_spans(frame)
                above.blocks += frame.blocks

    def _end_link(self, tag: str) -> None:
        target, begin = self._links.pop()
        spans = self._frames[-1].spans
        text = "".join(map(text_of, spans[begin:]))
        if tag == "Link" and target.lower().startswith(_SCHEMES):
            spans[begin:] = [(text_of(span), f"{_look_of(span)} link".lstrip(), target) for span in spans[begin:]]
            if not text:
                spans.append((target, "link", target))
        if target not in {text, f"mailto:{text}"} and text:
            spans.append((f" ({target})", "target"))

    def _add(self, text: str, looks: str) -> None:
        spans = self._frames[-1].spans
        if looks:
            spans.append((text, looks))
        elif spans and isinstance(spans[-1], str) and len(spans) > (self._links[-1][1] if self._links else 0):
            spans[-1] += text
        else:
            spans.append(text)

    def _append(self, block: Block) -> None:
        self._end_spans(self._frames[-1])
        self._frames[-1].blocks.append(block)

    def _end_spans(self, frame: _Frame) -> None:
        """Make a paragraph of the spans that a frame has so far: the items of a tight list have no paragraphs."""
        if not (spans := frame.spans):
            return
        frame.spans = []
        if isinstance(spans[-1], str):
            spans[-1] = spans[-1].rstrip("\n")
        if shown := [span for span in spans if (span if isinstance(span, str) else span[0])]:
            frame.blocks.append(Paragraph(shown))


def _look_of(span: Span) -> str:
    return "" if isinstance(span, str) else span[1]


def texts_of(blocks: list[Block]) -> Iterator[str]:
    """Yield the texts of the spans of some blocks, in order."""
    for block in blocks:
        if isinstance(block, Paragraph | Heading | Code):
            yield "".join(map(text_of, block.spans))
        elif isinstance(block, Quote):
            yield from texts_of(block.blocks)
        elif isinstance(block, List):
            for item in block.items:
                yield from texts_of(item.blocks)
        elif isinstance(block, Table):
            for row in [block.head, *block.rows]:
                yield from ("".join(map(text_of, cell)) for cell in row)
