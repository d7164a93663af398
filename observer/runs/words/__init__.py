"""Words for people: of events, of calls and their results, of a status. Pure.

Modules, each importing only those above it:

    reasons                why a run or a session ended
    words                  the parts of a description
    line_diff              the lines that a tool call changes in a file
    describe_tools         a tool call
    describe_status        a verdict
    describe_conversation  sessions, prompts, messages and to-do lists
    unwrap                 what a tool returned, without the frame that the CLI put around it
    describe_results       the result of a tool call, and how much of its output is shown
    describe               an event of any type
"""
