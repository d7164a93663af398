"""Short copies of sessions are kept for their owner only, and used as long as the session's file is the same."""

import errno
import os
import stat
import time
from pathlib import Path

import pytest

from observer.dialects.prices import Price, Prices, PriceTable
from observer.platform.files import home_directory
from observer.source.file_change import stamp_at
from observer.source.sessions.copy_cache import CopyCache, cache_directory
from tests.helpers import append


def test_the_directory_is_the_configured_one_or_that_in_the_home_directory() -> None:
    assert cache_directory({"XDG_CACHE_HOME": "/srv/cache"}).parent == Path("/srv/cache/runtail")
    assert cache_directory({"XDG_CACHE_HOME": "relative"}).parent == home_directory() / ".cache" / "runtail"


def test_a_copy_is_found_until_its_session_changes(tmp_path: Path) -> None:
    session, copy, target = tmp_path / "s.jsonl", tmp_path / "copy", tmp_path / "target"
    session.write_bytes(b"{}\n")
    copy.write_bytes(b"converted\n")
    cache = CopyCache(tmp_path / "cache" / "sessions", Prices())
    assert not cache.take(session, target)
    cache.keep(session, copy, stamp_at(session))
    assert cache.take(session, target)
    assert (target.read_bytes(), target.stat().st_mtime_ns) == (b"converted\n", session.stat().st_mtime_ns)
    (kept,) = (tmp_path / "cache" / "sessions").iterdir()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, kept.parent, target)] == [0o600, 0o700, 0o600]
    append(session, b"{}\n")
    assert not cache.take(session, target)


def test_a_copy_of_what_a_session_was_before_is_not_kept(tmp_path: Path) -> None:
    session, copy = tmp_path / "s.jsonl", tmp_path / "copy"
    session.write_bytes(b"{}\n")
    copy.write_bytes(b"converted\n")
    before = stamp_at(session)
    append(session, b"{}\n")
    cache = CopyCache(tmp_path / "cache", Prices())
    cache.keep(session, copy, before)
    assert not cache.take(session, tmp_path / "target")


def test_a_copy_is_only_found_with_the_prices_with_which_it_was_made(tmp_path: Path) -> None:
    session, target = tmp_path / "s.jsonl", tmp_path / "target"
    session.write_bytes(b"{}\n")
    prices = [Prices((PriceTable({"gpt-5": Price(input=usd)}),)) for usd in (1, 1, 2)]
    first, same, other = (CopyCache(tmp_path / "cache", each) for each in prices)
    first.keep(session, session, stamp_at(session))
    assert (same.take(session, target), other.take(session, target)) == (stamp_at(session), None)


def test_what_is_read_once_is_one_file_in_the_cache_and_outside(tmp_path: Path) -> None:
    session, copy, target = tmp_path / "s.jsonl", tmp_path / "copy", tmp_path / "target"
    session.write_bytes(b"{}\n")
    copy.write_bytes(b"converted\n")
    cache = CopyCache(tmp_path / "cache", Prices(), links=True)
    cache.keep(session, copy, stamp_at(session))
    assert cache.take(session, target) == stamp_at(session)

    (kept,) = (tmp_path / "cache").iterdir()
    assert kept.samefile(copy)
    assert kept.samefile(target)
    assert target.stat().st_mtime_ns == session.stat().st_mtime_ns
    target.unlink()
    assert kept.read_bytes() == b"converted\n"


def test_a_file_is_copied_where_it_cannot_have_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    session, copy, target = tmp_path / "s.jsonl", tmp_path / "copy", tmp_path / "target"
    session.write_bytes(b"{}\n")
    copy.write_bytes(b"converted\n")
    monkeypatch.setattr(os, "link", link)
    cache = CopyCache(tmp_path / "cache", Prices(), links=True)
    assert cache.take(session, target) is None
    cache.keep(session, copy, stamp_at(session))
    assert cache.take(session, target) == stamp_at(session)
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode)) == (b"converted\n", 0o600)
    assert target.stat().st_mtime_ns == session.stat().st_mtime_ns


def test_a_session_is_found_when_the_directory_above_it_was_renamed(tmp_path: Path) -> None:
    session, target = tmp_path / "project" / "s.jsonl", tmp_path / "target"
    session.parent.mkdir()
    session.write_bytes(b"{}\n")
    cache = CopyCache(tmp_path / "cache", Prices())
    cache.keep(session, session, stamp_at(session))
    session.parent.rename(tmp_path / "renamed")
    assert cache.take(tmp_path / "renamed" / "s.jsonl", target) is not None


def test_a_directory_that_cannot_be_used_costs_nothing_but_time(tmp_path: Path) -> None:
    session = tmp_path / "s.jsonl"
    session.write_bytes(b"{}\n")
    cache = CopyCache(session / "below-a-file", Prices())
    cache.keep(session, session, stamp_at(session))
    cache.tidy()
    assert not cache.take(session, tmp_path / "target")
    assert os.listdir(tmp_path) == ["s.jsonl"]


def test_copies_of_other_versions_are_removed_once_none_is_added_for_a_month(tmp_path: Path) -> None:
    days = {"sessions-1": 31, "sessions-2": 29, "sessions-3": 31, "others": 31}
    for name, age in days.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "copy").write_bytes(b"{}\n")
        long_ago = time.time() - age * 24 * 3600
        os.utime(tmp_path / name, (long_ago, long_ago))
    CopyCache(tmp_path / "sessions-3", Prices()).tidy()
    assert sorted(os.listdir(tmp_path)) == ["others", "sessions-2", "sessions-3"]
