"""Writes a run: one file, one JSON line per event.

Modules, each importing only those above it:

    encoder        encode events as lines; replace what JSON cannot hold
    token_shapes   the shapes of tokens that vendors document
    secret_values  whether a value is a secret or a placeholder
    connection_strings  whether a password stands in a connection string
    command_secrets  passwords as arguments of commands
    setting_secrets  passwords in settings, protocols and calls
    prose_secrets  passwords in sentences
    listed_secrets  columns of tables and lists of secrets
    clues          look for many expressions at once
    named_secrets  the values of passwords and keys, by their names
    encoded_text   texts in base64
    secret_rules   every kind of secret that is recognized
    unfinished_secrets  the end of a text that may be the beginning of a secret
    redact_settings  what a project adds and exempts
    text_pieces    the context of a text that arrives in pieces
    redact         replace secrets in lines before they are written
    lock           the lock of the writer, which viewers can query
    receipt        wait until another thread has done something
    fork           keep open files from forked processes
    run_file       create, lock, reopen and find run files
    attachments    write large tool outputs to files of their own
    finished       whether a run has ended, for those who tidy up
    compress       pack a file with gzip
    prune          remove or pack old runs
    appender       append lines to one file, in order, also when the disk is full
    heartbeat      the state that heartbeats report
    totals         the totals that heartbeats and the last line report
    heartbeat_thread  write them, whatever else the program does
    sync_thread    flush the file to the disk, while they are written
    outcome        the outcome of a run that ended with an exception, or by its sessions
    sigterm        close open runs properly on SIGTERM
    run_lines      make the lines of a run, up to the last one
    run_writer     write a run, behind calls that never wait
    loop_futures   let an event loop wait for another thread
    streamed_text  the events of a text that arrives in pieces
    sync_runlog    SyncRunLog, the writer of one run for synchronous code
    runlog         RunLog, the writer of one run
"""
