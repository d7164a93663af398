"""Measures how much slower this machine is than the one for which the bounds in seconds were given.

    python benchmarks/calibration.py

Two programs that are not ours are timed: a bare Python, and jq with a filter on a run file. The smaller factor counts,
so that a machine that is slow at one of them only is not granted more time for everything.
"""

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from corpus import Corpus
from table import compare

REFERENCE_START_S = 0.009
"""Seconds that `python -c pass` takes on the reference machine."""
REFERENCE_JQ_MB_PER_S = 200 / 2.2
"""Speed of `jq -c 'select(.type=="tool_use")'` on the reference machine."""
CALIBRATION_MB = 40.0


@dataclass(frozen=True)
class Calibration:
    """The seconds of the two programs, jq's for 200 MB, and how many processes wanted to run when it began."""

    start_s: float
    jq_s: float | None
    load: float

    @property
    def factor(self) -> float:
        """How many times slower this machine is than the reference machine."""
        jq = [] if self.jq_s is None else [self.jq_s * REFERENCE_JQ_MB_PER_S / 200]
        return min([self.start_s / REFERENCE_START_S, *jq])

    def strictest(self, later: "Calibration") -> "Calibration":
        """Return the shorter times of two measurements: a machine that was busy during one of them is no slow one."""
        jq = [each.jq_s for each in (self, later) if each.jq_s is not None]
        return Calibration(min(self.start_s, later.start_s), min(jq, default=None), self.load)

    def __str__(self) -> str:
        jq = "" if self.jq_s is None else f" and jq for 200 MB in {self.jq_s:.1f} s"
        return (
            f"Python starts in {1000 * self.start_s:.1f} ms{jq}: limits in seconds times {self.factor:.2f}. "
            f"Load average at the start {self.load:.2f}."
        )


def calibrate(corpus: Corpus, mb: float = CALIBRATION_MB) -> Calibration:
    """Measure this machine, jq with a run of so many MB, and warn on standard error if it is busy."""
    path = corpus.file(mb).path
    load = os.getloadavg()[0]
    if load > (os.cpu_count() or 1) / 4:
        print(f"warning: other programs are running (load average {load:.2f})", file=sys.stderr)
    times = compare({"python": [sys.executable, "-c", "pass"]}, 21)
    times |= compare({"jq": ["jq", "-c", 'select(.type=="tool_use")', str(path)]}, 3, file=path)
    jq = times["jq"].seconds * 200 / mb if "jq" in times else None
    return Calibration(times["python"].seconds, jq, load)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(calibrate(Corpus(Path(name))))


if __name__ == "__main__":
    main()
