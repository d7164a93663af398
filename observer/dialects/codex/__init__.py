"""Codex: the rollouts that it keeps of its threads, and what `codex exec --json` prints. Pure.

Modules, each importing only those above it:

    codex_usage   the tokens that Codex states
    codex_patch   the patches of Codex as edits of files
    codex_calls   the tool calls of Codex as calls of the tools that views know
    codex_results  how a tool call of Codex ended
    codex_messages  the messages of the model in a rollout
    codex_subagents  the subagents of Codex
    codex_tools   the tool calls of a rollout
    codex_turns   the turns of Codex
    codex_prompts  what people wrote
    codex_thread  the state of one thread of Codex
    codex_records  each kind of record of a rollout
    codex_rollout  the rollouts of Codex
    codex_exec    the output of `codex exec --json`
    codex_dialects  which records are those of a rollout, or of such an output
"""
