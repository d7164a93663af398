"""Reads the lines of a run file, of a pipe, or of several runs at once. A source does not interpret its lines.

Modules, each importing only those above it:

    lock          ask whether the writer's lock is held
    locate        list the run files of a directory, and name files in messages
    find          resolve a path, run ID, prefix or "latest" to a file
    items         the items that a source yields, and the protocol of sources
    off_loop      call what blocks without blocking an event loop
    price_files   read prices of tokens
    content       the lines of a content, and notices about one that is not a run file or has lost a part
    file_change   detect whether a file was truncated, replaced or removed since the last read
    line_reader   read lines forwards and backwards from an offset
    seek          find the offset of a line by number, seq or time
    directory_events  tell which files of some directories have changed
    inotify       tell an event loop at once that an open file has changed
    open_files    the open files whose changes the system tells of at once
    lateness      decide whether to wait for change events or to look on a timer
    watcher       decide when to read again: change events and a timer
    regular_file  open a file, and refuse what is not a regular one
    file_reader   read an open run file, and detect changes of the file itself
    open_run_file  open a run file, or say why that is impossible
    dialect_plugins  the dialects of other packages
    sessions      the sessions of other programs, and run files of them
    compressed    read a gzip or zstd file
    output_files  the whole output of a tool, in a file beside the run
    departure     find out what became of a file whose name is gone
    followed_file  a run file that is followed, read by read
    file          follow one run file
    stdin         read standard input
    skip          start within a source that cannot seek
    translated    read a stream of another program as a run
    replay        play a source with its original timing
    open_source   choose the source for a path
    snapshot      read a run file as it was when opened
    rounds        decide which files to look at beyond those that were reported
    merged_member  one file of several that are merged by time
    merged        follow several run files at once, merged by time
    private_directory  temporary directories that are removed at the next start after a kill
    mirror        the protocol of remote runs that become local copies
"""
