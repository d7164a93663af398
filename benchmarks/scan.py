"""Reading run files of any size: choosing, showing, finding a place, listing; beside grep, jq, lnav and rich.

All contenders run one after another on the same file; compare the ratios, not the figures.

    python benchmarks/scan.py [--mb 200 2000]
"""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import timedelta
from itertools import islice
from pathlib import Path

import generate
from table import OBSERVE, Table, run

TYPE = "tool_use"
RICH = (
    "import sys\nfrom rich.console import Console\nconsole = Console(file=sys.stdout)\n"
    "for line in open({path!r}, encoding='utf-8'): console.print(line.rstrip(), markup=False)"
)
LOADING = "from observer import load_run; run = load_run('{path}'); print({})"
LNAV_FORMAT = {
    "$schema": "https://lnav.org/schemas/format-v1.schema.json",
    "runtail": {
        "title": "runtail",
        "description": "run files",
        "json": True,
        "file-type": "json",
        "line-format": [
            {"field": "timestamp"}, " ", {"field": "type"}, " ", {"field": "data/text", "default-value": ""}
        ],
        "timestamp-field": "timestamp", "body-field": "type",
        "value": {name: {"kind": "string"} for name in ("type", "run", "phase", "data/text", "data/name")},
    },
}  # fmt: skip


def choosing(path: Path, size: str) -> Table:
    table = Table(
        f"One type of many, {size}, to a pipe", ("command", "seconds", "x grep", "x faster than jq", "peak MB"),
        note="Bounds: at most 6 times grep, at least 8 times as fast as jq, under 60 MB whatever the size.",
    )  # fmt: skip
    contenders = {
        f"grep '\"type\":\"{TYPE}\"'": ["grep", f'"type":"{TYPE}"', str(path)],
        f"jq -c 'select(.type==\"{TYPE}\")'": ["jq", "-c", f'select(.type=="{TYPE}")', str(path)],
        f"observe tail --type {TYPE} -o json": [
            *OBSERVE, "tail", "--no-follow", "--type", TYPE, "-o", "json", str(path),
        ],
        f"observe tail --type {TYPE} --tool Bash -o json": [
            *OBSERVE, "tail", "--no-follow", "--type", TYPE, "--tool", "Bash", "-o", "json", str(path),
        ],
        f"observe tail --type {TYPE}": [*OBSERVE, "tail", "--no-follow", "--type", TYPE, str(path)],
    }  # fmt: skip
    took = {name: run(command) for name, command in contenders.items() if shutil.which(command[0])}
    grep, jq = (next((found for name, found in took.items() if name.startswith(of)), None) for of in ("grep", "jq"))
    for name, found in took.items():
        table.add(
            name, found.seconds, found.seconds / grep.seconds if grep else None,
            jq.seconds / found.seconds if jq else None, found.peak_mb,
        )  # fmt: skip
    return table


def showing(path: Path, lines: int) -> Table:
    table = Table(
        "Everything of 200 MB, to a pipe", ("command", "seconds", "events/s", "peak MB"),
        note="Bounds: the pretty view within 2 s, 100,000 events/s and 5 times rich; `observe show` within 1 s.",
    )  # fmt: skip
    contenders = {
        "cat": (["cat", str(path)], 3),
        "observe tail": ([*OBSERVE, "tail", "--no-follow", str(path)], 3),
        "observe tail -o text": ([*OBSERVE, "tail", "--no-follow", "-o", "text", str(path)], 3),
        "observe tail -o json": ([*OBSERVE, "tail", "--no-follow", "-o", "json", str(path)], 3),
        "observe show": ([*OBSERVE, "show", str(path)], 3),
        "jq -C .": (["jq", "-C", ".", str(path)], 1),
        "lnav -n, with a format": (["lnav", "-I", str(lnav_settings(path.parent)), "-n", str(path)], 1),
    }
    for name, (command, times) in contenders.items():
        if shutil.which(command[0]):
            found = run(command, times)
            table.add(name, found.seconds, lines / found.seconds, found.peak_mb)
    sample = path.with_name("sample.ndjson")
    with path.open("rb") as whole:
        sample.write_bytes(b"".join(islice(whole, lines // 20)))
    found = run([sys.executable, "-c", RICH.format(path=str(sample))], 1)
    table.add("rich Console.print, a twentieth of it", found.seconds, lines // 20 / found.seconds, found.peak_mb)
    return table


def judging(path: Path) -> Table:
    table = Table(
        "Judging 200 MB", ("command", "seconds", "peak MB"),
        note="Bounds: `observe check` within 3 s, `load_run` within 2 s.",
    )  # fmt: skip
    contenders = {
        "jq empty: every line parses": ["jq", "empty", str(path)],
        "observe check": [*OBSERVE, "check", str(path)],
        "load_run, its events counted": [sys.executable, "-c", LOADING.format("len(run.events)", path=path)],
        "load_run, all calls of Bash": [sys.executable, "-c", LOADING.format("len(run.tools('Bash'))", path=path)],
    }
    for form in ("html", "md", "junit", "trace"):
        contenders[f"observe report --format {form}"] = [*OBSERVE, "report", "--format", form, str(path)]
    for name, command in contenders.items():
        if shutil.which(command[0]):
            found = run(command, 2)
            table.add(name, found.seconds, found.peak_mb)
    return table


def places(path: Path, size: str, lines: int) -> Table:
    table = Table(
        f"Finding a place in {size}", ("command", "ms", "peak MB"),
        note="Bounds: within 150 ms of the command's start, under 60 MB.",
    )  # fmt: skip
    step = 0.05
    middle = generate.START + timedelta(seconds=step * lines / 2)
    since, until = (f"{at:%Y-%m-%dT%H:%M:%S}Z" for at in (middle, middle + timedelta(seconds=2)))
    tail = [*OBSERVE, "tail", "--no-follow"]
    for name, command in {
        "tail -n 50": ["tail", "-n", "50", str(path)],
        "observe tail -n 50": [*tail, "-n", "50", str(path)],
        "observe tail -n 50 --type tool_use": [*tail, "-n", "50", "--type", "tool_use", str(path)],
        "observe tail --since --until (2 s in the middle)": [*tail, "--since", since, "--until", until, str(path)],
        "observe tail --from-seq (the last 50)": [*tail, "--from-seq", str(lines - 50), str(path)],
    }.items():
        found = run(command, 5)
        table.add(name, found.seconds * 1000, found.peak_mb)
    return table


def starting(path: Path) -> Table:
    table = Table(
        "Starting", ("command", "ms", "more than bare Python"),
        note="Bounds: --help within 120 ms, `tail -n 1` within 180 ms.",
    )  # fmt: skip
    bare = run([sys.executable, "-c", "pass"], 9).seconds
    for name, command in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "observe --help": [*OBSERVE, "--help"],
        "observe tail -n 1": [*OBSERVE, "tail", "--no-follow", "-n", "1", str(path)],
        "observe tail -n 1 -o json": [*OBSERVE, "tail", "--no-follow", "-n", "1", "-o", "json", str(path)],
    }.items():
        took = run(command, 9).seconds
        table.add(name, took * 1000, (took - bare) * 1000)
    return table


def listing(folder: Path, count: int = 10_000) -> Table:
    """Runs of a megabyte each; between head and tail they have a hole, which nobody is to look into."""
    for number in range(count):
        start = generate.START + timedelta(seconds=30 * number)
        run_id = f"{start:%Y%m%dT%H%M%SZ}-{number:06x}"
        script = generate.Script(number, 0.05, run_id, start)
        events = script.events()
        head, tail = script.begin(), b"".join(next(events) for _ in range(2)) + script.end()
        with (folder / f"{run_id}.ndjson").open("wb") as file:
            file.write(head)
            file.seek(1_000_000 - len(tail) - 1)
            file.write(b"\n" + tail)
    table = Table(f"{count:,} runs of 1 MB", ("command", "seconds", "peak MB"), note="Bound: under one second.")
    for name, command in {
        "observe list": [*OBSERVE, "list", str(folder)],
        "observe list -o json": [*OBSERVE, "list", "-o", "json", str(folder)],
        "ls -l": ["ls", "-l", str(folder)],
    }.items():
        found = run(command)
        table.add(name, found.seconds, found.peak_mb)
    return table


def lnav_settings(folder: Path) -> Path:
    """Write a folder of settings that gives lnav the format of run files, so that it need not guess."""
    settings = folder / "lnav"
    formats = settings / "formats" / "installed"
    formats.mkdir(parents=True, exist_ok=True)
    (formats / "runtail.json").write_text(json.dumps(LNAV_FORMAT))
    return settings


def tables(sizes: list[float]) -> list[Table]:
    found: list[Table] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, mb in enumerate(sizes):
            path = folder / f"{generate.RUN}-{mb:g}.ndjson"
            lines = generate.write(path, round(mb * 1e6))
            size = f"{mb / 1000:g} GB" if mb >= 1000 else f"{mb:g} MB"
            found.append(choosing(path, size))
            if number == 0:
                found += [showing(path, lines), judging(path), starting(path)]
            found.append(places(path, size, lines))
            path.unlink()
        (folder / "runs").mkdir()
        found.append(listing(folder / "runs"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, nargs="+", default=[200.0, 2000.0], help="sizes of the run files")
    for table in tables(parser.parse_args().mb):
        table.print()


if __name__ == "__main__":
    main()
