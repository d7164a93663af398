"""The program `observe`: each command parses options, calls one function and turns its result into an exit code.

Modules, each importing only those above it:

    session_mirror  the sessions of other programs that a name stands for, as run files
    mirrors       the mirrors of remote runs, and of sessions of other programs
    exit_codes    what became of the runs, as an exit code
    missing_runs  hints to what there is instead of a run that is waited for
    settings      defaults of options from the settings file and the environment
    zones         the time zone of a command
    screen_options  options for colours and a pager
    completion    what a shell completes: runs, and values of options
    options       options that several commands share, alone and in groups
    selection_options  options that select the events of a run
    tail_options  the options of observe tail, resolved, and the files they name
    tail_source   the source of the events of observe tail
    tail_runs     shows runs as they are written
    tail          observe tail
    ui            observe ui
    list_options  the runs that observe list lists
    list_updates  what observe list prints, kept up to date
    list          observe list
    show          observe show
    compare       observe compare
    report        observe report
    serve         observe serve
    schema        observe schema
    check         observe check
    wait          observe wait
    relay         observe relay
    app           the Typer app, which loads the command that is used; the entry point
"""
