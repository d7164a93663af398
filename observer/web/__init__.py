"""Serves the runs of a directory over HTTP: a page, JSON, and streams of server-sent events.

Modules, each importing only those above it:

    errors           errors that a client sees
    access           checks of Host header, origin and token
    connections      connection limits and timeouts
    page_script      modules of the page joined into one script, and that put into the page
    token_page       the page that asks for the access token
    middleware       access checks, request limits and security headers of every request
    static           the files of the page
    sse              lines encoded as server-sent events
    streaming        responses that are sent piece by piece
    run_words        what the page says of a run
    event_words      what the page says about events beyond their rows
    list_view        the list of runs as one client wants it
    query            query parameters
    search_pool      threads for searches that can be cancelled
    run_directory    looks up run files by name
    images           images beside a run
    row_encoder      lines encoded as rows
    chunk_cache      lines that are read and encoded once for all clients
    recent_chunks    the lines of a run that arrived last
    broadcast        follows one run and wakes its clients
    hub              all broadcasts, and the watcher of the directory
    generation_cache  what was made of the runs that were requested last
    client_filter    one client's filter, applied to the lines of a run
    hit_list         the hits of the most recent searches of all clients
    paging           pages of lines before, after or around a position
    run_stream       one client's stream of a run
    latest_stream    a stream that follows the newest run
    run_list         the runs of a directory, and streams of the list
    folder_search    a search through all runs
    comparison_stream  two runs beside each other, and how far reading them is
    downloads        what a client can save: a run file, and reports
    thinned_timeline  the timeline of a run as the page draws it
    timeline_stream  the timeline of a run, read incrementally
    panel_cache      what a reader wants to know of a run first, made once for all clients
    endpoints        what the handlers of URLs share
    routes           the URLs
    listen           listening sockets, the access policy and the URL that follow from them
    server           the server, and the tasks that run as long as it serves
"""
