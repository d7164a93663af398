"""Records a session: the messages and hook calls of the Claude Agent SDK become events of a run file.

Modules, each importing only those above it:

    field_values    values of an unexpected type
    typed_messages  messages whose fields have the declared types
    turns           how a turn ended
    usage           the tokens of each message
    spending        the cost and the tokens of a session
    earlier_cost    what a conversation had cost before it was resumed
    text            text and thinking, each piece once
    cli_events      what the CLI says of itself
    content         the text and the images of a message
    failures        why a call failed that did not run to its end
    server_tools    the results of tools that the API runs
    tools           one tool_use and one tool_result for each call
    prompt_sources  who wrote the texts that a model receives as its user's
    shortened       outputs that the CLI has shortened, and where the whole is
    todos           the lists of things to do
    messages        one message for each message of the model, with its figures and its whole text
    conversations   what the model says, to us and in subagents
    subagents       one subagent_start and one subagent_complete for each subagent
    hook_calls      calls that only hooks report
    calls           a tool call and what follows from it
    recorder        messages and hook calls in, events out
    loop_detector   repeated calls and repeated failures
    sandbox_errors  commands that did not run because the sandbox failed
    refusals        credentials, an account or a model that the API refuses for good
    human_waits     the calls for which a person is waited for
    own_faults      faults of the recorder itself
    callbacks       hooks and callbacks, added to those of the caller
    sent_prompts    the prompts that a program sends
    flush_timer     pieces of text that have waited long enough
    saved_outputs   the whole of outputs that the CLI has put into files
    readable_messages  the messages of a client, without those that the SDK cannot parse
    recording       the events of one session of a client
    asked_for       the messages that a harness asked for
    observation     one session of a harness: what it receives, and what only the record gets
    cli_stream      the output of a CLI that somebody else started
    client          record() and record_query(): observe a client of the SDK, or one query
"""
