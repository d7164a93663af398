"""Serves the runs of a directory over HTTP: a page, JSON, and streams of server-sent events.

All JavaScript is in `page/`. Modules and directories, each importing only those above it:

    errors            errors that a client sees
    search_pool       threads for searches that can be cancelled
    generation_cache  what was made of the runs that were requested last
    run_directory     looks up run files by name
    assets            the files of the page as they are served
    access            who may connect, and what a request must be like
    responses         what is sent: server-sent events, streams, files
    run_list          the list of runs
    query             query parameters
    broadcasts        what is new in runs, read and encoded once for all clients
    lines             the lines of runs as one client wants them
    summaries         what is made of whole runs: timelines, panels, comparisons
    endpoints         what the handlers of URLs share
    routes            the URLs
    server            the server, and the tasks that run as long as it serves
"""
