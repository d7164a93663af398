"""Sessions of Claude Code by path and by address, through the commands, as they are and as they grow.

Tests `observer.source.sessions.copying` too.
"""

import fcntl
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from observer.cli.addresses import session_mirror
from observer.cli.addresses.session_mirror import mirrored_address
from observer.dialects.prices import Prices
from observer.errors import UnreadableError
from observer.source.items import Follow
from observer.source.mirror import CopyRequest, LocalRun, RunCount
from observer.source.sessions.copying import SessionCopies
from observer.source.sessions.session import Session
from observer.terminal import background
from observer.terminal.background import Background
from tests.helpers import LIMIT_S, append, wait_until
from tests.observer.cli.conftest import Finished
from tests.observer.dialects.codex import rollouts
from tests.observer.observing import START, SUCCESS, Observe
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
from tests.observer.source.sessions.codex_files import CHILD, MAIN, rollout
from tests.observer.source.test_translated import STREAM

Run = Callable[..., Observe]


def lines_of(*records: rollouts.Record) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Claude Code's directory."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "claude"


def test_a_session_is_shown_like_any_run(observe: Run, home: Path) -> None:
    viewer = observe("tail", "--no-follow", "--utc", str(write_session(home)))
    assert viewer.ends() == 0
    out = viewer.out.decode()
    assert "▸ Count the lines." in out
    assert "Bash  wc -l a.txt" in out
    assert "It has seven lines." in out
    assert "✓ complete" in out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "claude:204a"], 0, "complete"),
        (["compare", "claude:204a", "claude:204a"], 0, "did the same"),
        (["list", "claude:"], 0, "complete"),
        (["wait", "claude:204a"], 0, ""),
        (["check", "claude:204a"], 0, ""),
        (["report", "--format", "md", "claude:204a"], 0, "Bash"),
        (["tail", "--no-follow", "-o", "text", "--type", "tool_use", "claude:all"], 0, "wc -l"),
    ],
)
def test_every_command_takes_an_address(observe: Run, home: Path, arguments: list[str], code: int, said: str) -> None:
    write_session(home)
    viewer = observe(*arguments)
    assert viewer.ends() == code, viewer.err
    assert said in viewer.out.decode()


def test_what_a_list_of_several_programs_prints_is_an_argument_of_other_commands(
    observe: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_session(home)
    codex = tmp_path / "codex"
    monkeypatch.setenv("CODEX_HOME", str(codex))
    append(rollout(codex, MAIN), lines_of(rollouts.context(), rollouts.asks(1, "Go")))
    viewer = observe("list", "claude:", "codex:")
    viewer.ends()
    names = [row.split()[0] for row in viewer.out.decode().splitlines()[1:]]
    assert sorted(name.partition(":")[0] for name in names) == ["claude", "codex"], viewer.err
    for name in names:
        shown = observe("show", "-o", "json", name)
        shown.ends()
        assert json.loads(shown.out)["file"] == name, shown.err


def test_records_of_unknown_types_are_findings(observe: Run, home: Path) -> None:
    session = write_session(home)
    session.write_text(session.read_text() + '{"type":"brand-new","sessionId":"x"}\n' * 2)
    viewer = observe("check", "claude:204a")
    assert viewer.ends() == 1
    assert "2 records of types that are not known: brand-new (2)" in viewer.out.decode()
    assert "1 finding" in viewer.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "claude:9"], 'no Claude Code session matches "9" (try: observe list claude:)'),
        (["show", "claude:"], "no Claude Code session of"),
        (["show", "claude:all"], "claude:all stands for many sessions"),
        (["list", "claude:204a"], "claude:204a is a single session"),
        (["tail", "claude:2"], '2 sessions match "2": '),
        (["list", "codex:"], "no Codex sessions in"),
    ],
)
def test_a_name_that_stands_for_no_session_is_explained(
    observe: Run, home: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(home))
    write_session(home)
    write_session(home, session="2-other")
    viewer = observe(*arguments)
    assert viewer.ends() == 2
    assert viewer.err.startswith(f"observe: {message}")
    assert viewer.err.count("\n") == 1


@pytest.mark.usefixtures("modes_count")
@pytest.mark.parametrize("by", ["address", "path"])
def test_a_session_that_may_not_be_read_is_not_waited_for(
    run_command: Callable[..., Finished], home: Path, by: str
) -> None:
    session = write_session(home)
    session.chmod(0)
    ended = run_command("tail", session if by == "path" else "claude:204a")
    assert (ended.code, f"cannot read {session} (Permission denied)" in ended.err) == (2, True)


@pytest.mark.usefixtures("modes_count")
def test_a_session_that_may_not_be_read_is_listed_as_unknown_with_the_reason(
    run_command: Callable[..., Finished], home: Path
) -> None:
    write_session(home, session="readable")
    session = write_session(home)
    session.chmod(0)
    listed = run_command("list", "-o", "json", "claude:")
    rows = {row["run"]: (row["verdict"], row["missing"]) for row in map(json.loads, listed.out.splitlines())}
    assert (listed.code, rows[SESSION]) == (2, ("unknown", "unreadable: permission denied"))
    assert listed.err == f"observe: cannot read {session} (Permission denied)\n"
    assert rows["readable"][0] == "complete"
    checked = run_command("check", "claude:all")
    assert (checked.code, f"cannot read claude:{SESSION} (Permission denied)" in checked.err) == (2, True)
    shown = run_command("tail", "--no-follow", "-o", "text", "claude:all")
    assert (shown.code, "cannot read claude:" in shown.out.decode() + shown.err) == (2, True), shown
    session.chmod(0o600)
    assert run_command("list", "claude:").code == 0


@pytest.mark.usefixtures("modes_count")
def test_a_subagent_that_may_not_be_read_does_not_hide_its_session(
    run_command: Callable[..., Finished], home: Path
) -> None:
    agent = write_session(home).with_suffix("") / "subagents" / "agent-a.jsonl"
    agent.parent.mkdir(parents=True)
    agent.write_bytes(prompt(2))
    agent.chmod(0)
    ended = run_command("tail", "--no-follow", "claude:204a")
    assert (ended.code, b"It has seven lines." in ended.out) == (0, True)
    assert ended.out.count(b"cannot read agent-a.jsonl (Permission denied)") == 1


def test_raw_lines_are_those_of_the_other_program(run_command: Callable[..., Finished], home: Path) -> None:
    session = write_session(home)
    stream = home / "stream.jsonl"
    stream.write_bytes(STREAM)
    for name in ("claude:204a", session):
        assert run_command("tail", "--no-follow", "--raw", name) == (0, WHOLE, "")
    assert run_command("tail", "--raw", "-", stdin=stream).out == STREAM
    assert run_command("tail", "--no-follow", "--raw", "-n", "1", session).out == WHOLE.splitlines(keepends=True)[-1]
    refused = run_command("tail", "--raw", "claude:all")
    assert (refused.code, "--raw prints the file of one" in refused.err) == (2, True)


def test_the_newest_session_of_the_working_directory_needs_no_name(observe: Run, home: Path, tmp_path: Path) -> None:
    write_session(home, WHOLE.replace(b"seven", b"other"), session="z")
    write_session(home, project=str(tmp_path))
    viewer = observe("tail", "--no-follow", "-o", "text", "claude:", cwd=tmp_path)
    assert viewer.ends() == 0
    assert b"seven lines" in viewer.out


def test_new_lines_are_followed_and_the_end_of_the_process_ends_the_viewer(observe: Run, home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        session = write_session(home, prompt(1) + call(2, "t1"))
        register(home, process.pid)
        viewer = observe("tail", "-o", "json", "claude:204a")
        wait_until(lambda: b'"type":"tool_use"' in viewer.out)
        append(session, result(3, "t1", "7 a.txt"))
        wait_until(lambda: b'"type":"tool_result"' in viewer.out)
        register(home, process.pid, status="waiting", waitingFor="permission prompt")
        wait_until(lambda: b'"waiting_on_human"' in viewer.out)
        append(session, text(4, "Seven."))
        process.kill()
    assert viewer.ends() == 0
    last = json.loads(viewer.out.splitlines()[-1])
    assert (last["type"], last["data"]["outcome"]) == ("complete", "success")


def test_a_process_that_is_killed_in_the_middle_of_a_turn_has_crashed(observe: Run, home: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as process:
        write_session(home, prompt(1) + call(2, "t1"))
        register(home, process.pid)
        viewer = observe("tail", "--utc", "claude:204a")
        wait_until(lambda: b"wc -l a.txt" in viewer.out)
        process.kill()
    assert viewer.ends() == 4
    assert "crashed" in viewer.out.decode() + viewer.err


def test_a_subagent_whose_file_appears_later_is_shown(observe: Run, home: Path) -> None:
    given: dict[str, object] = {"description": "Look", "prompt": "Look around.", "subagent_type": "Explore"}
    session = write_session(home, prompt(1) + call(2, "t1", "Agent", given))
    register(home, os.getpid())
    viewer = observe("tail", "-o", "json", str(session))
    wait_until(lambda: b'"type":"tool_use"' in viewer.out)
    directory = session.with_suffix("") / "subagents"
    directory.mkdir(parents=True)
    meta = {"agentType": "Explore", "description": "Look", "toolUseId": "t1"}
    (directory / "agent-a1.meta.json").write_text(json.dumps(meta))
    block: dict[str, object] = {"type": "text", "text": "Nothing here."}
    (directory / "agent-a1.jsonl").write_bytes(
        prompt(3, "Look around.", isSidechain=True, agentId="a1")
        + answer(4, block, "end_turn", isSidechain=True, agentId="a1")
    )
    said = wait_until(lambda: [line for line in viewer.out.splitlines() if b"Nothing here." in line])
    assert json.loads(said[0])["parent"] == "t1"
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130


def test_a_subagent_of_codex_that_begins_later_is_shown_below_its_call(
    observe: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "codex"
    monkeypatch.setenv("CODEX_HOME", str(home))
    main = rollout(home, MAIN)
    append(
        main,
        lines_of(rollouts.context(), rollouts.asks(1, "Go"), rollouts.calls(2, "spawn_agent", "c1", message="Look")),
    )
    append(main, lines_of(rollouts.answers(3, "c1", json.dumps({"agent_id": CHILD}))))
    lock = home / "thread-writer-locks" / f"{MAIN}.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        viewer = observe("tail", "-o", "json", f"codex:{MAIN}")
        wait_until(lambda: b'"type":"subagent_start"' in viewer.out)
        append(rollout(home, CHILD, MAIN), lines_of(rollouts.asks(4, "Look"), rollouts.says(5, "Nothing here.")))
        said = wait_until(lambda: [line for line in viewer.out.splitlines() if b"Nothing here." in line])
        assert json.loads(said[0])["parent"] == "c1"
        viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130


def test_a_list_that_is_watched_shows_a_session_that_begins(observe: Run, home: Path) -> None:
    write_session(home)
    viewer = observe("list", "--watch", "-o", "json", "claude:")
    wait_until(lambda: SESSION.encode() in viewer.out)
    write_session(home, session="2-other")
    wait_until(lambda: b'"2-other"' in viewer.out)
    viewer.process.send_signal(signal.SIGINT)
    assert viewer.ends() == 130


def test_the_page_has_a_row_of_every_session_and_all_of_the_one_that_is_opened(
    observe: Run, home: Path, tmp_path: Path
) -> None:
    long = b"".join(prompt(1, f"Prompt {number}: {'x' * 500}", uuid=f"p{number}") for number in range(200))
    for session in ("opened", "other"):
        write_session(home, long + WHOLE, session=session)
    server = observe("serve", "claude:", "--port", "0", "--spool", str(tmp_path / "spool"))
    server.shows("serving")
    (url,) = re.findall(r"http://127\.0\.0\.1:\d+/", server.err)

    def get(path: str) -> bytes:
        with urlopen(Request(f"{url}api/{path}", headers={"Accept": "application/x-ndjson"})) as answer:
            data: bytes = answer.read()
        return data

    wait_until(lambda: get("runs").count(b'"verdict":"complete"') == 2)
    assert get("runs/opened/events?follow=0").count(b'"type":"prompt"') == 201
    assert (tmp_path / "spool" / "other.ndjson").read_bytes().count(b'"type":"prompt"') < 150


@pytest.mark.usefixtures("modes_count")
def test_a_session_that_may_not_be_read_is_not_opened_for_the_page(home: Path) -> None:
    session = write_session(home)
    session.chmod(0)
    request = CopyRequest(runs=RunCount.ALL, follow=Follow.FILE, on_demand=True)
    with mirrored_address("claude:", request) as local:
        copy = Path(local.name) / f"{SESSION}.ndjson"
        wait_until(lambda: local.display_names.unread(copy))
        with pytest.raises(UnreadableError, match=rf"cannot read {session} \(Permission denied\)"):
            local.complete(copy)


def test_a_stream_on_standard_input_is_shown_as_it_comes(observe: Run) -> None:
    reader, writer = os.pipe()
    viewer = observe("tail", "-o", "json", "-", stdin=reader)
    os.close(reader)
    records = STREAM.splitlines(keepends=True)
    os.write(writer, records[0] + records[1])
    wait_until(lambda: b"Hi." in viewer.out)
    os.write(writer, records[2])
    os.close(writer)
    assert viewer.ends() == 0
    assert json.loads(viewer.out.splitlines()[-1])["type"] == "complete"


def test_sessions_of_several_programs_and_runs_are_listed_together_newest_first(
    observe: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    for age, session in ((300, "0-first"), (100, "1-last"), (200, "2-second")):
        os.utime(write_session(home, session=session), (time.time() - age, time.time() - age))
    runs = tmp_path / "runs"
    runs.mkdir()
    (runs / "20261123T011230Z-7f3a9c.ndjson").write_bytes(START + SUCCESS)
    viewer = observe("list", "-o", "json", "-n", "2", "claude:")
    assert viewer.ends() == 0
    assert [json.loads(line)["name"] for line in viewer.out.splitlines()] == ["1-last", "2-second"]
    viewer = observe("list", "-o", "json", "--all", cwd=tmp_path)
    assert viewer.ends() == 0
    names = [json.loads(line)["name"] for line in viewer.out.splitlines()]
    assert sorted(names) == ["0-first", "1-last", "2-second", "20261123T011230Z-7f3a9c"]


@pytest.mark.usefixtures("modes_count")
def test_a_program_whose_sessions_cannot_be_read_is_named_beside_the_others(
    run_command: Callable[..., Finished], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codex = tmp_path / "codex"
    monkeypatch.setenv("CODEX_HOME", str(codex))
    append(rollout(codex, MAIN), lines_of(rollouts.context(), rollouts.asks(1, "Go")))
    write_session(home)
    (home / "projects").chmod(0)
    said = f"observe: cannot read the Claude Code sessions in {home} (Permission denied)\n"
    try:
        listed = run_command("list", "-o", "json", "--all")
        named = run_command("list", "claude:", "codex:")
        (codex / "sessions").chmod(0)
        nothing = run_command("list", "--all")
    finally:
        for directory in (home / "projects", codex / "sessions"):
            directory.chmod(0o700)
    assert [json.loads(line)["name"] for line in listed.out.splitlines()] == [MAIN]
    assert (listed.code, listed.err) == (2, said)
    assert (named.code, named.out, named.err) == (2, b"", said)
    assert (nothing.code, nothing.out) == (2, b"")
    assert "cannot read the Claude Code sessions" in nothing.err
    assert "cannot read the Codex sessions" in nothing.err


def test_a_directory_without_runs_says_what_there_is_to_see(observe: Run, home: Path, tmp_path: Path) -> None:
    write_session(home)
    viewer = observe("list", cwd=tmp_path, env={"CODEX_HOME": str(tmp_path / "codex")})
    assert viewer.ends() == 2
    assert viewer.err == (
        "observe: cannot list runs (No such file or directory); see 1 session with: observe list claude:\n"
    )


def test_a_list_says_the_same_when_the_sessions_have_not_changed_and_what_is_new_otherwise(
    observe: Run, home: Path
) -> None:
    session = write_session(home)

    def listed() -> dict[str, object]:
        viewer = observe("list", "-o", "json", "claude:")
        assert viewer.ends() == 0
        row = json.loads(viewer.out)
        return {key: value for key, value in row.items() if key != "silent_s"}

    first = listed()
    assert listed() == first
    append(session, prompt(20) + call(21, "t2"))
    assert listed()["verdict"] == "unknown"
    register(home, os.getpid())
    assert listed()["verdict"] == "in tool"


def test_a_list_of_sessions_whose_copies_are_kept_needs_no_room(
    run_command: Callable[..., Finished], home: Path
) -> None:
    write_session(home, prompt(1, "x" * 5000) + WHOLE)
    first = run_command("list", "claude:")
    limited = ["prlimit", "--fsize=4000", sys.executable, "-B", "-m", "observer", "list", "claude:"]
    done = subprocess.run(limited, capture_output=True, check=False, timeout=LIMIT_S)
    assert (first.code, done.returncode, done.stderr) == (0, 0, b"")


WITHOUT_LINKS = """
import errno, os
def link(*_): raise OSError(errno.EXDEV, "Invalid cross-device link")
os.link = link
from observer.__main__ import main
main()
"""
"""Runs a command as if the cache were on another file system than the temporary directory."""


def test_a_full_disk_ends_a_list_whose_copies_are_kept_elsewhere(
    run_command: Callable[..., Finished], home: Path
) -> None:
    write_session(home, prompt(1, "x" * 5000) + WHOLE)
    assert run_command("list", "claude:").code == 0
    limited = ["prlimit", "--fsize=4000", sys.executable, "-B", "-c", WITHOUT_LINKS, "list", "claude:"]
    done = subprocess.run(limited, capture_output=True, check=False, timeout=LIMIT_S)
    assert (done.returncode, done.stderr.startswith(b"observe: no room for copies")) == (2, True), done.stderr


@pytest.mark.parametrize("command", [["tail"], ["show"], ["tail", "--no-follow"]])
def test_a_full_disk_ends_a_command_with_a_sentence(home: Path, command: list[str]) -> None:
    session = write_session(home, WHOLE + prompt(20, "x" * 5000))
    register(home, os.getpid())
    limited = ["prlimit", "--fsize=4000", sys.executable, "-B", "-m", "observer", *command, str(session)]
    done = subprocess.run(limited, capture_output=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 2, done.stderr
    assert re.fullmatch(
        rb"observe: no room for copies of sessions in /\S+ \(File too large\); free space, .*\n", done.stderr
    )
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["show"], "complete"),
        (["tail", "--utc"], "It has seven lines."),
        (["check"], ""),
        (["report", "--format", "md"], "Bash"),
        (["wait"], "complete"),
    ],
)
def test_a_compressed_session_is_read_like_one_that_is_not(
    run_command: Callable[..., Finished], home: Path, command: list[str], said: str
) -> None:
    packed = home.parent / "s.jsonl.gz"
    packed.write_bytes(gzip.compress(WHOLE))
    ended = run_command(*command, packed)
    assert (ended.code, said in ended.out.decode()) == (0, True), ended
    assert SESSION in run_command("show", "-o", "json", packed).out.decode()


def test_of_a_compressed_session_the_last_events_and_the_lines_as_they_are_can_be_asked_for(
    run_command: Callable[..., Finished], tmp_path: Path
) -> None:
    packed = tmp_path / "s.jsonl.gz"
    packed.write_bytes(gzip.compress(WHOLE))
    last = run_command("tail", "-n", "1", "-o", "json", packed).out.splitlines()
    assert [json.loads(line)["type"] for line in last] == ["complete"]
    assert run_command("tail", "--raw", packed) == (0, WHOLE, "")


def test_a_compressed_session_in_the_middle_of_a_turn_is_unknown(
    run_command: Callable[..., Finished], tmp_path: Path
) -> None:
    packed = tmp_path / "s.jsonl.gz"
    packed.write_bytes(gzip.compress(WHOLE[: WHOLE.index(b"seven")]))
    shown = run_command("show", "-o", "json", packed)
    assert json.loads(shown.out)["verdict"] == "unknown"


BOOKKEEPING = b'{"type":"mode","mode":"default","sessionId":"%b"}\n' % SESSION.encode()


def test_a_call_without_result_is_a_finding_on_the_line_of_the_file(
    run_command: Callable[..., Finished], home: Path
) -> None:
    session = write_session(home, BOOKKEEPING * 5 + prompt(1) + BOOKKEEPING + call(2, "t1") + BOOKKEEPING)
    finding = "tool_use Bash (t1) has no tool_result"
    assert f"{session}:8: {finding}\n" in run_command("check", session).out.decode()
    assert f"claude:{SESSION}:8: {finding}\n" in run_command("check", "claude:204a").out.decode()
    assert f",line=8,title=observe check::{finding}\n" in run_command("check", "-o", "github", session).out.decode()
    assert f'{session}: missing "complete" event' in run_command("check", session).out.decode()
    assert run_command("check", "--allow-incomplete", session).code == 0


def test_a_finding_that_is_on_no_line_of_the_file_names_none(run_command: Callable[..., Finished], home: Path) -> None:
    session = write_session(home, WHOLE + b'{"type":"brand-new","sessionId":"x"}\n')
    unknown = "1 record of types that are not known: brand-new (1)"
    assert run_command("check", session).out.decode() == f"{session}: {unknown}\n"
    github = run_command("check", "-o", "github", session).out.decode()
    assert github == f"::error file={session},title=observe check::{unknown}\n"
    assert json.loads(run_command("check", "-o", "json", session).out)["line"] is None
    packed = home.parent / "s.jsonl.gz"
    packed.write_bytes(gzip.compress(session.read_bytes()))
    assert run_command("check", packed).out.decode() == f"{packed}: {unknown}\n"


def test_a_copying_that_fails_at_once_interrupts_the_command_that_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FailedBeforeAnythingElse(Background):
        def start(self) -> None:
            super().start()
            self.join()

    def fail() -> list[Session]:
        raise PermissionError("not here")

    interrupts: list[int] = []
    monkeypatch.setattr(background, "interrupt_main_thread", interrupts.append)
    monkeypatch.setattr(background.signals, "installed", lambda: True)
    monkeypatch.setattr(session_mirror, "Background", FailedBeforeAnythingElse)
    growing = session_mirror._growing(SessionCopies(tmp_path, fail, Prices()), LocalRun("claude:"))
    next(growing)
    assert interrupts == [signal.SIGTERM]
    with pytest.raises(UnreadableError):
        next(growing)
