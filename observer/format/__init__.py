"""Defines the lines of a run file: bytes to lines, lines to events, values to text. Pure: no clock, file or loop.

Modules, each importing only those above it:

    glyphs         the characters that words and views need, in Unicode and ASCII
    foreign_encoding  content that is not a run file: other encodings and line ends
    fields         read the fields of JSON objects, each as what it should be
    tolerant_json  decode a JSON object as programs write it
    skim           decode a few fields of many lines at once
    line           a line, or one that is too long to keep
    line_block     many lines that are still together
    lines          split bytes into complete lines
    json           encode values that were read from run files
    event          decode a line, tolerantly, field by field
    typed_block    find the types of the events in a block of lines
    schema         validate a line against the JSON Schema of its type
    valid_lines    decode blocks of lines that conform to the schema
    strip_content  replace all free text of an event by its size
    terminal_text  text that was written for a terminal, as it leaves it
    sanitize       escape control characters for display
    timestamps     parse timestamps and durations
    zone           format times in one named zone
    typed_time     parse times as people type them
    units          format durations, sizes, counts and money
"""
