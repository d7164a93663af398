"""Records the calls of tools, and the subagents that they start. Pure.

Modules, each importing only those above it:

    call_ids      an ID for each call, also if the model uses one twice
    failures      why a call failed that did not run to its end
    server_tools  the results of tools that the API runs
    open_calls    one `tool_use` and one `tool_result` for each call
    shortened     outputs that the CLI has shortened, and where the whole is
    todos         the lists of things to do
    subagents     one `subagent_start` and one `subagent_complete` for each subagent
    hook_calls    calls that only hooks report
    calls         a call and what follows from it
"""
