"""Draws the screenshots of the terminal in README.md: `python docs/images/terminal.py`.

What is drawn is the end of what `observe tail` prints on a terminal for `demo.ndjson`, a run file of `agent demo`. With
`--check` nothing is drawn, and a screenshot that shows another text is an error.
"""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from xml.etree import ElementTree

from rich import _export_format  # its format of a picture is not public
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
COLUMNS, ROWS = 84, 42
COMMAND = ("tail", "--no-follow", "--no-pager", "--no-status-line", "--utc", "demo.ndjson")
_GREYS = [
    (40, 42, 54),
    (255, 85, 85),
    (80, 250, 123),
    (241, 250, 140),
    (98, 114, 164),
    (255, 121, 198),
    (139, 233, 253),
]
THEMES = {
    "dark": TerminalTheme((13, 17, 23), (230, 237, 243), [*_GREYS, (200, 200, 200)]),
    "light": TerminalTheme((255, 255, 255), (31, 35, 40), [*_GREYS, (90, 90, 90)]),
}
"""The backgrounds and texts of the site that shows them; the colours of the themes are not those of a terminal."""
_FORMAT = re.sub(r"\s*@font-face \{\{.*?\n    \}\}\n", "\n", _export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""Without the fonts, which would have to be fetched: a picture has the monospaced font of whoever looks at it."""


def printed(theme: str) -> str:
    """Return the last lines that the command prints on a terminal with a theme."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = {
        "PATH": os.environ["PATH"], "HOME": str(HERE), "TERM": "xterm-256color", "COLORTERM": "truecolor",
        "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "RUNTAIL_THEME": theme,
    }  # fmt: skip
    command = [sys.executable, "-m", "observer", *COMMAND]
    with subprocess.Popen(command, stdin=other, stdout=other, stderr=other, cwd=HERE, env=env) as process:  # noqa: S603 - ours
        os.close(other)
        data = b""
        while True:
            try:
                piece = os.read(main, 1 << 16)
            except OSError:  # the other end is closed
                break
            data += piece
        os.close(main)
    if process.returncode:
        raise SystemExit(data.decode())
    return "\n".join(data.decode().replace("\r\n", "\n").rstrip("\n").split("\n")[-ROWS:])


def picture(theme: str) -> str:
    """Return the picture of the terminal with a theme as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    console.print(Text.from_ansi(printed(theme)), soft_wrap=True)
    svg = console.export_svg(
        title="observe tail", theme=THEMES[theme], code_format=_FORMAT, unique_id=f"observe-tail-{theme}"
    )
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def text_in(svg: str) -> str:
    """Return the text that a picture shows, without its spaces: the picture has none between two colours."""
    elements = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own
    texts = [  # the title has no path that clips it
        (float(one.attrib["y"]), float(one.attrib["x"]), one.text or "")
        for one in elements
        if "clip-path" in one.attrib
    ]
    return "".join("".join(text for _, _, text in sorted(texts)).split())


def main() -> None:
    for theme in THEMES:
        file = HERE / f"tail-{theme}.svg"
        if "--check" not in sys.argv:
            file.write_text(picture(theme))
        elif text_in(file.read_text()) != text_in(picture(theme)):
            raise SystemExit(f"{file.name} does not show what is printed (run: python docs/images/terminal.py)")


if __name__ == "__main__":
    main()
