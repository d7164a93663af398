"""Copies of several sessions: how much of them is converted, and what stays open.

Tests observer.source.sessions.session, too.
"""

import errno
import gc
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from observer.dialects.prices import Prices
from observer.source import file_reader
from observer.source.sessions import run_copy
from observer.source.sessions.claude_home import ClaudeHome
from observer.source.sessions.copy_cache import CopyCache
from observer.source.sessions.copying import SessionCopies
from observer.source.sessions.session import Session
from observer.source.sessions.session_copier import SessionCopier
from observer.source.sessions.session_names import session_of
from tests.helpers import LIMIT_S, append, wait_until
from tests.observer.source.sessions.claude_files import (
    SESSION,
    WHOLE,
    answer,
    call,
    prompt,
    register,
    result,
    text,
    write_session,
)

MANY_TURNS = b"".join(
    prompt(1, f"Prompt {number}.", uuid=f"p{number}")
    + call(2, f"t{number}", uuid=f"c{number}")
    + result(3, f"t{number}", "x" * 3000, uuid=f"r{number}")
    + text(4, f"Answer {number}.", uuid=f"a{number}")
    for number in range(1000)
)
"""More bytes than are converted for the last events."""
COST = (
    json.dumps({"type": "cost-state", "totalCostUSD": 1.5, "modelUsage": {"m": {"inputTokens": 70}}}).encode() + b"\n"
)
Made = Callable[..., SessionCopies]


def open_files() -> int:
    """Return how many files are open, without those of earlier tests that nobody has collected yet."""
    gc.collect()
    return len(os.listdir("/dev/fd"))


@pytest.fixture
def copies(tmp_path: Path) -> Iterator[Made]:
    """Makes the copies of the sessions in Claude Code's directory."""
    (tmp_path / "copies").mkdir()
    home = ClaudeHome(tmp_path)
    made: list[SessionCopies] = []

    def make(**options: Any) -> SessionCopies:
        found = SessionCopies(
            tmp_path / "copies", lambda: [session_of(home, path) for path in home.sessions()], Prices(), **options
        )
        made.append(found)
        found.update()
        return found

    yield make
    for each in made:
        each.close()


def events(home: Path, session: str = SESSION) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "copies" / f"{session}.ndjson").read_bytes().splitlines()]


def without_numbers(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in event.items() if key != "seq"} for event in listed]


def test_the_last_events_are_those_of_the_whole_session(tmp_path: Path, copies: Made) -> None:
    write_session(tmp_path, MANY_TURNS + prompt(50, "And now?"))
    copies()
    whole = events(tmp_path)
    copies(last=50)
    part = events(tmp_path)
    assert len(part) < len(whole) / 2
    assert without_numbers(part[-150:]) == without_numbers(whole[-150:])
    assert part[0]["data"] == whole[0]["data"]
    assert part[0]["data"]["about"] == "Prompt 0."


def test_what_sums_up_lines_that_were_left_out_is_not_known_unless_the_program_says_it(
    tmp_path: Path, copies: Made
) -> None:
    session = write_session(tmp_path, MANY_TURNS)
    copies()
    assert events(tmp_path)[-1]["data"]["tokens"]["input"] == 20
    copies(last=50)
    assert events(tmp_path)[-1]["data"]["tokens"] is None
    append(session, COST)
    copies(last=50)
    ended, complete = events(tmp_path)[-2:]
    assert (ended["data"]["tokens"]["input"], ended["data"]["cost_usd"]) == (70, 1.5)
    assert "turns" not in ended["data"]
    assert (complete["data"]["tokens"]["input"], complete["data"]["cost_usd"]) == (70, 1.5)


def test_a_session_with_too_few_events_at_its_end_is_converted_whole(tmp_path: Path, copies: Made) -> None:
    snapshot = b'{"type":"file-history-snapshot","data":"' + b"x" * 100_000 + b'"}\n'
    write_session(tmp_path, WHOLE + snapshot * 12 + text(9, "More."))
    copies(last=1)
    assert "tool_use" not in [event["type"] for event in events(tmp_path)[-3:]]
    copies(last=5)
    types = [event["type"] for event in events(tmp_path)]
    assert (types[0], types.count("run_start"), types.count("tool_use")) == ("run_start", 1, 1)
    assert [event["seq"] for event in events(tmp_path)] == list(range(1, len(types) + 1))
    assert events(tmp_path)[-1]["data"]["tokens"]["input"] == 30


def test_a_session_with_a_subagent_at_its_end_is_converted_whole(tmp_path: Path, copies: Made) -> None:
    given: dict[str, object] = {"description": "Look", "prompt": "Look.", "subagent_type": "Explore"}
    turns = MANY_TURNS.splitlines(keepends=True)
    turns.insert(len(turns) // 2, call(2, "agent-call", "Agent", given))
    session = write_session(tmp_path, b"".join(turns))
    directory = session.with_suffix("") / "subagents"
    directory.mkdir(parents=True)
    (directory / "agent-a1.meta.json").write_text(json.dumps({"agentType": "Explore", "toolUseId": "agent-call"}))
    block: dict[str, object] = {"type": "text", "text": "Nothing here."}
    (directory / "agent-a1.jsonl").write_bytes(answer(3, block, "end_turn", isSidechain=True, agentId="a1"))
    for file in directory.iterdir():
        os.utime(file, (2e9, 2e9))
    copies(last=50)
    said = [event["parent"] for event in events(tmp_path)].index("agent-call")
    assert "tool_use" in [event["type"] for event in events(tmp_path)[said:]]
    for file in directory.iterdir():
        os.utime(file, (0, 0))
    copies(last=50)
    assert {event["parent"] for event in events(tmp_path)} == {None}


def test_an_excerpt_goes_on_as_the_session_does(tmp_path: Path, copies: Made) -> None:
    session = write_session(tmp_path, MANY_TURNS)
    found = copies(last=50, follows=True)
    count = len(events(tmp_path))
    append(session, prompt(50, "And now?", uuid="last"))
    found.update()
    assert [event["type"] for event in events(tmp_path)[count:]] == ["info", "prompt"]


def test_sessions_that_are_only_listed_and_not_at_work_leave_no_file_open(tmp_path: Path, copies: Made) -> None:
    cache = CopyCache(tmp_path / "cache", Prices())
    before = open_files()
    for number in range(20):
        write_session(tmp_path, session=f"s{number}")
    found = copies(ends=True, cache=cache)
    assert (found.count, open_files()) == (20, before)
    again = copies(ends=True, cache=cache)
    assert (again.count, open_files()) == (20, before)
    assert events(tmp_path, "s7")[-1]["type"] == "complete"


def test_few_sessions_that_are_followed_stay_open_and_of_many_only_a_few(tmp_path: Path, copies: Made) -> None:
    before = open_files()
    for number in range(20):
        write_session(tmp_path, session=f"s{number}")
    copies(follows=True)
    assert before < open_files() < before + 20


def test_two_sessions_with_one_id_have_a_copy_each(tmp_path: Path, copies: Made) -> None:
    sessions = [write_session(tmp_path, project=project) for project in ("/home/me/thing", "/home/me/renamed")]
    assert copies().count == 2
    copied = [events(tmp_path), events(tmp_path, f"{SESSION}-2")]
    assert {start["data"]["recorded_from"] for start, *_ in copied} == set(map(str, sessions))
    assert copied[0][1:] == copied[1][1:]


def test_a_session_that_is_asked_for_is_copied_whole_and_others_are_not(tmp_path: Path, copies: Made) -> None:
    write_session(tmp_path, MANY_TURNS)
    session = write_session(tmp_path, MANY_TURNS, session="asked")
    found = copies(ends=True, follows=True, cache=CopyCache(tmp_path / "cache", Prices()))
    assert len(events(tmp_path)) == len(events(tmp_path, "asked")) < 100
    for _ in range(2):
        found.complete(tmp_path / "copies" / "asked.ndjson")
        found.update()
        assert [event["data"]["text"] for event in events(tmp_path, "asked") if event["type"] == "prompt"] == [
            f"Prompt {number}." for number in range(1000)
        ]
    append(session, prompt(50, "And now?", uuid="last"))
    found.update()
    assert events(tmp_path, "asked")[-1]["data"]["text"] == "And now?"
    assert len(events(tmp_path)) < 100
    found.complete(tmp_path / "copies" / "unknown.ndjson")


def test_a_session_that_cannot_be_copied_whole_is_copied_as_before(
    tmp_path: Path, copies: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_session(tmp_path, MANY_TURNS)
    found = copies(ends=True, follows=True)
    before = events(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(run_copy, "write_at", fail)
        with pytest.raises(OSError, match="No space left"):
            found.complete(tmp_path / "copies" / f"{SESSION}.ndjson")
    found.update()
    assert events(tmp_path) == before


@pytest.mark.parametrize("is_changed", [True, False])
def test_a_copy_from_the_cache_is_followed_once_its_session_goes_on(
    tmp_path: Path, copies: Made, is_changed: bool
) -> None:
    cache, session = CopyCache(tmp_path / "cache", Prices()), write_session(tmp_path)
    copies(ends=True, cache=cache)
    found = copies(ends=True, follows=True, cache=cache)
    copy = tmp_path / "copies" / f"{SESSION}.ndjson"
    before, opened, written = events(tmp_path), open_files(), copy.stat().st_ctime_ns
    found.update()
    assert (events(tmp_path), open_files()) == (before, opened)
    assert copy.stat().st_ctime_ns == written
    if is_changed:
        append(session, prompt(50, "And now?"))
    else:
        register(tmp_path, os.getpid())

    def last() -> str:
        found.update()
        return str(events(tmp_path)[-1]["type"])

    wait_until(lambda: last() == ("prompt" if is_changed else "heartbeat"))
    with copy.open("rb") as viewed:
        append(session, prompt(51, "And now?"))
        found.update()
        assert os.fstat(viewed.fileno()).st_nlink == 1
    assert [event["type"] for event in events(tmp_path)[1:7]] == [event["type"] for event in before[1:7]]


def test_a_copy_of_an_earlier_command_in_the_same_directory_is_replaced(tmp_path: Path, copies: Made) -> None:
    write_session(tmp_path, WHOLE)
    (tmp_path / "copies" / f"{SESSION}.ndjson").write_bytes(b"left over\n" * 9999)
    register(tmp_path, os.getpid())
    copies(ends=True, follows=True)
    assert events(tmp_path)[0]["type"] == "run_start"


def test_a_session_that_cannot_be_read_any_more_is_shown_as_such_and_the_others_go_on(
    tmp_path: Path, copies: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_session(tmp_path, prompt(1, "Hello."), session=f"s{number}") for number in range(9)]
    found = copies(follows=True)
    parked = next(path for path, copier in found._copiers.items() if not copier.open_files())
    other, copy = paths[paths[0] == parked], tmp_path / "copies" / f"{parked.stem}.ndjson"
    open_regular = file_reader.open_regular_file

    def refuse(path: Path) -> tuple[int, os.stat_result]:
        if path == parked:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return open_regular(path)

    for path in (parked, other):
        append(path, prompt(2, "And now?", uuid="more"))
    with monkeypatch.context() as patch:
        patch.setattr(file_reader, "open_regular_file", refuse)
        for _ in range(2):
            found.update()
        assert (copy.read_bytes(), found.unread[copy].strerror) == (b"", os.strerror(errno.EACCES))
        assert events(tmp_path, other.stem)[-1]["data"]["text"] == "And now?"
    found.update()
    assert not found.unread
    assert [event["data"]["text"] for event in events(tmp_path, parked.stem) if event["type"] == "prompt"] == [
        "Hello.", "And now?"
    ]  # fmt: skip


def test_sessions_are_copied_while_another_one_is_completed(
    tmp_path: Path, copies: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = (write_session(tmp_path, MANY_TURNS, session=name) for name in ("other", "asked"))
    found = copies(ends=True, follows=True)
    entered, released, open_session = threading.Event(), threading.Event(), found._open

    def wait_for_release(session: Session) -> SessionCopier | None:
        if session.id == "asked":
            entered.set()
            assert released.wait(LIMIT_S)
        return open_session(session)

    monkeypatch.setattr(found, "_open", wait_for_release)
    with ThreadPoolExecutor(2) as pool:
        completing = pool.submit(found.complete, tmp_path / "copies" / "asked.ndjson")
        try:
            assert entered.wait(LIMIT_S)
            append(path, prompt(50, "And now?", uuid="last"))
            pool.submit(found.update).result(LIMIT_S)
            assert events(tmp_path, "other")[-1]["data"]["text"] == "And now?"
        finally:
            released.set()
        completing.result(LIMIT_S)
    assert len(events(tmp_path, "asked")) > 1000


@pytest.mark.parametrize("follows", [True, False])
def test_what_was_copied_of_a_session_stays_when_its_file_is_removed(
    tmp_path: Path, copies: Made, follows: bool
) -> None:
    session = write_session(tmp_path, MANY_TURNS)
    found = copies(follows=follows)
    before = events(tmp_path)
    session.unlink()
    found.update()
    assert events(tmp_path) == before
