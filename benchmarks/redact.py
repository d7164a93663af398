"""Measures what it costs to look for secrets: in source code that was not seen before, and in hostile texts.

    python benchmarks/redact.py

Each text is redacted as the output of a tool is, once. A hostile text is full of what a secret begins with, so that
every part of it has to be judged; its cost is compared with that of as much source code.
"""

import time

from emit import source_code
from table import Layout, Table

from agent.runlog.redaction.redact import Redactor

CHARS = 64 * 1024
SOURCE = "source code"
HOSTILE = (
    "eyJ-", "eyJ", "://a:", "Bearer ", "-----BEGIN ", "sk-", "SG.", "PRIVATE KEY", "pwd=abcd; ", "password=", "key=",
    "sk-aaaaaaaaaaaaa", "pass:", "<<<abcd", "sqlplus a", "a,password\\n", "curl -u a:", "echo a | sudo -S",
    "snmpwalk -c ", "key_1", "TWFu", "0f",
)  # fmt: skip
LAYOUT = Layout(
    "redact",
    ("text", "us per KB", "x of source code"),
    (SOURCE, *HOSTILE),
    f"A hostile text is what is named here, again and again, {CHARS // 1024} KB of it.",
)


def layouts() -> list[Layout]:
    """Return the tables of this benchmark."""
    return [LAYOUT]


def us_per_kb(texts: list[str]) -> float:
    """Return the processor time, in microseconds, that 1,024 characters of `texts` take."""
    redactor = Redactor({})
    begin = time.process_time()
    for text in texts:
        redactor.redact(text)
    return (time.process_time() - begin) * 1e6 / sum(map(len, texts)) * 1024


def tables() -> list[Table]:
    """Redact everything once."""
    table = LAYOUT.table("Looking for secrets")
    source = source_code()
    ordinary = us_per_kb([source[start : start + CHARS] for start in range(0, len(source), CHARS)])
    table.add(SOURCE, ordinary, 1.0)
    for part in HOSTILE:
        cost = us_per_kb([(part.encode().decode("unicode_escape") * CHARS)[:CHARS] + "@ .eyJ k_live_ earer SG."])
        table.add(part, cost, cost / ordinary)
    return [table]


def main() -> None:
    for table in tables():
        table.print()


if __name__ == "__main__":
    main()
