"""Interprets runs: the state that their events add up to, descriptions, totals, and the runs of a directory.

Modules, each importing only those above it:

    verdict           what a run is doing, or how it ended
    writer            what is known of the process that writes a run
    tokens            numbers of tokens
    run_totals        the cost and the tokens of a run so far
    context_fill      how full the context of a model is
    in_flight         the tool calls that have not ended
    outputs           the objects that commands print as JSON
    no_event          why a file holds no event
    conversation      what the events of a conversation state
    activity          what the main agent is doing after the events so far
    state             the state of a run, folded from its events, and its verdict at a time
    trouble           what counts as trouble
    trouble_lines     find lines of blocks that may be trouble
    filters           select events by what they say
    jq_worker         a process that evaluates a jq expression
    jq_process        a jq expression as a predicate over lines
    conditions        what `observe wait` waits for
    wait_outcome      how waiting ended, as a JSON object
    reasons           why a run or a session ended, in words
    words             the parts of a description
    line_diff         the lines that a tool call changes in a file
    describe_tools    a tool call in words
    describe_status   a verdict in words
    describe_conversation  sessions, prompts, messages and to-do lists in words
    unwrap            what a tool returned, without the frame that the CLI put around it
    describe_results  the result of a tool call in words, and how much of its output is shown
    describe          an event in words
    rows              what every view shows of an event
    timeline          sessions, tool calls and subagents as spans of time
    pairing           matches what starts with what ends, for the validator
    sequence          checks numbers and times, for the validator
    detail_types      the fields of the JSON object of a run, and their types
    summary           what a run came to: its calls, troubles, features, cost and end
    comparison        two runs side by side, and the first point where they part
    validator         whether a file keeps to the format
    published_schema  the JSON Schema that is shipped, and lines that conform to it
    liveness          whether the writer of a run is alive
    monitor           the state and status of a live run
    run_names         what a run and its project are called
    event_lookup      one event of a run, by its number
    read_state        the state of a run from the ends of its file
    listed_run        one run in a list, and its JSON object
    listing           the runs of a directory
    compare_runs      reads two runs beside each other and compares them
    urgency           which runs need a person, for tables
    run_filter        selects runs of a directory
    run_order         the order of runs in a list, and their groups
    tool_call         one tool call as an object
    event_index       where the events of a run file are, and their types
    run               one run as an object
    window            a run file around an offset, filtered and searched, for views that scroll
    follow            the events of a run as they are written
"""
