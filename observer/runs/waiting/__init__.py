"""Waiting for what a run does. Pure.

Modules, each importing only those above it:

    conditions    what `observe wait` waits for
    wait_outcome  how waiting ended, as a JSON object
"""
