"""Recognizes secrets in what is about to be written, and replaces them.

Modules, each importing only those above it:

    token_shapes        the shapes of tokens that vendors document
    url_shapes          those of addresses that are secrets themselves
    secret_values       whether a value is a secret or a placeholder
    connection_strings  whether a password stands in a connection string
    command_secrets     passwords as arguments of commands
    setting_secrets     passwords in settings, protocols and calls
    prose_secrets       passwords in sentences
    listed_secrets      columns of tables and lists of secrets
    expressions         compile an expression of RE2
    beginnings          the fixed texts that an expression begins with
    clues               look for many expressions at once
    named_secrets       the values of passwords and keys, by their names
    encoded_text        texts in base64
    find_functions      build what finds a secret where a clue begins
    secret_rules        every kind of secret that is recognized
    unfinished_secrets  the end of a text that may be the beginning of a secret
    redact_settings     what a project adds and exempts
    text_pieces         the context of a text that arrives in pieces
    redact              replace secrets in lines before they are written
"""
