"""Sums up a run: its calls, subagents, features and troubles, its cost, and how and why it ended.

Modules, each importing only those above it:

    sessions          the sessions of a run, with what their ends report
    features          which features of a build pass, by name
    calls             which tool calls are running, failed, were blocked, or wrote files
    tool_totals       how often each tool was called, and how its calls ended
    subagents         the subagents of a run, as a tree
    trouble_list      what else went wrong, for summaries
    summary           totals of a run
    ending            how a run ended and why, and what was running
    problems          all that went wrong, in order, and steps from one to the next
    panel             what a reader wants to know of a run first, as sections of words
    run_details       everything that a summary knows, as one JSON object
"""
