"""Looks for faults by hand or at night: `python -m tests.faults [KIND ...] [--hours N] [--seed N]`.

Prints what was wrong and exits 1 if there was anything; without a seed, each call tries others than before.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.fuzz import fuzz, fuzz_parts
from tests.faults.machine import SECONDS_IN_CI, run_machine
from tests.faults.starts import ENDLESS, SHORT, open_run, problems

_STARTS = 20


def run_seed(directory: Path, seed: int) -> str | None:
    """Let the random machine run once."""
    return asyncio.run(run_machine(directory / "machine", seed, SECONDS_IN_CI))


def start_often(directory: Path, seed: int) -> str | None:
    """Start programs, and end each by a signal."""
    with open_run(directory / "runs") as run:
        return "\n".join(problems(run, seed, ENDLESS + SHORT, _STARTS)) or None


KINDS: dict[str, Callable[[Path, int], str | None]] = {
    "machine": run_seed,
    "fuzz": fuzz,
    "parts": fuzz_parts,
    "starts": start_often,
}


def main() -> int:
    """Try one seed after another until the time is over. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Look for faults with random seeds.")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)} (default: all)")
    parser.add_argument("--hours", type=float, default=0.0, help="how long; by default each kind is tried once")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30), help="the first seed")
    options = parser.parse_args()
    if unknown := set(options.kinds) - KINDS.keys():
        parser.error(f"unknown kind {', '.join(sorted(unknown))}; choose from: {', '.join(KINDS)}")
    end, seed, found = time.monotonic() + options.hours * 3600, options.seed, 0
    while True:
        for kind in options.kinds or KINDS:
            with tempfile.TemporaryDirectory() as directory:
                problem = KINDS[kind](Path(directory), seed)
            found += problem is not None
            print(f"{kind} --seed {seed}: {problem or 'ok'}", flush=True)
        seed += 1
        if time.monotonic() >= end:
            return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
