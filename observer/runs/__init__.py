"""Interprets runs: the state that their events add up to, descriptions, totals, and the runs of a directory.

Modules and directories, each importing only those above it:

    state             what a run is doing, as its events add up to it
    outputs           the objects that commands print as JSON
    detail_types      the fields of the JSON object of a run, and their types
    trouble           what counts as trouble
    trouble_lines     find lines of blocks that may be trouble
    filters           select events by what they say
    jq_worker         a process that evaluates a jq expression
    jq_process        a jq expression as a predicate over lines
    waiting           what `observe wait` waits for, and how that ended
    words             words for people: of events, calls, results, a status
    rows              what every view shows of an event
    timeline          sessions, tool calls and subagents as spans of time
    summary           what a run came to: its calls, troubles, features, cost and end
    comparison        two runs side by side, and the first point where they part
    validation        whether a file keeps to the format
    live              runs that may still be written: their writers, states, and events as they come
    listing           the runs of a directory
    compare_runs      reads two runs beside each other and compares them
    one_run           one run as an object, and single events of it
    window            a run file around an offset, filtered and searched, for views that scroll
"""
