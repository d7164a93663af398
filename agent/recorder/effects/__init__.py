"""Does for a session what needs a clock, a file or the log.

Modules, each importing only those above it:

    earlier_cost   what a conversation had cost before it was resumed, from its transcript
    saved_outputs  the whole of outputs that the CLI has put into files
    flush_timer    writes pieces of text that have waited long enough
    own_faults     reports faults of the recorder itself
    human_waits    the calls for which a person is waited for
    callbacks      our hooks and callbacks, added to those of the caller
"""
