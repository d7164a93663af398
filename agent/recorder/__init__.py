"""Records a session: the messages and hook calls of the Claude Agent SDK become events of a run file.

    client -> ObservedSession -> SessionRecorder -> SessionTranslator -> events -> RunLog

Down to `translator`, everything is pure: no clock, no file, no event loop. Modules and directories, each importing only
those above it:

    sdk               reads single messages of the SDK, without a memory of others
    entry             an event, and the agent that it comes from
    turns             how a turn ended
    costs             the tokens and the cost of a session
    text              prompts, text and thinking: each piece once
    calls             calls of tools, and the subagents that they start
    translator        messages and hook calls of a session in, events out
    findings          what events together mean: an agent in circles, a broken sandbox, refused credentials
    effects           what needs a clock, a file or the log
    session_recorder  writes the events of a session to a log
    observing         the session of a harness, which receives its messages as without us
    cli_stream        the output of a CLI that somebody else started
    client            record() and record_query(): observe a client of the SDK, or one query
"""
