"""Interprets runs: the state that their events add up to, descriptions, totals, and the runs of a directory.

Modules, each importing only those above it:

    verdict           what a run is doing, or how it ended
    writer            what is known of the process that writes a run
    tokens            numbers of tokens
    in_flight         the tool calls that have not ended
    outputs           the objects that commands print as JSON
    no_event          why a file holds no event
    conversation      what the events of a conversation state
    activity          what a run does after an event
    state             the state of a run, folded from its events, and its verdict at a time
    trouble           what counts as trouble
    literals          what every match of a regular expression contains
    pattern           regular expressions, matched by RE2
    filter            conditions on events
    message_text      pieces of text joined, and searched
    seen              why no event matched a filter
    matcher           select events
    neighbours        events before and after matches
    open_calls        tool calls that are not shown
    matched_lines     select lines
    filter_options    filter options of the command line
    conditions        what `observe wait` waits for
    wait_outcome      how waiting ended, as a JSON object
    features          which features of a build pass, by name
    reasons           why a run or a session ended, in words
    words             the parts of a description
    describe_tools    a tool call in words
    describe_status   a verdict in words
    describe_conversation  sessions, prompts, messages and to-do lists in words
    describe          an event in words
    timeline          sessions, tool calls and subagents as spans of time
    calls             which tool calls are running, failed, were blocked, or wrote files
    subagents         the subagents of a run, as a tree
    trouble_list      what else went wrong, for summaries
    summary           totals of a run
    ending            how a run ended and why, and what was running
    pairing           matches what starts with what ends, for the validator
    sequence          checks numbers and times, for the validator
    detail_types      the fields of the JSON object of a run, and their types
    run_details       everything that a summary knows, as one JSON object
    validator         whether a file keeps to the format
    liveness          whether the writer of a run is alive
    monitor           the state and status of a live run
    run_names         what a run and its project are called
    read_state        the state of a run from the ends of its file
    listing           the runs of a directory
    urgency           which runs need a person, for tables
    run_filter        selects runs of a directory
    tool_call         one tool call as an object
    run               one run as an object
    follow            the events of a run as they are written
"""
