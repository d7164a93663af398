"""Measures selecting events of a run, by type and the like beside grep and jq, and by text beside grep and rg.

    python benchmarks/scan.py [--mb 200 2000]

The programs take turns with the same file; compare the ratios, not the figures.
"""

import argparse
import tempfile
from pathlib import Path

from corpus import LARGE, SMALL, Corpus, RunFile
from generate import MIXES, STEP_S, SUBAGENT, Script
from table import OBSERVE, Layout, Table, compare

TYPE = "tool_use"
GREP = f'grep \'"type":"{TYPE}"\''
JQ = f"jq -c 'select(.type==\"{TYPE}\")'"
BY_TYPE = f"observe tail --type {TYPE} -o json"
STARTING = f"{BY_TYPE}, of one event"
WORD, ABSENT = "pytest -q", "quixotic"
PHRASE = "loop which"
"""Occurs within pieces of text, and where one ends and the next one begins, which only we search."""
EXPRESSION, ABSENT_EXPRESSION = r"pytest -q tests?/\w+_p\w+\.py", "[xz]{3}[0-9]"
WITHOUT_LITERAL = "[0-9]{3}-[0-9]{4}"
"""Has no text that a match must contain, by which lines can be left out."""


def select(path: Path, *options: str) -> list[str]:
    """Return the command that prints the events of a file that the options select."""
    return [*OBSERVE, "tail", "--no-follow", *options, str(path)]


def type_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands that select by type and the like, by name."""
    programs = {
        GREP: ["grep", f'"type":"{TYPE}"', str(path)],
        JQ: ["jq", "-c", f'select(.type=="{TYPE}")', str(path)],
        BY_TYPE: select(path, "--type", TYPE, "-o", "json"),
        STARTING: select(path.parent / "one.ndjson", "--type", TYPE, "-o", "json"),
    }
    for options in (
        f"--type {TYPE} --tool Bash -o json", "--errors -o json", "--status blocked -o json",
        f"--agent {SUBAGENT} -o json", f"--type {TYPE}", "--errors",
    ):  # fmt: skip
        programs[f"observe tail {options}"] = select(path, *options.split())
    return programs


def text_programs(path: Path) -> dict[str, list[str]]:
    """Return the commands that search for a text, by name, each after its peer."""
    programs = {}
    for text in (WORD, ABSENT, PHRASE):
        programs[f"LC_ALL=C grep -F '{text}'"] = ["env", "LC_ALL=C", "grep", "-F", text, str(path)]
        programs[f"observe tail --grep '{text}' -o json"] = select(path, "--grep", text, "-o", "json")
    for expression in (EXPRESSION, ABSENT_EXPRESSION, WITHOUT_LITERAL):
        programs[f"rg '{expression}'"] = ["rg", expression, str(path)]
        programs[f"observe tail --grep '{expression}' -o json"] = select(path, "--grep", expression, "-o", "json")
    return programs


def type_layout(mix: str, size: str) -> Layout:
    """Return the table of `type_programs` for a mix and a size."""
    headers = ("command", "seconds", "x grep", "x faster than jq", "peak MB")
    return Layout(f"types {mix} {size}", headers, tuple(type_programs(Path())))


def text_layout(mix: str, size: str) -> Layout:
    """Return the table of `text_programs` for a mix and a size."""
    headers = ("command", "seconds", "MB printed", "peak MB")
    nowhere = f"`{ABSENT}`, `{ABSENT_EXPRESSION}` and `{WITHOUT_LITERAL}` are nowhere."
    note = f"{nowhere} `{PHRASE}` is also found across pieces of a text."
    return Layout(f"text {mix} {size}", headers, tuple(text_programs(Path())), note)


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [layout(mix, size) for size in (SMALL, LARGE) for mix in MIXES for layout in (type_layout, text_layout)]


def measure_types(file: RunFile, size: str, times: int) -> Table:
    """Measure the selection of events by type and the like."""
    layout = type_layout(file.mix.name, size)
    table = layout.table(f"Selected events of {file.size}, mix of {file.mix.name}, to a pipe")
    programs = type_programs(file.path)
    begin = Script(file.mix, STEP_S).begin()
    (file.path.parent / "one.ndjson").write_bytes(begin)
    results = compare(programs, times, file=file.path)
    grep, jq = results.get(GREP), results.get(JQ)
    for name, result in results.items():
        table.add(
            name, result.seconds, result.seconds / grep.seconds if grep else None,
            jq.seconds / result.seconds if jq else None, result.peak_mb,
        )  # fmt: skip
    return table


def measure_text(file: RunFile, size: str, times: int) -> Table:
    """Measure the search for a text."""
    layout = text_layout(file.mix.name, size)
    table = layout.table(f"Events of {file.size} with a text, mix of {file.mix.name}, to a pipe")
    for name, result in compare(text_programs(file.path), times, file=file.path).items():
        table.add(name, result.seconds, result.printed / 1e6, result.peak_mb)
    return table


def tables(corpus: Corpus) -> list[Table]:
    """Measure both sizes of both mixes."""
    corpus.prepare([(mix, mb) for mb in corpus.sizes.values() for mix in MIXES.values()])
    results = []
    for size, mb in corpus.sizes.items():
        for mix in MIXES.values():
            file = corpus.file(mb, mix)
            results += [measure_types(file, size, corpus.times), measure_text(file, size, corpus.times)]
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=float, nargs=2, default=[200.0, 2000.0], help="sizes of the run files")
    with tempfile.TemporaryDirectory() as name:
        for table in tables(Corpus(Path(name), *parser.parse_args().mb)):
            table.print()


if __name__ == "__main__":
    main()
