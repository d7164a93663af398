"""The program `observe`: each command parses options, calls one function and turns its result into an exit code.

A command is the module of its name. Modules and directories, each importing only those above it:

    addresses   what the name of a run stands for: a file, a remote run, a session of another program
    exit_codes  what became of the runs, as an exit code
    options     options that several commands share, and their defaults
    tailing     what observe tail does with its options
    tail        observe tail
    ui          observe ui
    listing     what observe list does with its options
    list        observe list
    show        observe show
    compare     observe compare
    report      observe report
    serve       observe serve
    schema      observe schema
    check       observe check
    wait        observe wait
    relay       observe relay
    app         the Typer app, which loads the command that is used; the entry point
"""
