"""Reads the lines of a run file, of a pipe, or of several runs at once. A source does not interpret its lines.

Modules, each importing only those above it:

    lock          ask whether the writer's lock is held
    locate        list the run files of a directory, and name files in messages
    find          resolve a path, run ID, prefix or "latest" to a file
    items         the items that a source yields, and the protocol of sources
    content_notices  notices about content that is no run file, or of which a part is lost
    file_change   detect whether a file was truncated, replaced or removed since the last read
    line_reader   read lines forwards and backwards from an offset
    seek          find the offset of a line by number, seq or time
    crowd         count the followers on this machine
    watcher       decide when to read again: change events and a timer
    file_reader   read an open run file, and detect changes of the file itself
    compressed    read a gzip or zstd file
    departure     find out what became of a file whose name is gone
    file          follow one run file
    stdin         read standard input
    skip          start within a source that cannot seek
    replay        play a source with its original timing
    open_source   choose the source for a path
    snapshot      read a run file as it was when opened
    merged_member  one file of several that are merged by time
    merged        follow several run files at once, merged by time
    mirror        the protocol of remote runs that become local copies
"""
