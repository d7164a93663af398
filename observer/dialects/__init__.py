"""Turns the files of other programs into the events of runs. Pure: no clock, file or loop.

A dialect knows one format of one program. It takes the records of a session, one after the other, and returns events
as a run file has them; where the lines come from and where the events go to is not its concern.

Modules, each importing only those above it:

    prices        prices of tokens by model (the list prices are in prices.toml)
    dialect       the protocol of dialects
    event_data    the data of events, with all their fields
    records       decode the lines of other programs, and the IDs of their calls
    opening       the beginning of a run, behind which its first prompt is held
    claude        Claude Code: its transcripts, and the output of `claude -p --output-format stream-json`
    codex         Codex: its rollouts, and the output of `codex exec --json`
    gemini_stream  the output of `gemini --output-format stream-json`
    costs         what a session costs whose file has tokens, but no price
    drift         how many records a dialect does not know
    envelope      the events of a dialect as lines of a run file
    recognize     which dialect a file is in
    translation   a stream of another program as lines of a run file
"""
