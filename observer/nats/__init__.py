"""Run files over NATS JetStream: an existing engine carries the lines, and what reads a file reads a stream.

`wire` says how a line looks there, `address` and `connection` lead to the servers, `stream` is what they keep, and
`relay` publishes a folder's run files. Nothing outside this package knows of NATS; it is loaded when somebody names
an address.
"""
