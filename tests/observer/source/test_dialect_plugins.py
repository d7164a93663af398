"""Dialects of installed packages: one that works is used, one that does not is named and ignored."""

import subprocess
import sys
from pathlib import Path

import pytest

from observer import Converter, Dialect, ForeignEvent
from observer.source.dialect_plugins import InstalledDialects
from tests.helpers import LIMIT_S
from tests.observer.dialects.claude.written import File

GOOD = """
from collections import Counter
from observer import ForeignEvent

class Diary:
    name, program = "diary", "Diary"
    def vote(self, record): return 1 if "dear" in record else 0
    def converter(self): return Writer()

class Writer:
    def __init__(self): self.unknown = Counter()
    def feed(self, line, origin=""):
        return [ForeignEvent("info", {"message": line.decode(), "kind": "diary"}, "2026-11-23T01:12:30.000000Z")]
    def skip(self): pass
    def flush(self): return []
    def end(self): return [ForeignEvent("complete", {"outcome": "success", "message": "done"})]
"""
LINES = b'{"dear":"diary"}\n{"today":"rain"}\n'
TIMID = """
class Timid:
    name, program = "timid", "Timid"
    def vote(self, record): raise ValueError("too shy")
    def converter(self): ...
class Clumsy:
    name, program = "clumsy", "Clumsy"
    def vote(self, record): return 1
    def converter(self): raise OSError
"""


def install(directory: Path, package: str, source: str, *entries: str) -> None:
    """Install a package with entry points, as an installer leaves it."""
    (directory / f"{package}.py").write_text(source)
    info = directory / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(["[runtail.dialects]", *entries]) + "\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in which packages are installed."""
    directory = tmp_path / "site"
    directory.mkdir()
    monkeypatch.syspath_prepend(directory)
    return directory


def test_a_dialect_of_an_installed_package_is_used(site: Path) -> None:
    install(site, "diary_one", GOOD, "diary = diary_one:Diary")
    said: list[str] = []
    dialect = InstalledDialects(said.append).recognize(LINES)
    assert dialect is not None
    assert (dialect.name, dialect.program, said) == ("diary", "Diary", [])
    converter = dialect.converter()
    assert converter.feed(b"x") == [
        ForeignEvent("info", {"message": "x", "kind": "diary"}, "2026-11-23T01:12:30.000000Z")
    ]
    converter.skip()
    assert [event.type for event in converter.end()] == ["complete"]


@pytest.mark.parametrize(
    ("source", "entry", "reason"),
    [
        ("", "gone = broken_{n}:Gone", "AttributeError: module 'broken_{n}' has no attribute 'Gone'"),
        ("1 / 0", "zero = broken_{n}:X", "ZeroDivisionError: division by zero"),
        ("", "away = broken_away_{n}:X", "ModuleNotFoundError: No module named 'broken_away_{n}'"),
        ("class X:\n name = 'x'", "half = broken_{n}:X", "TypeError: it has no program and no vote and no converter"),
        (TIMID, "timid = broken_{n}:Timid", "ValueError: too shy"),
    ],
)
def test_one_that_does_not_work_is_named_once_and_ignored(
    site: Path, source: str, entry: str, reason: str, request: pytest.FixtureRequest
) -> None:
    number = str(abs(hash(request.node.name)))
    entry, reason = entry.replace("{n}", number), reason.replace("{n}", number)
    install(site, f"broken_{number}", source, entry)
    install(site, f"diary_{number}", GOOD, f"diary = diary_{number}:Diary")
    said: list[str] = []
    installed = InstalledDialects(said.append)
    for _ in range(2):
        dialect = installed.recognize(LINES)
        assert dialect is not None
        assert dialect.name == "diary"
    name, _, value = entry.partition(" = ")
    assert said == [f"the dialect {name} ({value}) is ignored: {reason}"]


def test_a_converter_that_raises_ends_no_command(site: Path) -> None:
    install(site, "clumsy_one", TIMID, "clumsy = clumsy_one:Clumsy")
    said: list[str] = []
    dialect = InstalledDialects(said.append).recognize(LINES)
    assert dialect is not None
    converter = dialect.converter()
    converter.skip()
    assert (converter.feed(b"x"), converter.end()) == ([], [])
    assert said == ["the dialect clumsy (clumsy_one:Clumsy) is ignored: OSError"]


@pytest.mark.parametrize(
    ("returned", "reason"),
    [
        ("'x'", "it returned str instead of ForeignEvent"),
        ("ForeignEvent('info', 'x')", "Expected `object`, got `str`"),
        ("ForeignEvent(7, {})", "Expected `str`, got `int`"),
        ("ForeignEvent('info', {}, 5)", "Expected `str | null`, got `int`"),
        ("ForeignEvent('info', {'x': object()})", "Encoding objects of type object is unsupported"),
    ],
)
def test_a_converter_that_returns_what_no_run_file_can_hold_is_ignored(
    site: Path, returned: str, reason: str, request: pytest.FixtureRequest
) -> None:
    package = f"odd_{abs(hash(request.node.name))}"
    source = GOOD.replace('ForeignEvent("info"', f'{returned}, ForeignEvent("info"')
    install(site, package, source, f"odd = {package}:Diary")
    said: list[str] = []
    dialect = InstalledDialects(said.append).recognize(LINES)
    assert dialect is not None
    converter = dialect.converter()
    assert (converter.feed(b"x"), converter.feed(b"x"), converter.end()) == ([], [], [])
    (sentence,) = said
    assert reason in sentence


def test_packages_are_not_looked_for_when_the_file_is_known_or_holds_no_objects(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "diary_two", GOOD.replace("0\n", "1\n"), "diary = diary_two:Diary")
    installed = InstalledDialects(lambda _: None)
    monkeypatch.setattr(installed, "_load", lambda: pytest.fail("looked for packages"))
    known = installed.recognize(b"\n".join(File().prompt("Begin.").lines))
    assert known is not None
    assert known.name == "claude-transcript"
    assert installed.recognize(b"# A page\n") is None


def test_commands_show_files_and_streams_in_such_a_dialect_and_name_a_broken_one(site: Path, tmp_path: Path) -> None:
    install(site, "diary_three", GOOD, "diary = diary_three:Diary")
    install(site, "broken_three", "1 / 0", "broken = broken_three:X")
    path = tmp_path / "diary.jsonl"
    path.write_bytes(LINES)
    for name in (str(path), "-"):
        command = [sys.executable, "-m", "observer", "tail", "--no-follow", "-o", "text", name]
        shown = subprocess.run(
            command, input=LINES, capture_output=True, check=True, timeout=LIMIT_S,
            env={"PYTHONPATH": f"{site}:{Path(__file__).parents[3]}", "HOME": str(tmp_path)},
        )  # fmt: skip
        assert b'{"today":"rain"}' in shown.stdout
        assert shown.stderr.decode() == (
            "observe: the dialect broken (broken_three:X) is ignored: ZeroDivisionError: division by zero\n"
        )


def test_the_protocol_is_public() -> None:
    assert {each.__module__ for each in (Dialect, Converter, ForeignEvent)} == {"observer.dialects.dialect"}
