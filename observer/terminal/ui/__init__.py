"""The full-screen view of runs, `observe ui`, with Textual; it stands on what the other views draw with.

Modules, each importing only those above it:

    ui_options    what is shown, and how
    strips        rows as the lines of a full screen
    block_rows    blocks of a row as rows of a screen
    entries       what a log shows together
    entry_rows    entries as rows of a screen
    viewport      the part of a sequence of items that a screen shows
    scroll_bar    what marks the selected item, and draws the scroll bar
    item_view     a widget that scrolls through items of any height
    places        where to go in a run, and what is there
    run_file      an open run: its lines around an offset, and searches
    log_window    the entries around a place in a run
    log_items     the entries of a log as items of a view
    log_view      the log of a run, which loads as the user moves, and follows the run
    log_search    searches in a log
    agent_tree    the sessions of a run and their subagents
    tree_view     the tree of these beside the log
    run_follower  the state of a run while it is on the screen
    texts         what the lines above and below the log say
    detail        all of one entry
    status_bar    a line whose parts are left out where there is no room
    message_bar   the line below, with messages
    prompt        the line in which a search or a place is typed
    keys          the keys and what they do
    moving_screen  a screen in whose view the same keys move
    log_screen    what the keys do in a log
    run_screen    one run
    runs_screen   the runs of a directory
    help_screen   the keys in words
    app           the program with its screens
"""
