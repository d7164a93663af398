"""The tree of sessions and subagents. Tests observer.terminal.ui.agent_tree, too."""

from pathlib import Path

from tests.helpers import RUN, append, line
from tests.observer.terminal.ui.showing import Shown, showing

START = line(1, "run_start", format=1, pid=1, host="elsewhere")


def session(seq: int, iteration: int) -> bytes:
    return line(seq, "session_start", agent_type="CODING", iteration=iteration)


def subagent(seq: int, call: str, name: str, parent: str | None = None) -> bytes:
    return line(seq, "subagent_start", parent, id=call, tool_use_id=call, agent_type="Explore", description=name)


def ends(seq: int, call: str, status: str, parent: str | None = None) -> bytes:
    return line(seq, "subagent_complete", parent, id=call, tool_use_id=call, status=status)


def run_of(folder: Path, *lines: bytes) -> Path:
    path = folder / f"{RUN}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def tree(shown: Shown) -> list[str]:
    return [line[1:] for line in shown.lines("#tree") if line.strip()]


NESTED = (
    START, session(2, 1), subagent(3, "a", "outer"), subagent(4, "b", "another"), subagent(5, "c", "inner", "a"),
    subagent(6, "d", "innermost", "c"), ends(7, "d", "failed", "c"), ends(8, "c", "completed", "a"),
)  # fmt: skip


async def test_a_subagent_is_below_the_one_that_started_it(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, *NESTED), size=(120, 20)) as shown:
        await shown.until(lambda: len(tree(shown)) == 5)
        names = [(len(row) - len(row.lstrip()), row.split()[0], row.split()[2]) for row in tree(shown)[1:]]
        assert names == [(2, "●", "outer"), (4, "✓", "inner"), (6, "✗", "innermost"), (2, "●", "another")]


async def test_what_a_session_leaves_open_has_ended_with_it_and_everything_with_the_run(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, session(2, 1), subagent(3, "a", "outer"))
    async with showing(path, size=(120, 20)) as shown:
        await shown.until(lambda: [row.split()[0] for row in tree(shown)] == ["●", "●"])
        append(path, line(4, "session_end", outcome="interrupted"))
        await shown.until(lambda: [row.split()[0] for row in tree(shown)] == ["✗", "✗"])
        append(path, session(5, 2))
        await shown.until(lambda: [row.split()[0] for row in tree(shown)][-1] == "●")
        append(path, line(6, "complete", outcome="failed"))
        await shown.until(lambda: [row.split()[0] for row in tree(shown)][-1] == "✗")


async def test_a_name_without_room_is_in_the_line_below_and_enter_goes_to_its_start(tmp_path: Path) -> None:
    name = "look for every place in which a name is cut"
    path = run_of(
        tmp_path,
        START,
        session(2, 1),
        subagent(3, "a", name),
        *(line(seq, "info", message="a") for seq in range(4, 60)),
    )
    async with showing(path, size=(120, 20)) as shown:
        await shown.until(lambda: len(tree(shown)) == 2)
        assert "…" in tree(shown)[1]
        await shown.press("T", "j")
        await shown.until(lambda: shown.bottom.startswith(f"Explore: {name}"))
        await shown.press("enter")
        await shown.until(lambda: shown.view.entry is not None and shown.view.entry.row.seq == 3)
        assert shown.view.has_focus


async def test_on_a_narrow_screen_the_tree_takes_the_place_of_the_log(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, *NESTED), size=(60, 12)) as shown:
        assert not shown.app.screen.query_one("#tree").display
        await shown.press("T")
        await shown.until(lambda: len(tree(shown)) == 5)
        assert not shown.view.display
        await shown.press("q")
        await shown.until(lambda: shown.view.display and shown.view.has_focus)
        assert not shown.app.screen.query_one("#tree").display
