"""The command line `agent`.

Modules, each importing only those above it:

    signals   Ctrl-C and SIGTERM while a command works
    viewer    the live view, as a process of its own
    commands  a run with its view, for run, build and demo
    app       the commands and their options
"""
