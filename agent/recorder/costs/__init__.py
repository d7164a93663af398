"""Counts what a session uses. Pure.

Modules, each importing only those above it:

    message_tokens  the tokens of each message
    spending        the cost and the tokens of a session
"""
