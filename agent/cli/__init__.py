"""The command line `agent`: one module a command, its declaration on top, below it the function for programs.

Modules, each importing only those above it:

    exits    exit codes, and errors in one sentence
    options  options that commands share, in groups
    signals  Ctrl-C and SIGTERM while a command works
    viewer   the live view, as a process of its own
    execute  a run with its model, its view and its signals
    run      agent run: one prompt
    record   agent record: an agent that another program runs
    build    agent build: a whole specification
    demo     agent demo: a scripted model
    app      the program
"""
