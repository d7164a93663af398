"""Run the observer's benchmarks and write `docs/benchmarks.md` from what they find.

python benchmarks/report.py [--quick] [--only SECTION]
"""

import argparse
import compileall
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import follow
import page as browser
import relay
import scan
import serve
import viewers
from table import Table, machine, version

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
PEERS = {
    "Reading": (["grep", "--version"], ["jq", "--version"], ["lnav", "-V"]),
    "Following": (["tail", "--version"], ["lnav", "-V"], ["tl", "--version"]),
}
HEAD = """# Benchmarks
Written by `python benchmarks/report.py`; do not edit. Every table was measured in one go, its rows one after another on
the same file and machine: compare rows with each other, not with figures from elsewhere. The bounds are what runtail
holds itself to. A section says of which day, commit and machine it is; one that does not was measured before sections
did.

The run files come from `benchmarks/generate.py` (seed 7): 70 % pieces of text, 15 % tool uses, 10 % results of up to
20 KB, 5 % heartbeats.

"""
SMALL = ["--clients", "50", "--seconds", "3", "--replay-mb", "20", "--joiners", "5", "--replay-seconds", "5"]
EMIT = """## Writing
`python benchmarks/emit.py` measures the writer beside plain `os.write`.
"""


def sections_of(page: str) -> dict[str, str]:
    """The sections of a page by their titles, each with its heading."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("## "): part for part in parts}


def measured(title: str) -> str:
    """When and where a section is measured, what of, and beside which versions."""
    commit = _said("git", "rev-parse", "--short", "HEAD")
    changed = _said("git", "status", "--porcelain", "--", "agent", "observer", "benchmarks", "pyproject.toml")
    peers = "; ".join(said for command in PEERS.get(title, ()) if (said := version(command)))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    said = f"Measured on {day}, commit {commit}{' with changes' if changed else ''}: {machine()}."
    return f"{said} Beside {peers}.\n" if peers else f"{said}\n"


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def sections(*, quick: bool) -> dict[str, Callable[[], list[Table]]]:
    """What measures each section, by its title."""
    return {
        "Reading": lambda: scan.tables([20.0] if quick else [200.0, 2000.0]),
        "Following": lambda: follow.tables(3 if quick else 15, 5 if quick else 30),
        "Serving": lambda: (
            serve.tables(serve.options(SMALL if quick else [])) + browser.tables(2000 if quick else 1_000_000)
        ),
        "Relaying": lambda: relay.tables(2.0 if quick else relay.MB),
        "Many viewers": lambda: viewers.tables([20] if quick else [10, 200], 1 if quick else 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller files and shorter times, to see that it works")
    parser.add_argument("--only", choices=list(sections(quick=False)), help="measure this section; keep the others")
    given = parser.parse_args()
    for package in ("agent", "observer"):
        compileall.compile_dir(ROOT / package, quiet=1)  # as an installed one is
    before = sections_of(PAGE.read_text()) if given.only else {}
    page = HEAD
    for title, measure in sections(quick=given.quick).items():
        if given.only and title != given.only:
            page += before.get(title, "")
            continue
        where = measured(title)
        tables = measure()
        page += f"## {title}\n{where}\n" + "\n".join(table.markdown() for table in tables) + "\n"
        for table in tables:
            table.print()
    page += EMIT
    if not given.quick:
        PAGE.write_text(page)
        print(f"\nwritten: {PAGE}")


if __name__ == "__main__":
    main()
