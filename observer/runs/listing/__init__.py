"""The runs of a directory.

Modules, each importing only those above it:

    run_names   what a run and its project are called
    listed_run  one run in a list, and its JSON object
    listing     the runs of a directory, with their states
    urgency     which runs need a person, for tables
    run_filter  selects runs
    run_order   the order of runs in a list, and their groups
"""
