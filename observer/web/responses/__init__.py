"""What is sent, and how: lines as server-sent events, streams, and files.

Modules, each importing only those above it:

    sse        lines encoded as server-sent events
    streaming  responses that are sent piece by piece
    images     images beside a run
    downloads  what a client can save: a run file, and reports
"""
