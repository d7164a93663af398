"""Checks an agent's commands: parsed by a real shell parser, compared with an allowlist, denied when in doubt.

An allowlist stops mistakes and careless commands. It cannot stop an interpreter that is on it, such as `python -c` or
`make`, from doing whatever the system permits: that is the sandbox's task.

Modules, each importing only those above it:

    denial     a tool call, and why it is denied
    allowlist  the names of the commands that may run
    paths      the project and temporary directories, and which paths lie in them
    parser     shell text to a syntax tree that means the same to a shell
    words      the value of a word, as far as it is known before the shell runs
    wrappers   the commands inside `env`, `xargs`, `find -exec`, `sh -c` and the like
    scripts    shell scripts of the project
    walker     the simple commands of a tree, and the directories each may run in
    rules      what is denied whatever the allowlist says
    checker    one command line and everything it runs
    policy     the guard: decides on one tool call
"""
