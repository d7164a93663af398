"""Writes a run: one file, one JSON line per event.

Modules, each importing only those above it:

    encoder        encode events as lines; replace what JSON cannot hold
    redaction      replace secrets in lines before they are written
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
