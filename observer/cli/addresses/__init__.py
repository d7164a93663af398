"""What the name of a run on the command line stands for: a file, a remote run, or a session of another program.

Modules, each importing only those above it:

    session_mirror  the sessions of other programs that a name stands for, as run files
    mirrors         the mirrors of remote runs, and of sessions of other programs
    missing_runs    hints to what there is instead of a run that is waited for
"""
