"""Measures showing and listing sessions of Claude Code, beside other programs that read them.

    python benchmarks/dialects.py [--mb 60] [--sessions 2000]

Peers that are on the PATH are measured: `pip install claude-code-log agentsview`, `npm install --global ccusage@17`
(the packages of version 20 need a native binary of their own). None of them follows a session in a terminal.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import transcript
from table import OBSERVE, Layout, Table, run_once

TAIL, LAST, SHOW = "observe tail", "observe tail -n 50", "observe show"
LIST, NEWEST, WARM = "observe list, first time", "observe list -n 50, first time", "observe list, again"
LOG, USAGE, VIEW = "claude-code-log, to HTML", "ccusage session", "agentsview sync, usage"
ALL_USAGE, ALL_VIEW = "ccusage monthly", "agentsview sync, usage daily"
FOLLOWED = "observe tail -o json"
_SETTLED_S = 2.0
"""Seconds after which a viewer waits for new lines."""
_APART_S = 0.1
_NOTE = (
    "First content is when the first byte is printed. The tokens are those of the output. All agree: each message is "
    "counted once, though it stands on several lines. {} and {} multiply tokens by prices of their own, which are "
    "those with which the file was generated; agentsview rounds each message to a millionth of a dollar. "
    "claude-code-log states no sums, and what we say is what the file says."
)
ONE = Layout(
    "dialects one", ("command", "first content s", "seconds", "peak MB", "tokens", "USD"),
    (LAST, TAIL, SHOW, LOG, USAGE, VIEW), _NOTE.format(USAGE, VIEW),
)  # fmt: skip
MANY = Layout(
    "dialects many", ("command", "first content s", "seconds", "peak MB", "tokens", "USD"),
    (NEWEST, LIST, WARM, ALL_USAGE, ALL_VIEW),
    "The sums are those of all sessions; `observe list` reads the ends of each, where Claude Code has written them.",
)  # fmt: skip
FOLLOW = Layout(
    "dialects follow", ("command", "p50 ms", "slowest ms"), (FOLLOWED,),
    "From the write of a record until the event is on standard output, by way of the copy.",
)  # fmt: skip


@dataclass(frozen=True)
class Sums:
    """What a program says in total."""

    tokens: int
    cost_usd: float


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [ONE, MANY, FOLLOW]


class Sessions:
    """Generated sessions in a directory of Claude Code, and the commands that read them there."""

    def __init__(self, directory: Path) -> None:
        self.home = directory / "claude"
        self.scratch = directory / "scratch"
        self.scratch.mkdir()

    def command(self, *program: str, cold: bool = False) -> list[str]:
        """Return a command that sees only these sessions; if it is cold, nothing that an earlier one has left."""
        values = {
            "HOME": self.scratch, "XDG_CACHE_HOME": self.scratch / "cache", "CLAUDE_CONFIG_DIR": self.home,
            "CLAUDE_PROJECTS_DIR": self.home / "projects", "CODEX_HOME": self.scratch,
            "AGENTSVIEW_DATA_DIR": self.scratch / "agentsview", "AGENTSVIEW_NO_DAEMON": "1",
        }  # fmt: skip
        setting = ["env", "-u", "PYTHONDONTWRITEBYTECODE", *(f"{name}={value}" for name, value in values.items())]
        if not cold:
            return [*setting, *program]
        forget = f'rm -rf "{self.scratch}"; mkdir "{self.scratch}"; exec "$@"'
        return ["sh", "-c", forget, "sh", *setting, *program]

    def observe(self, *arguments: str, cold: bool = False) -> list[str]:
        """Return a command of ours."""
        return self.command(*OBSERVE, *arguments, cold=cold)

    def agentsview(self, *usage: str) -> list[str]:
        """Return the command that reads all sessions into its database, and then prints sums."""
        both = 'agentsview sync > /dev/null && exec agentsview "$@"'
        return self.command("sh", "-c", both, "sh", *usage, cold=True)


def one_programs(sessions: Sessions, path: Path) -> dict[str, list[str]]:
    """Return the commands that show or sum up one session."""
    return {
        LAST: sessions.observe("tail", "--no-follow", "-n", "50", str(path)),
        TAIL: sessions.observe("tail", "--no-follow", str(path)),
        SHOW: sessions.observe("show", "-o", "json", str(path)),
        LOG: sessions.command("claude-code-log", "--no-cache", "-o", "-", str(path)),
        USAGE: sessions.command("ccusage", "session", "--json", "--offline"),
        VIEW: sessions.agentsview("session", "usage", path.stem, "--json"),
    }


def many_programs(sessions: Sessions) -> dict[str, list[str]]:
    """Return the commands that list or sum up many sessions."""
    return {
        NEWEST: sessions.observe("list", "-n", "50", "claude:", cold=True),
        LIST: sessions.observe("list", "-o", "json", "claude:", cold=True),
        WARM: sessions.observe("list", "-o", "json", "claude:"),
        ALL_USAGE: sessions.command("ccusage", "monthly", "--json", "--offline"),
        ALL_VIEW: sessions.agentsview("usage", "daily", "--all", "--json", "--offline"),
    }


def measure_programs(layout: Layout, title: str, programs: Mapping[str, Sequence[str]], times: int) -> Table:
    """Run the commands that are installed in turns, and read the sums that they print."""
    table = layout.table(title)
    peers = {LOG: "claude-code-log", USAGE: "ccusage", ALL_USAGE: "ccusage", VIEW: "agentsview", ALL_VIEW: "agentsview"}
    for name, command in programs.items():
        if name in peers and shutil.which(peers[name]) is None:
            continue
        runs = [run_once(command) for _ in range(times)]
        sums = sums_of(command)
        table.add(
            name, statistics.median(run.first for run in runs), statistics.median(run.seconds for run in runs),
            max(run.peak_mb for run in runs), sums and sums.tokens, sums and f"{sums.cost_usd:.2f}",
        )  # fmt: skip
    return table


def sums_of(command: Sequence[str]) -> Sums | None:
    """Return the tokens of the output, and the cost, that a command prints as JSON; None if it prints no such sums."""
    printed = subprocess.run(command, capture_output=True, check=True).stdout
    if not printed.startswith(b"{"):
        return None
    try:
        documents = [json.loads(printed)]
    except ValueError:  # one object a line
        documents = [json.loads(line) for line in printed.splitlines()]
    found = [_sums(document.get("totals", document)) for document in documents]
    return Sums(sum(each.tokens for each in found), sum(each.cost_usd for each in found))


def _sums(totals: Mapping[str, object]) -> Sums:
    """Return the sums in an object as one of the programs writes it."""
    match totals:
        case {"tokens": {"output": int(tokens)}, "cost_usd": float(cost) | int(cost)}:
            return Sums(tokens, cost)
        case {"outputTokens": int(tokens), "totalCost": float(cost) | int(cost)}:
            return Sums(tokens, cost)
        case {"outputTokens": int(tokens), "totalCost": {"microdollars": int(cost)}}:
            return Sums(tokens, cost / 1e6)
        case {"total_output_tokens": int(tokens), "cost_usd": float(cost) | int(cost)}:
            return Sums(tokens, cost)
    raise ValueError(f"no sums in {list(totals)}")


def measure_follow(sessions: Sessions, path: Path, lines: int) -> Table:
    """Measure how long a viewer takes to show a record that is appended to a session."""
    table = FOLLOW.table("A new record of a session that is followed")
    script = transcript.Transcript(path.stem, seed=1)
    prompt = next(script.turn())
    texts = (record for _ in range(lines) for record in script.turn() if b'"content":[{"type":"text"' in record)
    records = [record for record in texts if b'"stop_reason":"tool_use"' in record][:lines]
    with path.open("ab", buffering=0) as file, subprocess.Popen(
        sessions.observe("tail", "-n", "50", "-o", "json", "--follow", str(path)), stdout=subprocess.PIPE
    ) as viewer:  # fmt: skip
        assert viewer.stdout is not None
        file.write(prompt)  # otherwise the session, and the viewer, is at its end
        time.sleep(_SETTLED_S)
        taken = []
        for record in records:
            time.sleep(_APART_S)
            expected = json.loads(record)["message"]["content"][0]["text"].encode()
            began = time.perf_counter()
            file.write(record)
            while expected not in (shown := os.read(viewer.stdout.fileno(), 1 << 20)):
                if not shown:
                    raise RuntimeError("the viewer has ended")
            taken.append(1000 * (time.perf_counter() - began))
        viewer.kill()
    table.add(FOLLOWED, statistics.median(taken), max(taken))
    return table


def tables(mb: float = 60.0, count: int = 2000, times: int = 3) -> list[Table]:
    """Generate the sessions and measure everything."""
    with tempfile.TemporaryDirectory(prefix="runtail-dialects-") as name:
        one, many = Sessions(_made(Path(name) / "one")), Sessions(_made(Path(name) / "many"))
        path = one.home / "projects" / "-home-me-thing" / f"{transcript.session_id(0)}.jsonl"
        path.parent.mkdir(parents=True)
        totals = transcript.write(path, round(mb * 1e6))
        share = totals.bookkeeping / totals.size
        title = f"A transcript of {mb:g} MB, {share:.0%} of it bookkeeping".replace("%", " %")
        results = [measure_programs(ONE, title, one_programs(one, path), times)]
        size = sum(each.size for each in transcript.write_home(many.home, count, 25_000)) / 1e6
        title = f"{count:,} sessions, together {size:.0f} MB"
        results.append(measure_programs(MANY, title, many_programs(many), times))
        return [*results, measure_follow(one, path, 10 * times)]


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, default=60.0, help="size of the transcript")
    parser.add_argument("--sessions", type=int, default=2000, help="number of sessions in a list")
    parser.add_argument("--times", type=int, default=3, help="times that each command is run")
    arguments = parser.parse_args()
    for table in tables(arguments.mb, arguments.sessions, arguments.times):
        table.print()


if __name__ == "__main__":
    sys.exit(main())
