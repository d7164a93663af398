"""Supports the tests of programs that record runs.

Modules, each importing only those above it:

    assertions       `assert_run`, assertions on one run
    failure_report   the end of the run files of a failed test, for the pytest plugin (`packaging/runtail_pytest.py`)
"""
