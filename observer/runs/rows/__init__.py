"""Makes rows: what every view shows of one event, as docs/rows.md describes it.

Modules, each importing only those above it:

    row_types         the fields of a row and its blocks, and their types
    highlight         code with the looks of its language
    ansi              the colours of a terminal as looks
    markdown_tree     Markdown as blocks
    json_tree         JSON as a tree that can be folded
    row_blocks        an output, a text or a value as blocks, in part or all of it
    call_rows         rows of tool calls and their results
    text_rows         rows of prompts, messages and pieces of text
    event_row         the row of any event
    row_json          rows as JSON, with nothing in them that acts, reorders or hides text
"""
