"""Sessions of other programs, such as Claude Code and Codex: finds them, and keeps run files of them up to date.

What their lines mean is the concern of `observer.dialects`; here is where they are, which processes write them, and
where the events go.

Modules, each importing only those above it:

    process         what is known of the process that writes a session, and heartbeats in its place
    session_paths   which files may be those of sessions, in directories that may not be readable
    claude_home     the directory of Claude Code
    codex_rollouts  the files of its threads, Codex's, and which are below others
    codex_home      the directory of Codex
    session_files   the lines of one session, from all its files
    session         a session as it is found: its file, and who can tell more of it
    whole_outputs   long outputs that a program keeps in files
    run_copy        the run file that gets the events
    session_copier  copies one session
    copy_cache      keeps short copies between two lists
    copying         copies the sessions that there are, now and later
    session_names   what a name of sessions stands for
"""
