"""Options that several commands share, where their values come from, and what a shell completes.

Modules, each importing only those above it:

    settings           defaults of options from the settings file and the environment
    zones              the time zone of a command
    screen_options     options for colours and a pager
    completion         what a shell completes: runs, and values of options
    shared_options     options that several commands share, alone and in groups
    selection_options  options that select the events of a run
"""
