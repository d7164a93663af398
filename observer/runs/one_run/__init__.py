"""One run as an object, for programs, and single events of it.

Modules, each importing only those above it:

    event_lookup  one event of a run, by its number
    tool_call     one tool call as an object
    event_index   where the events of a run file are, and their types
    run           one run as an object
"""
