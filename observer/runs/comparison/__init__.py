"""Compares two runs: what became of each, and the first point where what their agents did parts.

Modules, each importing only those above it:

    steps             what the agents of a run did: tool calls and texts, in order
    parting           the first step in which two runs differ
    differences       two steps in words, from where they differ
    compared_fields   the fields of the JSON object of a comparison, and their types
    comparison        everything that two runs have in common or not, as one object
    comparison_table  the same for readers, as sections of rows with a cell for each run
"""
