"""The autonomous agent: one session turns a specification into a feature list, the following ones build the features.

Modules, each importing only those above it:

    features        the feature list and what a session may change in it, pure
    claims          features that a session is still to verify, pure
    session_models  which model works in which kind of session, pure
    session_times   the waits between sessions and in them, pure
    limits          counts sessions against the limits of a build, pure
    backoff         how long to wait after a failed session, pure
    fingerprint     whether a session changed anything in the project
    prompts         the prompts of the three kinds of session
    resume          where the last build of the project stopped
    list_files      the feature list, its last valid version and undone ones, as files
    list_events     when the feature list may have changed
    list_writers    tells a session's changes of the feature list from a person's
    feature_watch   follows the feature list while sessions write it
    stop_request    requests to stop, and waits that end with them
    pauses          the waits between two sessions
    sessions        which session is next, how it is run, and what follows from its result
    loop            session after session, until all features pass or a limit is reached
"""
