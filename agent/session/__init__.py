"""One conversation with a model, from the prompt to the result.

Modules, each importing only those above it:

    credentials    whether there are credentials for a model
    system_prompt  what every session must know of the place where its commands run
    sdk_options    the model, the tools and the safety of an agent, as options of the SDK
    permissions    which tools an agent may use, without a user to ask
    timeouts       how long a session waits for a sign of life
    session        one conversation, recorded as it happens
    line_input     lines of standard input, or of a program
    copied_texts   the texts of copied lines, in which no secret is cut in two
    copy_run       a run file, from its lines
    record_stream  the output of another program: what `agent record` does
    workplace      a project that is locked for an agent, and the run that is recorded there
    run            one prompt in one project: what `agent run` does
"""
