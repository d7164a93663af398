"""The command line `agent`: one module a command, its declaration on top, below it the function for programs.

Modules, each importing only those above it:

    exits         exit codes, errors in one sentence, output
    formats       text, times, durations and sizes in the output
    options       options that commands share, in groups
    signals       Ctrl-C and SIGTERM while a command works
    viewer        the live view, as a process of its own
    registration  the entry of this process in the register of agents
    execute       a run with its model, its view and its signals
    run           agent run: one prompt
    record        agent record: an agent that another program runs
    build         agent build: a whole specification
    demo          agent demo: a scripted model
    list          agent list: the agents that are running
    stop          agent stop: the first and the second Ctrl-C, from elsewhere
    prune         agent prune: old runs
    app           the program
"""
