"""Fixtures and settings for all tests."""

import os
import signal

from hypothesis import HealthCheck, settings

# The suite tries the same examples every time; HYPOTHESIS_PROFILE=search looks for new ones.
# Neither measures time: a test that fails because the machine is busy says nothing of the code.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", untimed, derandomize=True)
settings.register_profile("search", untimed, derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# A suite started in the background of a script ignores Ctrl-C, and so would the programs that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_xdist_auto_num_workers() -> int:
    """Tests that run agents mostly wait for them: one worker more than there are cores keeps these busy."""
    return (os.cpu_count() or 1) + 1
