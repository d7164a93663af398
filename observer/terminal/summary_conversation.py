"""The parts of a summary that concern the conversation: prompts, tokens, things to do, and what went wrong. Pure."""

import math

from observer.format.units import format_count
from observer.runs.conversation import describe_todo
from observer.runs.describe_conversation import count_images
from observer.runs.summary import Summary
from observer.runs.tokens import Tokens, count_output, count_thinking, describe_total, sum_tokens
from observer.terminal.conversation_rows import todo_item
from observer.terminal.screen import Screen
from observer.terminal.summary_lists import BARS_WIDTH, Line, draw_bars, first_items, last_items, shorten_to, titled
from observer.terminal.theme import Role

MAX_PROMPTS, MAX_MODELS, MAX_TODO, MAX_TROUBLES = 5, 6, 10, 5
"""Entries shown of each list, unless all are requested."""


def prompts(summary: Summary, now: float, screen: Screen, *, full: bool) -> list[Line]:
    """Return the prompts that began a turn; all prompts if `full`."""
    listed = [said for said in summary.prompts if full or said.prompt.begins_turn]
    shown, missing = last_items(listed, None if full else MAX_PROMPTS)
    lines: list[Line] = []
    for said, time in zip(shown, screen.zone.column([said.at for said in shown], now), strict=True):
        prompt = said.prompt
        text = prompt.text.strip() if full else prompt.text.strip().partition("\n")[0]
        images = count_images(prompt.images)
        lines.append([
            (Role.DIM, f"  {time}  "),
            (Role.LABEL, f"{prompt.source:<9}"),
            (Role.PLAIN, shorten_to(text, None if full else 200, screen)),
            (Role.DIM, f"  {images}" if images else ""),
        ])  # fmt: skip
    return titled("prompts", lines, missing, "earlier")


def tokens(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    """Return the tokens over time, by model and by agent."""
    total = summary.tokens
    if total is None:
        return []
    bars = draw_bars(_shares(summary.used), screen) if len(summary.used) > 1 else ""
    head: Line = [
        (Role.LABEL, "tokens    "),
        (Role.TOOL, f"{bars}  " if bars else ""),
        (Role.STRONG, describe_total(total)),
    ]
    shown, missing = first_items(_rows(summary, total), None if full else MAX_MODELS)
    width = max(len(name) for name, _, _ in shown)
    columns: Line = [(Role.DIM, f"  {'':<{width}}  messages    read  cached  written  thinking")]
    lines = [[(Role.PLAIN, f"  {name:<{width}}"), (Role.DIM, _columns(count, one))] for name, count, one in shown]
    note: list[Line] = [[(Role.DIM, f"  and {missing:,} more")]] if missing else []
    return [head, columns, *lines, *note]


def todo(summary: Summary, screen: Screen, *, full: bool) -> list[Line]:
    """Return the last list of things to do."""
    items = summary.state.todo
    shown, missing = first_items(items, None if full else MAX_TODO)
    lines = [todo_item(item, screen.glyphs) for item in shown]
    return titled(f"to do  {describe_todo(items)}", lines, missing, "more")


def troubles(summary: Summary, now: float, screen: Screen, *, full: bool) -> list[Line]:
    """Return messages that did not end as usual, MCP servers that failed, and errors of sessions."""
    found = [(stop.at, f"{stop.reason}{' (a subagent)' if stop.parent else ''}") for stop in summary.stops]
    for session in summary.sessions:
        found += [(session.began, f"MCP server {server}") for server in session.failed_servers]
        found += [(session.ended, error) for error in session.errors]
    found.sort(key=lambda trouble: math.inf if trouble[0] is None else trouble[0])
    shown, missing = last_items(found, None if full else MAX_TROUBLES)
    limit = None if full else 200
    lines: list[Line] = [
        [(Role.DIM, f"  {time}  "), (Role.WARNING, shorten_to(text, limit, screen))]
        for time, (_, text) in zip(screen.zone.column([at for at, _ in shown], now), shown, strict=True)
    ]
    return titled("conversation", lines, missing, "earlier")


def _rows(summary: Summary, total: Tokens) -> list[tuple[str, str, Tokens]]:
    """Return the use of each model, then that of the main agent and of its subagents if there are both."""
    models = [
        (name, f"{model.messages:,}", model.tokens)
        for name, model in summary.models.items()
        if model.tokens is not None
    ]
    models.sort(key=lambda row: -row[2].total)
    inner = [spent for call, spent in summary.spent.items() if call is not None]
    agents = [("main agent", summary.spent.get(None)), ("subagents", sum_tokens(inner))] if inner else []
    return [*models, *((name, "", one) for name, one in agents if one is not None)] or [("all", "", total)]


def _columns(messages: str, one: Tokens) -> str:
    read, cached = format_count(one.read), format_count(one.cache_read)
    return f"  {messages:>8}{read:>8}{cached:>8}{count_output(one):>9}{count_thinking(one):>10}"


def _shares(used: list[tuple[float, int]]) -> list[float]:
    """Return how much was used in each of `BARS_WIDTH` equal parts of the time, as a share of the most."""
    first, last = used[0][0], used[-1][0]
    parts = [0] * BARS_WIDTH
    for at, count in used:
        parts[min(BARS_WIDTH - 1, int((at - first) / ((last - first) or 1.0) * BARS_WIDTH))] += count
    most = max(parts) or 1
    return [part / most for part in parts]
