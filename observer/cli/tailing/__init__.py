"""What `observe tail` does with its options.

Modules, each importing only those above it:

    tail_options  the options of observe tail, resolved, and the files they name
    tail_source   the source of the events of observe tail
    typed_name    what users type for a run
    tail_runs     shows runs as they are written
"""
