"""The lines of runs as one client wants them: streams, pages, and what a search finds.

Modules, each importing only those above it:

    client_filter  one client's filter, applied to the lines of a run
    hit_list       the hits of the most recent searches of all clients
    paging         pages of lines before, after or around a position
    run_stream     one client's stream of a run
    latest_stream  a stream that follows the newest run
    folder_search  a search through all runs
"""
