"""Keeps an agent inside its project: the sandbox, one agent a project, no process left behind, allowed commands.

Modules, each importing only those above it:

    sandbox         the CLI's sandbox: its settings, a trial, and what it leaves behind
    caches          package caches that commands may write in the sandbox
    project_lock    the lock that one agent holds on its project
    process_tree    ends the processes of a run
    reaper_process  the process that ends them also when the agent is killed
    reaper          starts it, and marks the processes of a run
    commands        which commands the agent may run
"""
