"""What a run is doing, as its events add up to it. Pure.

Modules, each importing only those above it:

    verdict       what a run is doing, or how it ended
    writer        what is known of the process that writes a run
    tokens        numbers of tokens
    run_totals    the cost and the tokens of a run so far
    context_fill  how full the context of a model is
    in_flight     the tool calls that have not ended
    no_event      why a file holds no event
    conversation  what the events of a conversation state
    activity      what the main agent is doing after the events so far
    state         the state of a run, folded from its events, and its verdict at a time
"""
