"""Records what is said in a session: prompts, text and thinking. Pure.

Modules, each importing only those above it:

    prompt_sources  who wrote the texts that a model receives as its user's
    text_stream     text and thinking, each piece once
    model_messages  one `message` for each message of the model, with its figures and its whole text
    conversations   what the model says, to us and in subagents
"""
