"""Displays runs on a terminal and in a pipe: views that turn lines into text, and the outputs that they print on.

Modules, each importing only those above it:

    preferences    when users want colours, and which pager
    theme          colours and glyphs
    row            styled rows, before they are laid out
    cells          the width of texts
    line_breaks    where a line may break
    ellipsis       texts that are cut to a number of cells
    wrap           streaming word wrap
    screen         width, colours and characters of a terminal or a pipe
    table_rows     tables fitted to a width
    output_rows    outputs in their own colours
    markdown_rows  blocks of text as rows
    markdown_settled  how much of a text that still arrives can be shown
    markdown_stream  a text in pieces as rows
    markdown_text  a paragraph drawn as Markdown
    view           the protocols of views, of what they write to, and of what shows the status
    signals        signals that end the program, without a lock left held
    background     a coroutine in a thread beside the view
    output         unbuffered output to a descriptor
    pager          output that does not fit on the screen
    progress       how far a long file has been read
    suspend        what happens to the screen on Ctrl-Z
    speakers       which call spawned which subagent
    diff           an edit as a small diff
    conversation_rows  prompts, to-do lists and ends of messages as rows
    event_rows     events as rows
    run_end        the end of a run, said once
    event_times    the times of events as views show them
    tool_text      the text of tool calls and their results
    tool_rows      tool calls and their results as rows
    tool_blocks    tool calls and their results as the screen takes them
    heartbeats     lines during a silence
    paragraphs     which pieces of text belong together
    row_lines      rows as the lines of a screen
    layout         paragraphs, blocks and gutters of the pretty view
    speaker_texts  the texts of speakers as they stream
    pretty_view    the default view: text as it streams, blocks for everything else
    event_page     one event, whole
    text_view      one line per event
    json_view      the lines of the file, unchanged
    multi_view     several runs in one view
    status_line    the line at the bottom of the screen
    run_table      the table of `observe list`
    summary_lists  lists of a summary and their titles
    summary_ending  how a run ended, and what failed, at the top of a summary
    summary_conversation  prompts, tokens and things to do in a summary
    summary_view   the page of `observe show`
    comparison_view  the page of `observe compare`
    viewed_run     one run that a viewer follows
    awaited_runs   which runs are over, and which are waited for
    viewer         the loop that shows what a source yields
    ui             the full-screen view
"""
