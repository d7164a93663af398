"""Counts the source files in which redaction would replace something, of those that are installed on this machine.

    python benchmarks/false_positives.py [--show] [DIRECTORY ...]

Without a directory: the standard library with its site-packages, those of this environment, and the global modules of
Node. Hardly any of what is found there is a secret. Some is, as far as redaction can know: keys of examples, and
passwords of tests. What several files contain, such as copies of one, counts once.
"""

import argparse
import site
import subprocess
import sysconfig
from collections.abc import Iterator
from multiprocessing import Pool
from pathlib import Path

from agent.runlog.redaction.redact import Redactor, Span

SUFFIXES = frozenset((
    ".py", ".pyi", ".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".kt", ".rb", ".php",
    ".pl", ".pm", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".swift", ".sh",
))  # fmt: skip
BOUND = 5
"""Files of 10,000 in which something may be found."""
_PER = 10_000
_SHOWN_CHARS = 40


def installed() -> list[Path]:
    """Return the directories of installed source files."""
    node = subprocess.run(["npm", "root", "--global"], capture_output=True, text=True, check=False).stdout.strip()
    paths = [sysconfig.get_path("stdlib"), *site.getsitepackages(), *([node] if node else [])]
    return [Path(path) for path in dict.fromkeys(paths)]


def source_files(directories: list[Path]) -> Iterator[Path]:
    """Yield the source files below directories, each once."""
    seen: set[Path] = set()
    for directory in directories:
        for path in sorted(directory.rglob("*")):
            if path.suffix in SUFFIXES and path not in seen and path.is_file():
                seen.add(path)
                yield path


def secrets_in(path: Path) -> tuple[Path, str, list[Span]]:
    """Return a file, its text, and what redaction would replace in it."""
    text = path.read_bytes().decode("utf-8", "replace")
    return path, text, Redactor({}).spans(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="print what is found")
    parser.add_argument("directory", nargs="*", type=Path)
    arguments = parser.parse_args()
    files = hits = 0
    seen: set[str] = set()
    with Pool() as pool:
        for path, text, spans in pool.imap(secrets_in, source_files(arguments.directory or installed()), chunksize=50):
            files += 1
            new = [span for span in spans if text[span.start : span.end] not in seen]
            seen.update(text[span.start : span.end] for span in new)
            hits += bool(new)
            for span in new if arguments.show else ():
                begin = max(0, span.start - _SHOWN_CHARS)
                print(f"{path}: {span.kind}: {text[begin : span.start]!r} {text[span.start : span.end][:60]!r}")
    rate = hits / files * _PER if files else 0
    print(f"{hits} of {files} source files, {rate:.1f} of {_PER:,} (at most {BOUND})")
    raise SystemExit(rate > BOUND)


if __name__ == "__main__":
    main()
