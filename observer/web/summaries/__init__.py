"""What is made of whole runs: their timelines and panels, and the comparison of two.

Modules, each importing only those above it:

    event_words        what the page says about events beyond their rows
    thinned_timeline   the timeline of a run as the page draws it
    timeline_cache     the timeline of a run, read incrementally
    panel_cache        what a reader wants to know of a run first, made once for all clients
    comparison_stream  two runs beside each other, and how far reading them is
"""
