"""Checks an agent's commands: parsed by a real shell parser, compared with an allowlist and with rules.

With the sandbox on, the sandbox is the wall, and the checks catch honest slips: what can be known to do harm is denied.
Without it they are strict: what cannot be known is denied as well. Even so they cannot stop an interpreter on the
allowlist, such as `python -c` or `make`, from doing whatever the system permits.

Modules, each importing only those above it:

    denial           a tool call, why it is denied, and what the sandbox changes
    profiles         named sets of commands
    allowlist        the names of the commands that may run
    paths            the project and temporary directories, and which paths lie in them
    parser           shell text to a syntax tree that means the same to a shell
    words            the value of a word, as far as it is known before the shell runs
    wrapper_options  the options of commands that run another command
    wrappers         the commands inside `env`, `xargs`, `find -exec`, `sh -c` and the like
    scripts          shell scripts of the project
    walker           the simple commands of a tree, and the directories each may run in
    readers          whether a command line provably only reads
    find_tests       whether a `find` that deletes spares the project and its history
    remote           what would be deleted or overwritten on other machines
    rules            what is denied whatever the allowlist says
    context          what the checks of one command line share
    checker          one command line and everything it runs
    policy           the guard: decides on one tool call
"""
