"""Selects events: conditions on fields, and searches for texts, line by line or in blocks of lines.

Modules, each importing only those above it:

    expressions       regular expressions for bytes, compiled
    literals          what every match of a regular expression contains
    spread_text       what finds a literal in raw lines, also one that is spread over several
    json_expression   what finds in JSON what an expression finds in its texts
    pattern           regular expressions, matched by RE2
    line_kinds        the types of lines of a block, without decoding
    decisive_lines    find lines of a few types in blocks
    filter            conditions on events
    message_text      pieces of text joined, and searched
    seen              why no event matched a filter
    line_conditions   select lines of blocks by single fields
    matcher           select events
    pieces_nearby     whether a text may match in pieces that are near one another
    text_proof        which of many lines a search is certain to match
    text_selector     select lines of blocks that a search has to look at
    line_selector     the same for an expression that requires no text
    block_matcher     select events of a run that is read in blocks
    neighbours        events before and after matches
    hidden_calls      tool calls that are not shown
    matched_lines     select lines
    filter_options    filter options of the command line
"""
