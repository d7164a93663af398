"""Observes the session of a harness, which receives its messages as without us.

Modules, each importing only those above it:

    harness_messages  which messages the harness would get without `record`, too
    observed_session  one session: each message is recorded, and those that the harness asked for are passed on
"""
