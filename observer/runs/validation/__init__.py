"""Whether a file keeps to the format.

Modules, each importing only those above it:

    pairing           matches what starts with what ends
    sequence          checks numbers and times
    validator         checks the lines of a file
    published_schema  the JSON Schema that is shipped, and lines that conform to it
"""
