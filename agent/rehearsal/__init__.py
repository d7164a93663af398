"""A model that follows a script: the real SDK, CLI and tools against a Messages API on loopback, offline and for free.

`docs/rehearsal.md` explains the script format.

Modules, each importing only those above it:

    script       the script as typed values
    load         a script file to a script, or one error message
    matching     which turn of the script answers a request
    sse          a turn as one message or as server-sent events, pure
    response     one response: an error, a message or a stream, with its faults
    app          the Messages API as an ASGI application
    server       the application on a free port of 127.0.0.1
    environment  the environment variables of the CLI in a rehearsal
"""
