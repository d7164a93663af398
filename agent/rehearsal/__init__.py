"""A model that follows a script: the real SDK, CLI and tools against a Messages API on loopback, offline and for free.

`docs/rehearsal.md` explains the script format.

Modules, each importing only those above it:

    tables         the base of all tables of a script
    blocks         the blocks of a message
    faults         what goes wrong instead
    script         the script: conversations, turns and files
    load           a script file to a script, or one error message
    project_files  the script's files, put into the project
    matching       which turn of the script answers a request
    answer         a turn as a message
    sse            a message as server-sent events
    faulty_stream  these events with a fault
    response       one response: an error, a message or a stream
    app            the Messages API as an ASGI application
    server         the application on a free port of 127.0.0.1
    environment    the environment variables of the CLI in a rehearsal
"""
