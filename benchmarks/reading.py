"""Measures showing, checking, loading and seeking in run files, starting, and listing many runs.

    python benchmarks/reading.py [--mb 200 2000]

The programs take turns with the same file; compare the ratios, not the figures.
"""

import argparse
import json
import sys
import tempfile
from datetime import timedelta
from itertools import islice
from pathlib import Path

import generate
from corpus import LARGE, SMALL, Corpus, RunFile
from table import OBSERVE, Layout, Table, compare

RICH = (
    "import sys\nfrom rich.console import Console\nconsole = Console(file=sys.stdout)\n"
    "for line in open({path!r}, encoding='utf-8'): console.print(line.rstrip(), markup=False)"
)
RICH_ROW = "rich Console.print, a twentieth of the events"
LOADING = "from observer import load_run; run = load_run('{path}'); print({result})"
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
RUNS = 10_000


def show_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands that print all events, by name."""
    tail = [*OBSERVE, "tail", "--no-follow"]
    return {
        "cat": ["cat", str(path)],
        "observe tail": [*tail, str(path)],
        "observe tail -o text": [*tail, "-o", "text", str(path)],
        "observe tail -o json": [*tail, "-o", "json", str(path)],
        "observe show": [*OBSERVE, "show", str(path)],
        "jq -C .": ["jq", "-C", ".", str(path)],
        "lnav -n, with a format": ["lnav", "-I", str(path.parent / "lnav"), "-n", str(path)],
        RICH_ROW: [sys.executable, "-c", RICH.format(path=str(path.parent / "sample.ndjson"))],
    }


def check_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands that check, load and report on a whole run, by name."""
    programs = {
        "jq empty: every line parses": ["jq", "empty", str(path)],
        "observe check": [*OBSERVE, "check", str(path)],
    }
    for name, result in {
        "load_run, count the events": "len(run.events)",
        "load_run, list the calls of Bash": "len(run.tools('Bash'))",
    }.items():
        programs[name] = [sys.executable, "-c", LOADING.format(path=path, result=result)]
    for form in ("md", "junit", "trace"):
        programs[f"observe report --format {form}"] = [*OBSERVE, "report", "--format", form, str(path)]
    return programs


def page_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands that write a whole run in a file for people or in one for keeping, by name."""
    return {
        "gzip -c": ["gzip", "-c", str(path)],
        "observe report --format html": [*OBSERVE, "report", "--format", "html", str(path)],
    }


def seek_programs(path: Path, lines: int) -> dict[str, list[str]]:
    """Return the commands that show a part of a run of so many lines, by name."""
    middle = generate.START + timedelta(seconds=generate.STEP_S * lines / 2)
    since, until = (f"{time:%Y-%m-%dT%H:%M:%S}Z" for time in (middle, middle + timedelta(seconds=2)))
    tail = [*OBSERVE, "tail", "--no-follow"]
    return {
        "tail -n 50": ["tail", "-n", "50", str(path)],
        "observe tail -n 50": [*tail, "-n", "50", str(path)],
        "observe tail -n 50 --type tool_use": [*tail, "-n", "50", "--type", "tool_use", str(path)],
        "observe tail --since --until (2 s in the middle)": [*tail, "--since", since, "--until", until, str(path)],
        "observe tail --from-seq (the last 50)": [*tail, "--from-seq", str(lines - 50), str(path)],
    }


def start_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands of which most of the time is their start, by name."""
    tail = [*OBSERVE, "tail", "--no-follow", "-n", "1"]
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "observe --help": [*OBSERVE, "--help"],
        "observe tail -n 1": [*tail, str(path)],
        "observe tail -n 1 -o json": [*tail, "-o", "json", str(path)],
    }


def list_programs(directory: Path) -> dict[str, list[str]]:
    """Return the commands that list the runs of a directory, by name."""
    return {
        "observe list": [*OBSERVE, "list", str(directory)],
        "observe list -o json": [*OBSERVE, "list", "-o", "json", str(directory)],
        "ls -l": ["ls", "-l", str(directory)],
    }


SHOWING = Layout("show", ("command", "seconds", "events/s", "peak MB"), tuple(show_programs(Path())))
CHECKING = Layout("check", ("command", "seconds", "peak MB"), tuple(check_programs(Path())))
PAGES = {
    mix.name: Layout(f"page {mix.name}", ("command", "seconds", "peak MB", "MB written"), tuple(page_programs(Path())))
    for mix in generate.MIXES.values()
}
STARTING = Layout("start", ("command", "ms", "ms more than Python"), tuple(start_programs(Path())))
SEEKING = {
    size: Layout(f"seek {size}", ("command", "ms", "peak MB"), tuple(seek_programs(Path(), 100)))
    for size in (SMALL, LARGE)
}
LISTING = Layout("list", ("command", "seconds", "peak MB"), tuple(list_programs(Path())))


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [SHOWING, CHECKING, *PAGES.values(), STARTING, *SEEKING.values(), LISTING]


def measure_showing(file: RunFile, times: int) -> Table:
    """Measure printing all events."""
    table = SHOWING.table(f"All events of {file.size}, to a pipe")
    write_lnav_settings(file.path.parent / "lnav")
    with file.path.open("rb") as lines:
        (file.path.parent / "sample.ndjson").write_bytes(b"".join(islice(lines, file.lines // 20)))
    for name, result in compare(show_programs(file.path), times, file=file.path).items():
        lines_read = file.lines // 20 if name == RICH_ROW else file.lines
        table.add(name, result.seconds, lines_read / result.seconds, result.peak_mb)
    return table


def measure_checking(file: RunFile, times: int) -> Table:
    """Measure what reads a whole run."""
    table = CHECKING.table(f"Checking and reporting on {file.size}")
    for name, result in compare(check_programs(file.path), times, file=file.path).items():
        table.add(name, result.seconds, result.peak_mb)
    return table


def measure_page(file: RunFile, times: int) -> Table:
    """Measure writing the HTML report, which holds all of a run."""
    table = PAGES[file.mix.name].table(f"The HTML report of {file.size}, mix of {file.mix.name}")
    for name, result in compare(page_programs(file.path), times, file=file.path).items():
        table.add(name, result.seconds, result.peak_mb, result.printed / 1e6)
    return table


def measure_seeking(file: RunFile, size: str, times: int) -> Table:
    """Measure showing a part of a run."""
    table = SEEKING[size].table(f"Seeking in {file.size}")
    for name, result in compare(seek_programs(file.path, file.lines), times, file=file.path).items():
        table.add(name, 1000 * result.seconds, result.peak_mb)
    return table


def measure_start(file: RunFile, times: int) -> Table:
    """Measure what takes little more than its start."""
    table = STARTING.table("Start-up")
    results = compare(start_programs(file.path), 4 * times + 1)
    bare = results["python -c pass"].seconds
    for name, result in results.items():
        table.add(name, 1000 * result.seconds, 1000 * (result.seconds - bare))
    return table


def measure_listing(times: int, count: int) -> Table:
    """Measure listing `count` runs of 1 MB each, sparse between head and tail: no command should read there."""
    table = LISTING.table(f"{count:,} runs of 1 MB")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for number in range(count):
            start = generate.START + timedelta(seconds=30 * number)
            run_id = f"{start:%Y%m%dT%H%M%SZ}-{number:06x}"
            script = generate.Script(generate.TEXT_MIX, generate.STEP_S, run_id, start, seed=number)
            events = script.events()
            head, tail = script.begin(), b"".join(next(events) for _ in range(2)) + script.end()
            with (directory / f"{run_id}.ndjson").open("wb") as file:
                file.write(head)
                file.seek(1_000_000 - len(tail) - 1)
                file.write(b"\n" + tail)
        for row, result in compare(list_programs(directory), times).items():
            table.add(row, result.seconds, result.peak_mb)
    return table


def write_lnav_settings(settings: Path) -> None:
    """Write a settings directory that defines the format of run files, so that lnav need not detect it."""
    formats = settings / "formats" / "installed"
    formats.mkdir(parents=True, exist_ok=True)
    (formats / "runtail.json").write_text(json.dumps(LNAV_FORMAT))


def tables(corpus: Corpus, runs: int = RUNS) -> list[Table]:
    """Measure all of this; `runs` are listed."""
    small_mb = corpus.sizes[SMALL]
    corpus.prepare([*((generate.TEXT_MIX, mb) for mb in corpus.sizes.values()), (generate.CALLS_MIX, small_mb)])
    small, large = (corpus.file(mb) for mb in corpus.sizes.values())
    return [
        measure_showing(small, corpus.times),
        measure_checking(small, corpus.times),
        *(measure_page(corpus.file(small_mb, mix), corpus.times) for mix in generate.MIXES.values()),
        measure_start(small, corpus.times),
        measure_seeking(small, SMALL, corpus.times),
        measure_seeking(large, LARGE, corpus.times),
        measure_listing(corpus.times, runs),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, nargs=2, default=[200.0, 2000.0], help="sizes of the run files")
    with tempfile.TemporaryDirectory() as name:
        for table in tables(Corpus(Path(name), *parser.parse_args().mb)):
            table.print()


if __name__ == "__main__":
    main()
