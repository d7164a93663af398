"""Runs that may still be written: whether their writers are alive, where they stand, and their events as they come.

Modules, each importing only those above it:

    liveness    whether the writer of a run is alive
    monitor     the state and status of a live run
    read_state  the state of a run from the ends of its file
    follow      the events of a run as they are written
"""
