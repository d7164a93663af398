"""Reads a run file of any size around an offset, filters and searches it; for views that scroll. Blocking.

Modules, each importing only those above it:

    cursor         a position in a run file that survives a restart
    editions       notices that a file was rewritten in place
    shared_file    a run file that several readers read, with a reference count
    attachments    files beside a run
    long_line      lines that are too long to be loaded unasked
    line_filter    a filter applied to the lines between two offsets
    pages          pages of lines before or after an offset
    hits           the events that pass a filter, counted, and steps from one to the next
"""
