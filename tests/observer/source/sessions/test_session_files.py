"""The lines of a session: in order of time at first, each once, whatever its files become."""

import os
from pathlib import Path

from observer.format.lines import MAX_LINE_BYTES
from observer.source.sessions.session_files import ENDS, SessionFiles, SessionLine, excerpt_of
from tests.helpers import append
from tests.observer.source.sessions.claude_files import WHOLE, prompt, text


def lines_of(files: SessionFiles) -> list[tuple[str, bytes]]:
    return [(line.origin, line.data) for line in files.read()]


def test_lines_of_all_files_are_merged_by_time_and_later_ones_come_as_they_are_written(tmp_path: Path) -> None:
    main, agent = tmp_path / "s.jsonl", tmp_path / "a.jsonl"
    main.write_bytes(prompt(1) + b'{"type":"mode"}\n' + text(4, "b"))
    agent.write_bytes(text(2, "a") + text(5, "c") + b'{"half')
    files = SessionFiles(main, lambda _: [("a", agent)])
    expected = [
        ("", prompt(1)),
        ("", b'{"type":"mode"}\n'),
        ("a", text(2, "a")),
        ("", text(4, "b")),
        ("a", text(5, "c")),
    ]
    assert [(origin, data + b"\n") for origin, data in lines_of(files)] == expected
    append(agent, b'":1}\n')
    append(main, b"{}\n")
    assert sorted(lines_of(files)) == [("", b"{}"), ("a", b'{"half":1}')]
    assert (lines_of(files), files.was_rewritten()) == ([], False)
    files.close()


def test_a_last_record_without_a_newline_is_read_and_what_is_no_record_yet_waits(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":{}')
    files = SessionFiles(path)
    assert lines_of(files) == [("", b'{"a":1}')]
    append(path, b"}")
    assert lines_of(files) == [("", b'{"b":{}}')]
    append(path, b'\n{"c":1}\n{"d')
    assert lines_of(files) == [("", b""), ("", b'{"c":1}')]
    assert list(files.take_torn()) == [SessionLine("", b'{"d')]
    assert list(files.take_torn()) == []
    append(path, b'{"e":1}\n')
    assert lines_of(files) == [("", b'{"e":1}')]
    files.close()


def test_a_line_that_is_too_long_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"x" * (MAX_LINE_BYTES + 1) + b'\n{"a":1}\n')
    files = SessionFiles(path)
    assert (lines_of(files), files.too_long()) == ([("", b'{"a":1}')], 1)
    files.close()


def test_a_file_that_appears_later_is_read_and_a_document_is_one_line(tmp_path: Path) -> None:
    main, meta = tmp_path / "s.jsonl", tmp_path / "agent-a.meta.json"
    main.write_bytes(WHOLE)
    files = SessionFiles(main, lambda _: [("meta", meta)] if meta.exists() else [])
    assert len(lines_of(files)) == WHOLE.count(b"\n")
    meta.write_bytes(b'{\n "agentType": "x"\n}')
    assert list(files.read()) == [SessionLine("meta", b'{\n "agentType": "x"\n}')]
    files.close()


def test_only_the_ends_of_a_long_file_are_read_for_a_list(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(prompt(1) + text(2, "x" * 500) * 1000 + text(9, "last"))
    files = SessionFiles(path, excerpt=ENDS)
    lines = lines_of(files)
    assert (lines[0][1] + b"\n", lines[-1][1] + b"\n") == (prompt(1), text(9, "last"))
    assert 50 < len(lines) < 500
    assert {data + b"\n" for _, data in lines} <= {prompt(1), text(2, "x" * 500), text(9, "last")}
    append(path, text(10, "more"))
    assert [data + b"\n" for _, data in lines_of(files)] == [text(10, "more")]
    files.close()


def test_the_first_line_behind_what_is_left_out_says_so(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(prompt(1) + text(2, "x" * 500) * 1000)
    files = SessionFiles(path, excerpt=ENDS)
    lines = list(files.read())
    gaps = [line.follows_gap for line in lines]
    assert gaps.count(True) == 1
    assert ENDS.head - 1200 < sum(len(line.data) + 1 for line in lines[: gaps.index(True)]) <= ENDS.head
    assert files.is_excerpt()
    files.close()
    short = SessionFiles(path, excerpt=excerpt_of(50))
    assert not short.is_excerpt()
    assert len(list(short.read())) == 1001
    short.close()


def test_subagents_that_wrote_nothing_since_are_left_out_with_the_rest(tmp_path: Path) -> None:
    path, old, new = tmp_path / "s.jsonl", tmp_path / "agent-old.jsonl", tmp_path / "agent-new.jsonl"
    path.write_bytes(prompt(1) + text(2, "x" * 500) * 1000)
    old.write_bytes(text(1, "old"))
    os.utime(old, (0, 0))
    files = SessionFiles(path, lambda _: [(each.name, each) for each in (old, new) if each.exists()], ENDS)
    assert not files.has_companions()
    assert {line.origin for line in files.read()} == {""}
    new.write_bytes(text(3, "new"))
    os.utime(new, (2e9, 2e9))
    assert files.has_companions()
    assert [line.origin for line in files.read()] == ["agent-new.jsonl"]
    whole = files.reopen()
    assert {line.origin for line in whole.read()} == {"", "agent-old.jsonl", "agent-new.jsonl"}
    whole.close()


def test_a_replaced_file_is_noticed_and_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(WHOLE)
    files = SessionFiles(path)
    lines_of(files)
    path.write_bytes(prompt(1, "Another."))
    lines_of(files)
    assert files.was_rewritten()
    files = files.reopen()
    assert [data + b"\n" for _, data in lines_of(files)] == [prompt(1, "Another.")]
    files.close()
