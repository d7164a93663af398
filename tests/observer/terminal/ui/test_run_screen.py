"""One run on the screen: reading, following, folding, searching.

Tests observer.terminal.ui.app, observer.terminal.ui.log_screen, observer.terminal.ui.log_view,
observer.terminal.ui.log_items, observer.terminal.ui.log_window, observer.terminal.ui.item_view,
observer.terminal.ui.run_follower, observer.terminal.ui.moving_screen, observer.terminal.ui.prompt,
observer.terminal.ui.status_bar, observer.terminal.ui.texts, observer.terminal.ui.keys,
observer.terminal.ui.ui_options, observer.terminal.ui.agent_tree, observer.terminal.ui.run_file,
observer.terminal.ui.log_search and observer.terminal.ui.scroll_bar, too.
"""

import asyncio
import gzip
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from textual.geometry import Region
from textual.scroll_view import ScrollView

from observer.format.zone import Zone
from observer.platform.process_info import host_name
from observer.runs.filters.filter import Filter
from observer.source.items import Follow
from observer.terminal.ui import log_view, log_window, message_bar, run_file, run_screen
from observer.terminal.ui.item_view import ItemView
from observer.terminal.ui.runs_screen import RunsScreen
from tests.helpers import RUN, append, line
from tests.observer.terminal.ui.showing import PLAIN, Shown, showing

START = line(1, "run_start", about="Add a parser", project_dir="/home/me/p", pid=1, host="elsewhere", format=1)


def run_of(folder: Path, *lines: bytes) -> Path:
    path = folder / f"{RUN}.ndjson"
    path.write_bytes(b"".join(lines))
    return path


def infos(first: int, last: int) -> list[bytes]:
    return [line(seq, "info", message=f"remark {seq}") for seq in range(first, last + 1)]


def remark(row: str) -> int:
    """Return the number of a remark by its row; 1 for that of the first event."""
    words = row.split()
    return int(words[2]) if words[1] == "remark" else 1


def call(seq: int, id_: str = "t1", name: str = "Bash", command: str = "make test", parent: str | None = None) -> bytes:
    return line(seq, "tool_use", parent, id=id_, name=name, input={"command": command})


def result(seq: int, id_: str = "t1", status: str = "success", output: str = "one\ntwo") -> bytes:
    return line(seq, "tool_result", tool_use_id=id_, name="Bash", status=status, duration_ms=20, output=output)


def text(seq: int, words: str) -> bytes:
    return line(seq, "thought", text=words, message="m", block=0)


async def test_a_run_opens_at_its_end_and_is_followed(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 60))
    async with showing(path) as shown:
        assert shown.log[-1].startswith("· remark 60")
        assert shown.bottom.startswith("FOLLOW · event 60 of 60")
        append(path, line(61, "info", message="a new one"))
        await shown.until(lambda: "a new one" in shown.log[-1])
        assert "event 61 of 61" in shown.bottom


async def test_scrolling_back_pauses_and_nothing_moves_while_the_run_goes_on(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 60))
    async with showing(path) as shown:
        await shown.press("k")
        before = shown.lines("#log")
        assert shown.bottom.startswith("PAUSED")
        append(path, b"".join(infos(61, 90)))
        await shown.until(lambda: "30 new" in shown.bottom)
        assert shown.lines("#log") == before
        await shown.press("G")
        await shown.until(lambda: "remark 90" in shown.log[-1])
        assert shown.bottom.startswith("FOLLOW")


def counting(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the ID of each widget whenever something of it is drawn again."""
    drawn: list[str] = []
    for view in shown.app.screen.query(ScrollView):

        def refresh(
            *regions: Region, _view: ScrollView = view, _refresh: Callable[..., object] = view.refresh, **how: bool
        ) -> object:
            if regions or not isinstance(_view, ItemView):
                drawn.append(_view.id or "")
            return _refresh(*regions, **how)

        monkeypatch.setattr(view, "refresh", refresh)
    return drawn


async def test_heartbeats_alone_draw_nothing_in_the_log_and_nothing_at_all_while_paused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_screen, "QUIET_S", 0.0)
    path = run_of(tmp_path, START, *infos(2, 60))
    async with showing(path) as shown:
        drawn = counting(shown, monkeypatch)
        for seq, is_paused in ((61, False), (62, True)):
            drawn.clear()
            append(path, line(seq, "heartbeat", elapsed_s=5.0, idle_s=1.0))
            await shown.until(lambda: shown.view.file is not None and shown.view.file.end == path.stat().st_size)
            assert set(drawn) <= (set() if is_paused else {"top"})
            await shown.press("f")
        drawn.clear()
        append(path, line(63, "info", message="after the pause"))
        await shown.until(lambda: "after the pause" in shown.log[-1])
        assert "log" in drawn


async def test_a_compressed_run_is_shown(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.ndjson.gz"
    inside = call(2, name="Read", command="x").replace(b"command", b"file_path").replace(b'"x"', b'"/home/me/p/a.py"')
    path.write_bytes(gzip.compress(START + inside + line(3, "complete", outcome="failed")))
    async with showing(path) as shown:
        assert any(row.startswith("● Read  a.py") for row in shown.log)
        await shown.until(lambda: shown.top.startswith("failed") and shown.bottom.startswith("END"))
        await shown.press("E", "slash", *"a.py", "enter")
        await shown.until(lambda: shown.bottom.startswith("hit"))


async def test_what_of_a_compressed_run_is_damaged_is_said(tmp_path: Path) -> None:
    path = tmp_path / f"{RUN}.ndjson.gz"
    packed = gzip.compress(START + b"".join(infos(2, 5000)))
    path.write_bytes(packed[: len(packed) // 2])
    async with showing(path, size=(250, 20)) as shown:
        assert f"{path} is truncated: the rest cannot be decompressed" in shown.bottom
        await shown.press("k")
        assert shown.bottom.endswith("damaged")
    path.write_bytes(packed[:30])
    async with showing(path, is_open=False, size=(250, 20)) as shown:
        await shown.until(lambda: f"{path} is truncated" in shown.bottom)
        await shown.press("k", "g", "G", "n", "escape")
        assert shown.bottom.startswith(f"{path} is truncated")


async def test_the_run_to_which_latest_leads_is_shown_if_that_is_asked_for(tmp_path: Path) -> None:
    first, second = (tmp_path / f"20261123T011230Z-00000{digit}.ndjson" for digit in "12")
    first.write_bytes(START + line(2, "info", message="the first run"))
    second.write_bytes(START + line(2, "info", message="the second run"))
    (link := tmp_path / "latest.ndjson").symlink_to(first.name)
    for follow, words, run in ((Follow.FILE, "; -F would follow it", first), (Follow.NAME, "now points to", second)):
        link.unlink()
        link.symlink_to(first.name)
        async with showing(link, follow=follow) as shown:
            await shown.until(lambda: "the first run" in shown.log[-1])
            (new := tmp_path / "new").symlink_to(second.name)
            new.rename(link)
            await shown.until(lambda: words in shown.bottom)  # noqa: B023 - awaited here
            await shown.until(lambda: ("second" if run is second else "first") in shown.log[-1])  # noqa: B023 - the same
            await shown.press("Y")
            assert shown.app.clipboard == f"observe tail {run.stem} --from-seq 2"


async def test_the_line_in_which_a_writer_died_is_shown_and_what_follows_below_it(tmp_path: Path) -> None:
    dead = line(1, "run_start", pid=2**22 + 1, pid_start=1, host=host_name(), lock="ofd", format=1)
    path = run_of(tmp_path, dead, line(2, "info", message="its last words").rstrip(b"\n"))
    async with showing(path) as shown:
        await shown.until(lambda: "its last words" in shown.log[-1])
        assert shown.top.startswith("crashed")
        append(path, b"\n" + line(3, "info", message="resumed"))
        await shown.until(lambda: "resumed" in shown.log[-1])
        assert sum("its last words" in row for row in shown.log) == 1


async def test_a_message_is_forgotten_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_bar, "MESSAGE_S", 0.01)
    monkeypatch.setattr(message_bar, "_CHARS_PER_S", 1e9)
    async with showing(run_of(tmp_path, START, *infos(2, 9))) as shown:
        await shown.press("y")
        await shown.until(lambda: shown.bottom.startswith("FOLLOW"))


async def test_reading_on_downwards_reaches_what_came_meanwhile(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 60))
    async with showing(path) as shown:
        await shown.press("pageup")
        append(path, b"".join(infos(61, 70)))
        await shown.until(lambda: "10 new" in shown.bottom)
        await shown.press("pagedown", "pagedown")
        await shown.until(lambda: shown.view.last_seq == 70)
        await shown.press("pagedown", "pagedown")
        assert "remark 70" in shown.log[-1]
        assert shown.bottom.startswith("PAUSED")


async def test_older_lines_are_loaded_as_the_user_scrolls_and_nothing_jumps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "PAGE_LINES", 30)
    monkeypatch.setattr(log_view, "NEAR_EDGE", 10)
    path = run_of(tmp_path, START, *infos(2, 150))
    async with showing(path) as shown:
        seen = [remark(shown.log[0])]
        while "Add a parser" not in shown.log[0]:
            shown.view.step(-1)
            await asyncio.sleep(0.001)
            seen.append(remark(shown.log[0]))
        assert {earlier - later for earlier, later in pairwise(seen)} <= {0, 1}


async def test_a_text_whose_beginning_is_loaded_later_stays_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "PAGE_LINES", 30)
    pieces = [text(seq, f"paragraph {seq}\n\n") for seq in range(2, 100)]
    async with showing(run_of(tmp_path, START, *pieces)) as shown:
        await shown.until(lambda: shown.view.items and shown.view.items[0].place == 0)
        assert shown.log[-1] == "paragraph 99"


async def test_a_window_is_bounded_however_far_the_user_scrolls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "PAGE_LINES", 50)
    monkeypatch.setattr(log_window, "MAX_ROWS", 200)
    monkeypatch.setattr(log_window, "_SLACK", 50)
    path = run_of(tmp_path, START, *infos(2, 600))
    async with showing(path) as shown:
        await shown.press("g")
        await shown.until(lambda: "Add a parser" in shown.log[0])
        for _ in range(20):
            await shown.press("pagedown")
            assert len(shown.view.items) <= 250
        assert remark(shown.log[-1]) > 250


async def test_a_call_and_its_result_are_one_line_until_they_are_unfolded(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, START, call(2), result(3))) as shown:
        assert shown.log[-1].startswith("● Bash  make test  ✓ 20ms")
        await shown.press("tab")
        assert [row.strip() for row in shown.log[-2:]] == ["one", "two"]
        await shown.press("tab")
        assert shown.log[-1].startswith("● Bash")
        await shown.press("Z")
        assert shown.log[-1].strip() == "two"
        await shown.press("z")
        assert shown.log[-1].startswith("● Bash")
        await shown.press("o")
        assert shown.log[-1].strip() == "two"


async def test_a_failed_call_shows_its_output_unasked(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, START, call(2), result(3, status="error", output="no rule"))) as shown:
        assert "✗ error" in shown.log[-2]
        assert shown.log[-1].strip() == "no rule"


async def test_pieces_of_a_text_are_one_text_that_grows(tmp_path: Path) -> None:
    pieces = [line(2, "thought", text="# Plan\n\nFirst ", message="m", block=0)]
    path = run_of(tmp_path, START, *pieces)
    async with showing(path) as shown:
        append(path, line(3, "thought", text="the *parser*.", message="m", block=0))
        await shown.until(lambda: any("First the parser." in row for row in shown.log))
        append(path, line(4, "message", id="m", text="# Plan\n\nFirst the *parser*.", stop_reason="end_turn"))
        await shown.until(lambda: shown.view.file is not None and shown.view.file.end == path.stat().st_size)
        assert sum("First the parser." in row for row in shown.log) == 1


async def test_without_colours_a_text_stays_as_it_was_written(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, line(2, "thought", text="First the *parser*.", message="m", block=0))
    async with showing(path, screen=PLAIN) as shown:
        assert shown.log[-1].startswith("First the *parser*.")


async def test_errors_blocked_calls_and_sessions_are_gone_to(tmp_path: Path) -> None:
    lines = [START, line(2, "session_start", agent_type="CODING", iteration=1), *infos(3, 300),
             call(301), result(302, status="error", output="boom"), *infos(303, 600),
             call(603, "t2"), result(604, "t2", status="blocked", output=""), *infos(605, 900)]  # fmt: skip
    async with showing(run_of(tmp_path, *lines)) as shown:
        await go(shown, "E", 603)
        await go(shown, "E", 301)
        assert any("boom" in row for row in shown.log)
        await go(shown, "e", 603)
        await go(shown, "e", 301)
        assert "again from the start" in shown.bottom
        await go(shown, "b", 603)
        await go(shown, "S", 2)


async def go(shown: Shown, key: str, seq: int) -> None:
    await shown.press(key)
    await shown.until(lambda: shown.view.entry is not None and shown.view.entry.row.seq == seq)


async def test_a_search_goes_from_hit_to_hit_and_opens_what_is_folded(tmp_path: Path) -> None:
    pieces = [text(601, "nee"), text(602, "dle")]
    lines = [START, *infos(2, 300), call(301), result(302, output="a\nneedle\nb"), *infos(303, 600), *pieces]
    async with showing(run_of(tmp_path, *lines)) as shown:
        await shown.press("slash", *"needle", "enter")
        await shown.until(lambda: shown.view.entry is not None and shown.view.entry.row.seq == 301)
        assert any("needle" in row for row in shown.log)
        strips = [shown.view.render_line(y) for y in range(shown.view.size.height)]
        assert {text for strip in strips for text, style, _ in strip if style and style.reverse} == {"needle"}
        await shown.until(lambda: "hit 1 of 2" in shown.bottom)
        await go(shown, "n", 601)
        await shown.until(lambda: "hit 2 of 2" in shown.bottom)
        await go(shown, "N", 301)
        assert not shown.view.follows


async def test_of_hits_beyond_those_that_are_counted_it_is_said_that_there_are_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_file, "MAX_HITS", 3)
    remarks = [line(seq, "info", message=f"remark {seq}", more="x" * 5000) for seq in range(2, 600)]
    async with showing(run_of(tmp_path, START, *remarks)) as shown:
        await shown.press("slash", *"remark", "enter")
        await shown.until(lambda: "hit 1 of more than " in shown.bottom)
        await shown.press("G", "N")
        await shown.until(lambda: re.match(r"more than [\d,]+ hits ·", shown.bottom))


async def test_an_invalid_pattern_and_a_word_that_is_absent_are_said(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, START, *infos(2, 30))) as shown:
        await shown.press("slash", "left_parenthesis", "enter")
        await shown.until(lambda: "invalid regular expression" in shown.bottom)
        assert "--" not in shown.bottom
        await shown.press("slash", *"absent", "enter")
        await shown.until(lambda: "no hits" in shown.bottom)


async def test_a_place_is_gone_to_by_number_and_by_age(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 900))
    async with showing(path) as shown:
        await shown.press("colon", *"300", "enter")
        await shown.until(lambda: shown.view.entry is not None and shown.view.entry.row.seq == 300)
        assert "event 300 of 900" in shown.bottom
        await shown.press("pagedown", "pageup", "pageup")
        assert " of 900" in shown.bottom
        await shown.press("colon", *"nowhere", "enter")
        await shown.until(lambda: "no such place" in shown.bottom)


async def test_thinking_and_heartbeats_are_hidden_and_shown(tmp_path: Path) -> None:
    lines = [
        START,
        line(2, "thinking", text="hmm", message="m", block=0),
        line(3, "heartbeat", elapsed_s=5.0, idle_s=1.0),
    ]
    async with showing(run_of(tmp_path, *lines)) as shown:
        assert "hmm" in shown.log[-1]
        await shown.press("t")
        await shown.until(lambda: "hmm" not in shown.log[-1])
        assert "without thinking" in shown.bottom
        await shown.press("h")
        await shown.until(lambda: "heartbeat" in shown.log[-1])


async def test_one_agent_alone_is_shown(tmp_path: Path) -> None:
    begin = line(3, "subagent_start", id="a", tool_use_id="t1", agent_type="Explore", description="Look around")
    inside = call(4, "t2", command="ls", parent="t1")
    lines = [START, call(2, "t1", "Task", "x"), begin, inside, line(5, "info", message="of the main agent")]
    async with showing(run_of(tmp_path, *lines), size=(120, 20)) as shown:
        await shown.until(lambda: any("Look around" in row for row in shown.lines("#tree")))
        assert any("Explore: Look around" in row for row in shown.log)
        await shown.press("k", "a")
        await shown.until(lambda: not any("of the main agent" in row for row in shown.log))
        assert any("ls" in row for row in shown.log)
        assert "agent Explore: Look around" in shown.bottom
        await shown.press("a")
        await shown.until(lambda: any("of the main agent" in row for row in shown.log))


async def test_a_filter_of_the_command_line_holds(tmp_path: Path) -> None:
    lines = [START, *infos(2, 5), call(6), result(7), *infos(8, 9)]
    async with showing(run_of(tmp_path, *lines), choice=Filter(types=frozenset({"tool_use"}))) as shown:
        assert len(shown.log) == 1
        assert "only tool_use" in shown.bottom


async def test_without_content_no_text_of_the_run_is_on_the_screen(tmp_path: Path) -> None:
    lines = [
        START,
        call(2, command="SECRET"),
        result(3, output="SECRET"),
        line(4, "thought", text="SECRET", message="m", block=0),
    ]
    async with showing(run_of(tmp_path, *lines), content=False) as shown:
        await shown.press("Z")
        everything = "\n".join([*shown.log, shown.top, shown.bottom])
        assert "Bash" in everything
        assert "SECRET" not in everything
        for key in ("enter", "J"):
            await shown.press(key)
            await shown.until(lambda: any(shown.lines("#detail")))
            assert "SECRET" not in "\n".join(shown.lines("#detail"))


async def test_hostile_text_acts_nowhere(tmp_path: Path) -> None:
    evil = "\x1b[2J\x1b]0;title\x07\u202eabc\r\b"
    lines = [
        line(1, "run_start", about=evil, project_dir=evil, format=1),
        call(2, command=evil), result(3, output=evil), text(4, evil), line(5, evil, x=evil),
        line(6, "prompt", text=evil, source=evil),
        line(7, "subagent_start", id=evil, tool_use_id="t1", agent_type=evil, description=evil),
    ]  # fmt: skip
    async with showing(run_of(tmp_path, *lines), size=(120, 40)) as shown:
        await shown.press("Z")
        await shown.until(lambda: any("title" in row for row in shown.lines("#tree")))
        shown_texts = "\n".join(row for name in ("#log", "#tree", "#top", "#bottom") for row in shown.lines(name))
        await shown.press("enter")
        await shown.until(lambda: any("title" in row for row in shown.lines("#detail")))
        shown_texts += "\n".join(shown.lines("#detail"))
        assert not {"\x1b", "\x07", "\u202e", "\r", "\b"} & set(shown_texts)


async def test_a_truncated_run_is_read_again(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 60))
    async with showing(path) as shown:
        path.write_bytes(START + line(2, "info", message="other content"))
        await shown.until(lambda: shown.log and "other content" in shown.log[-1])
        assert len(shown.view.items) == 2


async def test_a_run_that_replaces_another_is_read(tmp_path: Path) -> None:
    path = run_of(tmp_path, START, *infos(2, 60))
    other = tmp_path / "other"
    async with showing(path) as shown:
        other.write_bytes(START + line(2, "info", message="other content"))
        other.rename(path)
        await shown.until(lambda: shown.log and "other content" in shown.log[-1])


async def test_an_event_is_copied_and_so_is_the_command_that_shows_it(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, START, *infos(2, 9))) as shown:
        await shown.press("Y")
        assert shown.app.clipboard == f"observe tail {RUN} --from-seq 9"
        await shown.press("y")
        assert "remark 9" in shown.app.clipboard


@pytest.mark.parametrize("size", [(1, 1), (1, 20), (2, 3), (20, 5), (60, 20), (100, 20), (200, 50)])
async def test_it_fits_on_any_screen(tmp_path: Path, size: tuple[int, int]) -> None:
    markdown = "日本語 " * 30 + "\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nx = 1\n```"
    lines = [START, text(2, markdown), call(3, command="x" * 300), result(4, output="y" * 500), *infos(5, 20)]
    async with showing(run_of(tmp_path, *lines), size=size) as shown:
        await shown.press("Z", "g", "pagedown", "j", "enter", "J", "w", "right", "q", "question_mark", "q", "t", "G")
        await shown.until(lambda: shown.view.follows)


@pytest.mark.parametrize("size", [(40, 20), (40, 30), (200, 12), (100, 40)])
async def test_the_end_stays_on_the_screen_if_that_changes_its_size(tmp_path: Path, size: tuple[int, int]) -> None:
    lines = [line(seq, "info", message=f"remark {seq} {'and more words ' * 9}") for seq in range(2, 60)]
    async with showing(run_of(tmp_path, START, *lines), size=(100, 30)) as shown:
        await shown.pilot.resize_terminal(*size)
        await shown.pilot.pause()
        assert any("remark 59" in row for row in shown.log)
        assert shown.view.view.is_at_end


async def test_what_is_at_the_top_stays_there_when_the_screen_changes_its_size(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, START, *infos(2, 200))) as shown:
        await shown.press("pageup", "pageup")
        first = remark(shown.log[0])
        await shown.pilot.resize_terminal(60, 12)
        await shown.pilot.pause()
        assert remark(shown.log[0]) == first


async def test_the_zone_is_changed(tmp_path: Path) -> None:
    other = Zone("Asia/Tokyo", ZoneInfo("Asia/Tokyo"))
    async with showing(run_of(tmp_path, START, *infos(2, 9)), zone=other) as shown:
        before = shown.log[-1]
        await shown.press("u")
        assert shown.log[-1] != before
        assert " JST" in shown.bottom
        await shown.press("u")
        assert shown.log[-1] == before


async def test_the_keys_that_move_do_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "empty.ndjson"
    path.write_bytes(b"")
    async with showing(tmp_path) as shown:
        await shown.until(lambda: isinstance(screen := shown.app.screen, RunsScreen) and screen.list.items)
        await shown.press("enter")
        await shown.until(lambda: shown.app.screen.query("#log"))
        await shown.press("j", "k", "g", "G", "pagedown", "pageup", "enter", "tab", "e", "n", "escape")
        assert shown.app.return_code is None


async def test_escape_goes_back_and_never_ends_the_program(tmp_path: Path) -> None:
    async with showing(run_of(tmp_path, line(1, "run_start"), line(2))) as shown:
        await shown.press("enter", "escape", "escape", "escape")
        assert shown.app.is_running
        await shown.press("q")
        assert shown.app.return_code == 0


async def test_what_became_of_a_run_is_known_as_soon_as_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_arguments: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("observer.terminal.ui.run_screen.RunFollower.run", never)
    path = run_of(tmp_path, line(1, "run_start"), line(2, "complete", outcome="failed", message="no time left"))
    async with showing(path) as shown:
        assert shown.app.observed is not None
        assert shown.app.observed.status.verdict == "failed"
