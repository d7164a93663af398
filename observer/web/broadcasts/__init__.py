"""What is new in runs, read and encoded once for all clients.

Modules, each importing only those above it:

    row_encoder    lines encoded as rows
    chunk_cache    lines that are read and encoded once for all clients
    recent_chunks  the lines of a run that arrived last
    broadcast      follows one run and wakes its clients
    hub            all broadcasts, and the watcher of the directory
"""
