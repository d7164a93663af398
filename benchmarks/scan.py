"""Measures reading run files: filtering, showing, checking, seeking and listing, compared with grep, jq, lnav and rich.

All programs run one after another on the same file; compare the ratios, not the figures.

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


def measure_filtering(path: Path, size: str) -> Table:
    table = Table(
        f"Events of one type from {size}, to a pipe", ("command", "seconds", "x grep", "x faster than jq", "peak MB"),
        note="Bounds: at most 6 times grep, at least 8 times as fast as jq, less than 60 MB for any size.",
    )  # fmt: skip
    programs = {
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
    results = {name: run(command) for name, command in programs.items() if shutil.which(command[0])}
    grep, jq = (
        next((result for name, result in results.items() if name.startswith(start)), None) for start in ("grep", "jq")
    )
    for name, result in results.items():
        table.add(
            name, result.seconds, result.seconds / grep.seconds if grep else None,
            jq.seconds / result.seconds if jq else None, result.peak_mb,
        )  # fmt: skip
    return table


def measure_showing(path: Path, lines: int) -> Table:
    table = Table(
        "All events of 200 MB, to a pipe", ("command", "seconds", "events/s", "peak MB"),
        note="Bounds: the pretty view within 2 s, 100,000 events/s and 5 times as fast as rich; `observe show` in 1 s.",
    )  # fmt: skip
    programs = {
        "cat": (["cat", str(path)], 3),
        "observe tail": ([*OBSERVE, "tail", "--no-follow", str(path)], 3),
        "observe tail -o text": ([*OBSERVE, "tail", "--no-follow", "-o", "text", str(path)], 3),
        "observe tail -o json": ([*OBSERVE, "tail", "--no-follow", "-o", "json", str(path)], 3),
        "observe show": ([*OBSERVE, "show", str(path)], 3),
        "jq -C .": (["jq", "-C", ".", str(path)], 1),
        "lnav -n, with a format": (["lnav", "-I", str(write_lnav_settings(path.parent)), "-n", str(path)], 1),
    }
    for name, (command, times) in programs.items():
        if shutil.which(command[0]):
            result = run(command, times)
            table.add(name, result.seconds, lines / result.seconds, result.peak_mb)
    sample = path.with_name("sample.ndjson")
    with path.open("rb") as file:
        sample.write_bytes(b"".join(islice(file, lines // 20)))
    result = run([sys.executable, "-c", RICH.format(path=str(sample))], 1)
    table.add(
        "rich Console.print, a twentieth of the events", result.seconds, lines // 20 / result.seconds, result.peak_mb
    )
    return table


def measure_checking(path: Path) -> Table:
    table = Table(
        "Checking and reporting on 200 MB", ("command", "seconds", "peak MB"),
        note="Bounds: `observe check` within 3 s, `load_run` within 2 s.",
    )  # fmt: skip
    programs = {
        "jq empty: every line parses": ["jq", "empty", str(path)],
        "observe check": [*OBSERVE, "check", str(path)],
        "load_run, count the events": [sys.executable, "-c", LOADING.format("len(run.events)", path=path)],
        "load_run, list the calls of Bash": [sys.executable, "-c", LOADING.format("len(run.tools('Bash'))", path=path)],
    }
    for form in ("html", "md", "junit", "trace"):
        programs[f"observe report --format {form}"] = [*OBSERVE, "report", "--format", form, str(path)]
    for name, command in programs.items():
        if shutil.which(command[0]):
            result = run(command, 2)
            table.add(name, result.seconds, result.peak_mb)
    return table


def measure_seeking(path: Path, size: str, lines: int) -> Table:
    table = Table(
        f"Seeking in {size}", ("command", "ms", "peak MB"),
        note="Bounds: within 150 ms of the command's start, less than 60 MB.",
    )  # fmt: skip
    step = 0.05
    middle = generate.START + timedelta(seconds=step * lines / 2)
    since, until = (f"{time:%Y-%m-%dT%H:%M:%S}Z" for time in (middle, middle + timedelta(seconds=2)))
    tail = [*OBSERVE, "tail", "--no-follow"]
    for name, command in {
        "tail -n 50": ["tail", "-n", "50", str(path)],
        "observe tail -n 50": [*tail, "-n", "50", str(path)],
        "observe tail -n 50 --type tool_use": [*tail, "-n", "50", "--type", "tool_use", str(path)],
        "observe tail --since --until (2 s in the middle)": [*tail, "--since", since, "--until", until, str(path)],
        "observe tail --from-seq (the last 50)": [*tail, "--from-seq", str(lines - 50), str(path)],
    }.items():
        result = run(command, 5)
        table.add(name, result.seconds * 1000, result.peak_mb)
    return table


def measure_start(path: Path) -> Table:
    table = Table(
        "Start-up", ("command", "ms", "ms more than Python"),
        note="Bounds: --help within 120 ms, `tail -n 1` within 180 ms.",
    )  # fmt: skip
    bare = run([sys.executable, "-c", "pass"], 9).seconds
    for name, command in {
        "python -c pass": [sys.executable, "-c", "pass"],
        "observe --help": [*OBSERVE, "--help"],
        "observe tail -n 1": [*OBSERVE, "tail", "--no-follow", "-n", "1", str(path)],
        "observe tail -n 1 -o json": [*OBSERVE, "tail", "--no-follow", "-n", "1", "-o", "json", str(path)],
    }.items():
        seconds = run(command, 9).seconds
        table.add(name, seconds * 1000, (seconds - bare) * 1000)
    return table


def measure_listing(directory: Path, count: int = 10_000) -> Table:
    """Measure listing `count` runs of 1 MB each, sparse between head and tail: no command should read there."""
    for number in range(count):
        start = generate.START + timedelta(seconds=30 * number)
        run_id = f"{start:%Y%m%dT%H%M%SZ}-{number:06x}"
        script = generate.Script(number, 0.05, run_id, start)
        events = script.events()
        head, tail = script.begin(), b"".join(next(events) for _ in range(2)) + script.end()
        with (directory / f"{run_id}.ndjson").open("wb") as file:
            file.write(head)
            file.seek(1_000_000 - len(tail) - 1)
            file.write(b"\n" + tail)
    table = Table(f"{count:,} runs of 1 MB", ("command", "seconds", "peak MB"), note="Bound: under one second.")
    for name, command in {
        "observe list": [*OBSERVE, "list", str(directory)],
        "observe list -o json": [*OBSERVE, "list", "-o", "json", str(directory)],
        "ls -l": ["ls", "-l", str(directory)],
    }.items():
        result = run(command)
        table.add(name, result.seconds, result.peak_mb)
    return table


def write_lnav_settings(directory: Path) -> Path:
    """Write a settings directory that defines the format of run files, so that lnav need not detect it."""
    settings = directory / "lnav"
    formats = settings / "formats" / "installed"
    formats.mkdir(parents=True, exist_ok=True)
    (formats / "runtail.json").write_text(json.dumps(LNAV_FORMAT))
    return settings


def tables(sizes: list[float]) -> list[Table]:
    results: list[Table] = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for number, mb in enumerate(sizes):
            path = directory / f"{generate.RUN}-{mb:g}.ndjson"
            lines = generate.write(path, round(mb * 1e6))
            size = f"{mb / 1000:g} GB" if mb >= 1000 else f"{mb:g} MB"
            results.append(measure_filtering(path, size))
            if number == 0:
                results += [measure_showing(path, lines), measure_checking(path), measure_start(path)]
            results.append(measure_seeking(path, size, lines))
            path.unlink()
        (directory / "runs").mkdir()
        results.append(measure_listing(directory / "runs"))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, nargs="+", default=[200.0, 2000.0], help="sizes of the run files")
    for table in tables(parser.parse_args().mb):
        table.print()


if __name__ == "__main__":
    main()
