"""The list of runs.

Modules, each importing only those above it:

    run_words  what the page says of a run
    list_view  the list of runs as one client wants it
    run_list   the runs of a directory, and streams of the list
"""
