"""What `observe list` does with its options.

Modules, each importing only those above it:

    list_options  the runs that observe list lists
    list_updates  what observe list prints, kept up to date
"""
