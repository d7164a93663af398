"""Run files over NATS JetStream: a relay publishes them, and local copies of remote runs are read like any file.

Nothing outside this folder knows NATS. It is imported only when a command is given an address.

Modules, each importing only those above it:

    messages      how lines map to messages: subjects, headers, parts of long lines
    address       addresses of servers and runs, and authentication
    connection    a connection to one of several servers, and its errors
    stream        the stream that stores the runs
    publisher     publishes consecutive lines, each directly after its predecessor
    relay_file    what the stream lacks of one run file
    relay         publishes every run file of a directory
    stream_seek   the runs in a stream, and positions in them
    local_copy    local files of remote runs
    fetch         copies messages into local files
    fetch_thread  copies in a thread while a command reads the files
"""
