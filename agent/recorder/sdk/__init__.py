"""Reads single messages of the Claude Agent SDK, without a memory of others.

Modules, each importing only those above it:

    field_values       values of an unexpected type
    typed_messages     messages whose fields have the declared types
    readable_messages  the messages of a client, without those that the SDK cannot parse
    content            the text and the images of a message
    sent_prompts       the prompts that a program sends
    cli_events         what the CLI reports about itself
"""
