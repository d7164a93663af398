"""Settings for all tests; what they may need is in tests/needs.py, what makes one fast in tests/tiers.py."""

import gc
import math
import os
import signal
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.helpers import MAX_PATIENCE, PATIENCE

pytest_plugins = ["tests.needs", "tests.tiers"]

# The suite tries the same examples every time; HYPOTHESIS_PROFILE=search looks for new ones.
# `pytest -m fast` tries the first of them only. None measures time: a test that fails because the machine is busy says
# nothing of the code.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", untimed, derandomize=True)
settings.register_profile("fast", untimed, derandomize=True, max_examples=25)
settings.register_profile("search", untimed, derandomize=False, max_examples=2000)

# Times are shown in the local zone, which is the same on every machine that runs the suite.
os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

# A suite started in the background of a script ignores Ctrl-C, and so would the programs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The same holds for SIGHUP under nohup. A handler is not inherited, and unlike the default lets the suite outlive its
# terminal; the workers of pytest-xdist, which have the default by then, end with the process that started them.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN or "PYTEST_XDIST_WORKER" in os.environ:
    signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples property tests try, and scale the limit of pytest-timeout, which reads it next."""
    if math.isnan(PATIENCE):
        raise pytest.UsageError(
            f'RUNTAIL_TEST_PATIENCE: invalid factor "{os.environ["RUNTAIL_TEST_PATIENCE"]}"; '
            f"use a number such as 4 (at most {MAX_PATIENCE})"
        )
    tier = "fast" if config.option.markexpr == "fast" else "suite"
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", tier))
    if config.option.timeout is None and "PYTEST_TIMEOUT" not in os.environ:
        config.option.timeout = float(config.getini("timeout")) * PATIENCE


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep what collection creates out of the garbage collector, which would search it again and again: a tenth of
    the time of the fast tests. Let it wait for more garbage than by default, too: another twentieth."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(50_000, 20, 100)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Tests that run agents mostly wait for them: two workers more than there are cores keep these busy."""
    if config.option.markexpr == "fast" or "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # as many as there are cores, or as the variable says
    return (os.cpu_count() or 1) + 2
