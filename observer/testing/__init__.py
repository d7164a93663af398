"""Supports the tests of programs that record runs.

Modules, each importing only those above it:

    assertions   `assert_run`, assertions on one run
    plugin       pytest plugin that shows the end of the run files of a failed test
"""
