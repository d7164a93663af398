"""Concludes from the events of a session what no single message says. Pure.

Modules, each importing only those above it:

    loop_detector   repeated calls and repeated failures
    sandbox_errors  commands that did not run because the sandbox failed
    refusals        credentials, an account or a model that the API refuses for good
"""
