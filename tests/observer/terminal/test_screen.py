"""The screen: its colours, width and characters, and that nothing from a run reaches a terminal unescaped."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.color import ColorSystem

from observer.terminal.preferences import Color
from observer.terminal.screen import Screen, detect_screen
from observer.terminal.theme import ASCII, UNICODE, Role
from tests.helpers import event
from tests.observer.observing import START, SUCCESS, THOUGHT, Observe
from tests.observer.terminal.on_terminal import STATUS_LINE, STATUS_MOVES, on_terminal

VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM", "TERM", "LC_ALL", "LC_CTYPE", "LANG")


class Stream(io.TextIOWrapper):
    """A stream that is, or is not, a terminal."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


@pytest.mark.parametrize(
    ("terminal", "variables", "colored"),
    [
        (True, {"TERM": "xterm-256color"}, True),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (False, {"TERM": "xterm"}, False),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_are_for_terminals_unless_the_environment_differs(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str], colored: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert detect_screen(Stream(terminal=terminal)).paint.colorless != colored


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}])
def test_an_option_for_colours_outweighs_the_environment(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not detect_screen(Stream(terminal=terminal), color=Color.ALWAYS).paint.colorless
    assert detect_screen(Stream(terminal=terminal), color=Color.NEVER).paint.colorless


def test_no_color_outweighs_force_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert detect_screen(Stream(terminal=True)).paint.colorless
    assert detect_screen(Stream(terminal=False)).paint.colorless


@pytest.mark.parametrize(
    ("variables", "encoding", "unicode"),
    [
        ({}, "utf-8", True),
        ({"LANG": "C.UTF-8"}, "utf-8", True),
        ({"LANG": "C"}, "utf-8", False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "POSIX"}, "utf-8", False),
        ({}, "latin-1", False),
    ],
)
def test_glyphs_are_ascii_where_unicode_cannot_be_shown(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], encoding: str, unicode: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    screen = detect_screen(Stream(terminal=False, encoding=encoding))
    assert screen.glyphs == (UNICODE if unicode else ASCII)
    assert screen.clean_line("ü\n") == ("ü\\n" if unicode else "\\xfc\\n")
    assert screen.clean_paragraph("ü\n") == ("ü\n" if unicode else "\\xfc\n")


@pytest.mark.parametrize(
    ("terminal", "term", "can_move"), [(True, "xterm", True), (True, "dumb", False), (False, "xterm", False)]
)
def test_the_cursor_can_move_on_a_terminal_that_knows_how(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, term: str, can_move: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    assert detect_screen(Stream(terminal=terminal)).can_move == can_move


def test_a_pipe_has_no_width() -> None:
    assert detect_screen(Stream(terminal=False)).width() is None


def test_another_width_leaves_the_screen_as_it_was() -> None:
    screen = Screen(width=lambda: 80, can_move=True)
    narrower = screen.with_width(lambda: 40)
    assert (screen.width(), narrower.width(), narrower.can_move) == (80, 40, True)


def test_spans_are_sanitized_and_painted() -> None:
    spans = [(Role.TOOL, "Bash"), (Role.PLAIN, "  a\x1b")]
    assert Screen(width=lambda: None).paint_spans(spans) == "Bash  a\\x1b"
    colored = Screen(width=lambda: None, colors=ColorSystem.STANDARD)
    assert colored.paint_spans(spans) == "\x1b[1;36mBash\x1b[0m  a\\x1b"


def test_observe_prints_colours_on_a_terminal_only(run: Path) -> None:
    run.write_bytes(START + THOUGHT + SUCCESS)

    assert b"\x1b[" in on_terminal(run)
    assert b"\x1b" not in STATUS_LINE.sub(b"", on_terminal(run, NO_COLOR="1"))
    assert b"\x1b" not in on_terminal(run, NO_COLOR="1", TERM="dumb")


def test_observe_prints_ascii_in_locale_c(run: Path, observe: Callable[..., Observe]) -> None:
    run.write_bytes(
        START
        + event("tool_use", id="t", name="Bash", input={"command": "echo ü…"})
        + event("tool_result", tool_use_id="t", name="Bash", status="success", output="日本", output_bytes=6)
        + SUCCESS
    )
    viewer = observe("tail", run, env={"LC_ALL": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": "0"}, cold=True)

    assert viewer.ends() == 0
    assert viewer.out.isascii()
    assert b"* Bash  echo \\xfc\\u2026" in viewer.out


@pytest.mark.parametrize("columns", [1, 2, 20, 60, 200])
def test_the_text_is_shown_at_any_width(run: Path, columns: int) -> None:
    run.write_bytes(START + THOUGHT + event("tool_use", id="t", name="Bash", input={"command": "ls"}) + SUCCESS)

    shown = on_terminal(run, columns, NO_COLOR="1").decode().replace("\r\n", "")
    assert "Traceback" not in shown
    assert "hello" in shown.replace(" ", "")


HOSTILE = "\x1b]52;c;AAAA\x07\x1b[2J\x9b31m\x1b]8;;http://x\x1b\\ \u202eabc\u2066 \rover [/bold] \ud83d"


FIELDS = """
text message block id name tool_use_id status output output_file reason agent_type description summary last_tool kind
traceback error limit resets_at trigger outcome project_dir command model host about resumed_from result state"""


TYPES = """
run_start session_start thought thinking tool_use tool_input tool_result subagent_start subagent_progress
subagent_complete progress heartbeat api_retry rate_limit compaction info error session_end new_type"""


def hostile_run() -> bytes:
    """Return an event of each type with the same hostile text in each field, and malformed lines."""
    data: dict[str, object] = dict.fromkeys(FIELDS.split(), HOSTILE)
    data |= {"bytes": 99999, "duration_ms": 99999, "passing": 1, "total": 2, "idle_s": 99}
    data["changed"] = [{"name": HOSTILE, "passes": True}]
    data["in_flight"] = [{"id": HOSTILE, "name": HOSTILE, "elapsed_s": 99}]
    data["input"] = {"command": HOSTILE, HOSTILE: HOSTILE}
    lines = [event(kind, parent, **data) for kind in TYPES.split() for parent in (None, HOSTILE)]
    lines += [event(HOSTILE, HOSTILE, **data), HOSTILE.encode("utf-8", "surrogatepass") + b"\n", b"\x1b[31m\x00\n"]
    envelope = json.loads(event(HOSTILE, HOSTILE)) | {"timestamp": HOSTILE * 3, "run": HOSTILE, "data": data}
    for kind in ("run_start", "session_start", "complete"):
        lines.append(json.dumps(envelope | {"type": kind}).encode() + b"\n")
    return b"".join(lines)


def test_control_characters_in_any_field_are_escaped(run: Path) -> None:
    run.write_bytes(hostile_run())

    shown = STATUS_MOVES.sub(b"", on_terminal(run, NO_COLOR="1")).decode()
    assert not set(shown.replace("\r\n", "\n")) & set("\x1b\x07\x9b\r\u202e\u2066\x00")
    assert "\\x1b]52;c;AAAA\\x07" in shown.replace("\n", "").replace(" ", "")
    assert "[/bold]" in shown


@pytest.mark.parametrize("options", [(), ("--no-follow", "--type", "thought,info")])
def test_json_on_a_terminal_is_escaped_without_changing_its_values(run: Path, options: tuple[str, ...]) -> None:
    thought = event("thought", text="a\x9b31m\u202eb \U000e0041").decode()
    raw = json.dumps(json.loads(thought), ensure_ascii=False).encode() + b"\n"
    torn = b'{"type":"info","data":{"message":"\x1b[31m\xff\r'
    run.write_bytes(START + raw + torn + b"\n" + SUCCESS)

    shown = on_terminal(run, 80, "-o", "json", *options).decode().replace("\r\n", "\n")
    assert not set(shown) & set("\x1b\x9b\r\u202e\U000e0041")
    assert json.loads(thought) in [json.loads(line) for line in shown.splitlines() if line.endswith("}}")]
