"""Claude Code: its transcripts, and what `claude -p --output-format stream-json` prints. Pure.

Both have the messages of the Messages API inside of records of their own, so all modules but the last few serve both.
What they yield agrees with what the agent's recorder writes of the same session.

Modules, each importing only those above it:

    call_ids        an ID for each call, also if the model uses one twice
    usage           the tokens of each message
    spending        what a session has cost, without what its conversation had cost before
    text_blocks     text and thinking, each piece once
    model_messages  one message for each message of the model, with its figures and its whole text
    conversations   what the model says, to us and in subagents
    result_content  the text and the images of a content
    server_tools    the calls and results of tools that the API runs
    call_failures   why a call failed that did not run to its end
    saved_outputs   outputs that the CLI has put into files
    tool_pairs      one tool_use and one tool_result for each call
    todo_lists      the lists of things to do
    tool_calls      a tool call and what follows from it
    own_events      what the CLI says of itself
    turn_results    how a turn ended, as its result says it
    tasks           the subagents and the background commands of a stream
    stream_prompts  who wrote the texts that the model of a stream receives
    stream_json     the stream: lines in, events out
    bookkeeping     the lines of transcripts that need not be decoded
    notifications   the notices of background tasks
    prompts         the prompts of a transcript
    agent_files     the subagents of a transcript, whose records are in other files
    processes       the processes that wrote a transcript, one after the other
    transcript_records  the records that the transcripts of all agents have
    transcript      the transcript: lines in, events out
    claude_dialects  which records are those of a transcript, or of a stream
"""
