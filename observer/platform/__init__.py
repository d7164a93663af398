"""What not every system has, behind functions that work on all of them; the lock of a run file is in `source/lock.py`.

Linux has everything, macOS most, Windows little. Each function looks for what it uses, not for the name of the system:
that is also how the tests take it away. A module of the standard library also stands in a variable of type `Any` for
what only some systems have: a type checker knows one system at a time.

Modules, each importing only those above it:

    files          reading, writing and locking files
    file_limits    how many files may be open, and are
    process_info   this machine, this process and others
    pipes          waiting for pipes and terminals
    interrupts     signals, timers and job control
"""
