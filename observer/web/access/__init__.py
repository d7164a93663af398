"""Who may connect, and what a request must be like before it is answered.

Modules, each importing only those above it:

    policy       checks of Host header, origin and token
    connections  connection limits and timeouts
    middleware   access checks, request limits and security headers of every request
    listen       listening sockets, the access policy and the URL that follow from them
"""
