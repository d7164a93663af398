"""The command lines of everyday.txt and dangerous.txt, which a line with `%` separates."""

from pathlib import Path

EVERYDAY_LINES, DANGEROUS_LINES = (
    Path(__file__).with_name(name).read_text("utf-8").strip("\n").split("\n%\n")
    for name in ("everyday.txt", "dangerous.txt")
)
"""What coding agents run all day, and what would delete or overwrite something that is not theirs. `{outside}` stands
for a directory beside the project."""
