"""The parts of a summary that concern the conversation: prompts, tokens and things to do. Pure."""

from observer.format.units import format_count
from observer.runs.state.conversation import describe_todo
from observer.runs.state.tokens import Tokens, count_output, count_thinking, describe_total, sum_tokens
from observer.runs.summary.summary import Summary
from observer.runs.words.describe_conversation import count_images
from observer.terminal.cells import cell_len
from observer.terminal.conversation_rows import todo_item
from observer.terminal.row import SEE_ALL
from observer.terminal.screen import Screen
from observer.terminal.summary_ending import Page
from observer.terminal.summary_lists import (
    Line,
    bars_width,
    draw_bars,
    fact_lines,
    first_items,
    last_items,
    spaced,
    titled,
)
from observer.terminal.theme import Role

_COLUMNS = (("messages", 8), ("read", 8), ("cached", 8), ("written", 9), ("thinking", 10))
"""The columns of tokens, and the cells of each."""
MAX_PROMPTS, MAX_MODELS, MAX_TODO = 5, 6, 10
"""Entries shown of each list, unless all are requested."""


def prompts(summary: Summary, page: Page) -> list[Line]:
    """Return the prompts that began a turn; all prompts if everything is shown."""
    listed = [said for said in summary.prompts if page.full or said.prompt.begins_turn]
    shown, missing = last_items(listed, page.limit(MAX_PROMPTS))
    lines: list[Line] = []
    for said, time in zip(shown, page.times([said.at for said in shown]), strict=True):
        prompt = said.prompt
        text = prompt.text.strip() if page.full else prompt.text.strip().partition("\n")[0]
        images = count_images(prompt.images)
        lines.append([
            (Role.DIM, f"  {time}  "),
            (Role.LABEL, f"{prompt.source:<9}"),
            (Role.PLAIN, page.shorten(text)),
            (Role.DIM, f"  {images}" if images else ""),
        ])  # fmt: skip
    return titled("prompts", lines, missing, "earlier")


def tokens(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    """Return the tokens over time, by model and by agent."""
    total = summary.tokens
    if total is None:
        return []
    title, spent = "tokens    ", describe_total(total)
    width = bars_width(screen, title, spent, "  ")
    bars = draw_bars(_shares(summary.used, width), screen) if len(summary.used) > 1 else ""
    head: Line = [(Role.LABEL, title), *spaced([(Role.TOOL, bars), (Role.STRONG, spent)])]
    shown, missing = first_items(_rows(summary, total), None if full else MAX_MODELS)
    note: list[Line] = [[(Role.DIM, f"  and {missing:,} more ({SEE_ALL})")]] if missing else []
    return [head, *_table(shown, screen, full=full), *note]


def todo(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    """Return the last list of things to do."""
    items = summary.state.todo
    shown, missing = first_items(items, None if full else MAX_TODO)
    lines = [todo_item(item, screen.glyphs) for item in shown]
    return titled(f"to do  {describe_todo(items)}", lines, missing, "more")


def _rows(summary: Summary, total: Tokens) -> list[tuple[str, int | None, Tokens]]:
    """Return the use of each model, then that of the main agent and of its subagents if there are both."""
    models: list[tuple[str, int | None, Tokens]] = [
        (name, model.messages, model.tokens) for name, model in summary.models.items() if model.tokens is not None
    ]
    models.sort(key=lambda row: -row[2].total)
    inner = [spent for call, spent in summary.spent.items() if call is not None]
    agents = [("main agent", summary.spent.get(None)), ("subagents", sum_tokens(inner))] if inner else []
    return [*models, *((name, None, one) for name, one in agents if one is not None)] or [("all", None, total)]


def _table(rows: list[tuple[str, int | None, Tokens]], screen: Screen, *, full: bool) -> list[Line]:
    """Return the rows as a table, or in words where that has no room."""
    cells = [
        ("" if count is None else f"{count:,}", format_count(one.read), format_count(one.cache_read),
         count_output(one), count_thinking(one))
        for _, count, one in rows
    ]  # fmt: skip
    names = [screen.clean_line(name) for name, _, _ in rows]
    longest, width = max(map(cell_len, names)), screen.width()
    head = "".join(f"{title:>{space}}" for title, space in _COLUMNS)
    if full or width is None or 4 + longest + len(head) < width:
        table: list[Line] = [[(Role.DIM, f"  {' ' * longest}  {head}")]]
        for name, texts in zip(names, cells, strict=True):
            columns = "".join(f"{text:>{space}}" for text, (_, space) in zip(texts, _COLUMNS, strict=True))
            table.append([(Role.PLAIN, f"  {name}{' ' * (longest - cell_len(name))}"), (Role.DIM, f"  {columns}")])
        return table
    lines: list[Line] = []
    for name, texts in zip(names, cells, strict=True):
        facts = [(Role.DIM, f"{text} {title}") for text, (title, _) in zip(texts, _COLUMNS, strict=True) if text]
        lines += fact_lines([(Role.PLAIN, f"  {name}")], facts, screen, full=full)
    return lines


def _shares(used: list[tuple[float, int]], width: int) -> list[float]:
    """Return how much was used in each of `width` equal parts of the time, as a share of the most."""
    first, last = used[0][0], used[-1][0]
    parts = [0] * width
    for at, count in used:
        parts[min(width - 1, int((at - first) / ((last - first) or 1.0) * width))] += count
    most = max(parts) or 1
    return [part / most for part in parts]
